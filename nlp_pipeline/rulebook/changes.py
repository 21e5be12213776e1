"""What changes from one period of an official table to another, in words."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from nlp_pipeline.rulebook.tables import OfficialTable, limit_table, localities, pair_table, value_table

Entries = Mapping[tuple[str, ...], str]


@dataclass(frozen=True, slots=True)
class Changes:
    """Changes that touch the registry, each in words, and how many do not."""

    told: tuple[str, ...]
    elsewhere: int


def changes_between(old: OfficialTable, new: OfficialTable, registry: Collection[str]) -> Changes:
    """Compare two tables of one kind; an entry touches the registry where all of its codes are in it."""
    before, after = _ENTRIES[old.kind](old), _ENTRIES[new.kind](new)
    told, elsewhere = [], 0
    for key in sorted(before.keys() | after.keys()):
        if before.get(key) == after.get(key):
            continue
        if old.kind != "gpci" and not all(code in registry for code in key):
            elsewhere += 1
            continue
        told.append(_words(" → ".join(key), before.get(key), after.get(key)))
    return Changes(tuple(told), elsewhere)


def _words(what: str, before: str | None, after: str | None) -> str:
    if before is None:
        return f"{what} is new: {after}."
    return f"{what} is gone; it was: {before}." if after is None else f"{what}: {before} before, {after} now."


def _pairs(table: OfficialTable) -> Entries:
    held = (edit for edits in pair_table(table).pairs.values() for edit in edits if edit.in_force(table.dated.first))
    return {(edit.column1, edit.column2): f"indicator {edit.indicator}" for edit in held}


def _limits(table: OfficialTable) -> Entries:
    return {(code,): f"{each.limit} units, kind {each.kind}" for code, each in limit_table(table).limits.items()}


def _values(table: OfficialTable) -> Entries:
    return {
        (code,): f"status {line.status}, work {line.work}, practice expense {line.expense}, malpractice {line.malpractice}{', reduced' if line.reduced else ''}"
        for code, lines in value_table(table).items()
        for line in lines[-1:]
    }


def _places(table: OfficialTable) -> Entries:
    return {
        (each.name,): f"work {each.work}, practice expense {each.expense}, malpractice {each.malpractice}" for each in dict.fromkeys(localities(table).values())
    }


_ENTRIES: Mapping[str, Callable[[OfficialTable], Entries]] = {"ncci": _pairs, "mue": _limits, "mpfs": _values, "gpci": _places}
