"""The code registry: every service code that the rules know, in our own plain words."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import get_args

from nlp_pipeline.records.facts import ELEMENTS
from nlp_pipeline.records.rules import CodeRule, Timing
from nlp_pipeline.rulebook.history import Entry, read_file

NEEDED = frozenset({"code", "words", "timing", "disciplines", "list", "source", "mark"})
TIMED = NEEDED | {"unit_minutes", "pooled"}
OPTIONAL = frozenset({"family", "expects", "list_mark", "since", "note", "needs", "supervised", "add_on"})
LISTS = ("always", "sometimes", "none")  # Medicare's list of therapy codes


@dataclass(frozen=True, slots=True)
class CodeLine:
    """One code of the registry, and the first day on which it may be used; None where it is older than the unit rules."""

    rule: CodeRule
    since: date | None
    source: str = ""


def read_codes(path: Path) -> tuple[CodeLine, ...]:
    """Read the registry; no code may stand in it twice."""
    entry = read_file(path).check_keys(frozenset({"label", "codes"}))
    seen: set[str] = set()
    lines = []
    for each in entry.tables("codes", name="code"):
        line = _line(each)
        if line.rule.code in seen:
            raise each.refusal("stands in the registry twice")
        seen.add(line.rule.code)
        lines.append(line)
    needs = {line.rule.code: line.rule.needs for line in lines}
    for line in lines:
        if line.rule.add_on and needs.get(line.rule.add_on) != line.rule.code:
            raise entry.refusal(f"{line.rule.code} goes on to {line.rule.add_on}, which does not need it")
    return tuple(lines)


def _line(entry: Entry) -> CodeLine:
    values = entry.values
    timed = values.get("timing") == "timed"
    entry.check_keys(TIMED if timed else NEEDED, OPTIONAL | {"minimum_minutes"} if timed else OPTIONAL)
    entry.one_of("list", LISTS)
    timing: Timing = entry.one_of("timing", get_args(Timing))
    if unknown := set(values.get("expects", ())) - set(ELEMENTS):
        raise entry.refusal(f"expects {', '.join(sorted(unknown))}, which is no documentation element")
    rule = CodeRule(
        code=values["code"],
        words=values["words"],
        timing=timing,
        unit_minutes=values.get("unit_minutes"),
        pooled=values.get("pooled", False),
        disciplines=tuple(values["disciplines"]),
        minimum_minutes=values.get("minimum_minutes"),
        family=values.get("family", ""),
        expects=tuple(values.get("expects", ())),
        listed=values["list"],
        mark=values["mark"],
        note=values.get("note", ""),
        needs=values.get("needs", ""),
        supervised=entry.switch("supervised"),
        add_on=values.get("add_on", ""),
    )
    return CodeLine(rule, entry.day("since"), values["source"])
