"""Every dated value of the rulebook as one list: for whoever wants to see what is held, how old it is and how firm."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from nlp_pipeline.rulebook.history import DatedValue, History
from nlp_pipeline.rulebook.rulebook import Rulebook

ALWAYS = date.min


@dataclass(frozen=True, slots=True)
class Held:
    """One value: its rule, its first day, what it is, and where it was read; `newest` marks the last line of its rule."""

    rule: str
    since: date
    value: str
    source: str
    mark: str
    newest: bool


def held_rules(book: Rulebook) -> list[Held]:
    """List every value of every rule: figures, modifiers, credentials, tables, payers' terms, codes."""
    return list(_all(book))


def _all(book: Rulebook) -> Iterator[Held]:
    histories: list[tuple[str, History[Any]]] = [(each.rule, each) for each in (book.unit_minutes, book.minimum_minutes)]
    histories += [*book.law.amounts.items(), *book.law.counts.items()]
    histories += [(f"modifier {line.rule.name}", line.history) for line in book.law.modifiers]
    histories += [(f"credential {line.credential.name}", line.history) for line in book.law.credentials]
    for profile in book.payers.profiles:
        histories.append((f"{profile.name}: method", profile.method))
        histories += [(f"{profile.name}: {term}", history) for term, history in profile.terms.items()]
    for name, history in histories:
        yield from (_held(name, line, line is history.values[-1]) for line in history.values)
    for kind, tables in book.law.tables.kinds.items():
        for each in tables.values:
            yield Held(f"table {kind}", each.since, each.value.dated.name, each.source, each.mark, each is tables.values[-1])
    for profile in book.payers.profiles:
        for pair in profile.pairs:
            yield Held(f"{profile.name}: pair", pair.since, f"{pair.column1}+{pair.column2}", pair.source, pair.mark, newest=True)
    for code in book.codes:
        yield Held(f"code {code.rule.code}", code.since or ALWAYS, code.rule.timing, code.source, code.rule.mark, newest=True)


def _held(name: str, line: DatedValue[Any], newest: bool) -> Held:
    value = ("no", "yes")[line.value] if isinstance(line.value, bool) else str(line.value)
    return Held(name, line.since, value, line.source, line.mark, newest)
