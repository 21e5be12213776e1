"""Numbers in place of names: therapists, patients, clinics and notes of a page, so that it can be shown to people who need not know them."""

import re
from collections.abc import Callable, Iterable, Set
from dataclasses import replace
from functools import partial
from hashlib import blake2b

from nlp_pipeline.records.chart import Balance, TherapistDay
from nlp_pipeline.records.chart_summary import ChartSummary, Example, GroupRow, PatternRow, Told
from nlp_pipeline.reporting.page_counts import NOT_STATED

Naming = dict[str, dict[str, str]]


def with_surrogates(summary: ChartSummary, across: Set[str] = frozenset()) -> ChartSummary:
    """Give every therapist, clinic, patient and note of a page a number; payers keep their names.

    Findings named in `across` are told without their message: it may name a patient whose note the page does not hold.
    """
    names = naming_of(summary)
    speak = partial(_spoken, _pattern(names), {old: new for kind in names.values() for old, new in kind.items()})
    example = partial(_example, names, speak, across)
    return replace(
        summary,
        surrogates=True,
        run=replace(summary.run, inputs=(f"{len(summary.run.inputs)} not named here",)),
        therapists=_rows(summary.therapists, names["therapist"]),
        clinics=_rows(summary.clinics, names["clinic"]),
        patterns=tuple(_pattern_row(each, example, speak) for each in summary.patterns),
        findings=tuple(replace(each, examples=tuple(map(example, each.examples))) for each in summary.findings),
        timelines=tuple(_day(each, names, speak) for each in summary.timelines),
        slices=tuple(replace(each, clinic=names["clinic"][each.clinic], therapist=names["therapist"][each.therapist]) for each in summary.slices),
    )


def naming_of(summary: ChartSummary) -> Naming:
    """Give the names of a page numbers, in an order that tells nothing about them and is the same in every run over the same notes."""
    examples = [*(each for row in summary.patterns for each in row.examples), *(each for row in summary.findings for each in row.examples)]
    return {
        "therapist": _numbered("Therapist", [row.name for row in summary.therapists] + [day.therapist for day in summary.timelines]),
        "clinic": _numbered("Clinic", [row.name for row in summary.clinics] + [day.clinic or NOT_STATED for day in summary.timelines]),
        "patient": _numbered("Patient", [bar.patient for day in summary.timelines for bar in day.bars]),
        "note": _numbered("Note", [each.id for each in examples]),
    }


def _numbered(word: str, names: Iterable[str]) -> dict[str, str]:
    ranked = sorted(set(names) - {NOT_STATED}, key=lambda name: blake2b(f"{word} {name}".encode()).digest())
    return {NOT_STATED: NOT_STATED} | {name: f"{word} {number}" for number, name in enumerate(ranked, 1)}


def _pattern(names: Naming) -> re.Pattern[str]:
    """Match any name where it stands as a word of its own, the longest first."""
    known = sorted({name for kind in names.values() for name in kind if name != NOT_STATED}, key=lambda name: (-len(name), name))
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, known)) or '(?!)'})(?!\w)")


def _spoken(pattern: re.Pattern[str], numbers: dict[str, str], text: str) -> str:
    return pattern.sub(lambda found: numbers[found[0]], text)


def _rows(rows: Iterable[GroupRow], names: dict[str, str]) -> tuple[GroupRow, ...]:
    return tuple(replace(row, name=names[row.name], balance=_balance(row.balance, names)) for row in rows)


def _balance(balance: Balance | None, names: dict[str, str]) -> Balance | None:
    return replace(balance, name=names[balance.name]) if balance else None


def _pattern_row(row: PatternRow, example: Callable[[Example], Example], speak: Callable[[str], str]) -> PatternRow:
    pattern = row.pattern
    told = replace(pattern, sentence=speak(pattern.sentence), detail=speak(pattern.detail), question=speak(pattern.question), examples=())
    return PatternRow(told, tuple(map(example, row.examples)))


def _example(names: Naming, speak: Callable[[str], str], across: Set[str], example: Example) -> Example:
    return replace(
        example,
        id=names["note"][example.id],
        therapist=names["therapist"][example.therapist] if example.therapist else None,
        clinic=names["clinic"][example.clinic] if example.clinic else None,
        findings=tuple(replace(told, message=_in_short(told) if told.code in across else speak(told.message)) for told in example.findings),
        origin="",
    )


def _in_short(told: Told) -> str:
    return told.code.replace("-", " ").capitalize() + "."


def _day(day: TherapistDay, names: Naming, speak: Callable[[str], str]) -> TherapistDay:
    bars = tuple(replace(bar, patient=names["patient"][bar.patient], note_id=names["note"].get(bar.note_id, "")) for bar in day.bars)
    return replace(day, therapist=names["therapist"][day.therapist], clinic=names["clinic"][day.clinic or NOT_STATED], bars=bars, message=speak(day.message))
