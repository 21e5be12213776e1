"""Coded notes as rows: one a claim line, for a spreadsheet or a database."""

import csv
import io
from collections.abc import Iterable, Iterator

from nlp_pipeline.records.claim import ClaimLine
from nlp_pipeline.records.coded_note import CodedNote
from nlp_pipeline.records.facts import ELEMENTS, Intervention
from nlp_pipeline.records.rules import UnitMethod
from nlp_pipeline.records.schema import minute_evidence
from nlp_pipeline.records.suggestion import Suggestion
from nlp_pipeline.reporting.wording import plain_number

COLUMNS = (
    *("id", "date_of_service", "discipline", "payer", "line", "code", "units", "modifiers", "minutes", "method"),
    *("units_cms", "units_ama", "units_per15", "stated_units", "confidence", "needs_review", "interventions", "first_start", "first_end", "reason"),
    *("documented", "missing", "findings", "model", "rules"),
)
NO_LINE = ClaimLine("", 0)
RUNS_AS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

Cell = str | int | float | None


def header_row() -> str:
    """Write the header of a CSV of claim lines."""
    return _write([COLUMNS])


def claim_rows(coded: CodedNote) -> str:
    """Write a coded note as CSV rows, one a claim line; a note without lines has one row with an empty code."""
    return _write(_cells(coded))


def harmless(text: str) -> str:
    """Keep a spreadsheet from running text as a formula.

    >>> harmless("=HYPERLINK(A1)"), harmless("SLS on foam")
    ("'=HYPERLINK(A1)", 'SLS on foam')
    """
    return "'" + text if text.startswith(RUNS_AS_FORMULA) else text


def _write(rows: Iterable[Iterable[Cell]]) -> str:
    written = io.StringIO(newline="")
    csv.writer(written).writerows(rows)  # with CR LF at line ends, so that either character inside a cell is quoted
    return written.getvalue()


def _cells(coded: CodedNote) -> Iterator[list[Cell]]:
    note, claim = coded.facts.note, coded.claim
    front: list[Cell] = [harmless(note.id), note.date_of_service.isoformat() if note.date_of_service else None]
    front += [harmless(each) if each else None for each in (note.discipline, note.payer)]
    found = {each.element for each in coded.facts.evidence} | ({"minutes"} if minute_evidence(coded) else set())
    back: list[Cell] = [
        " ".join(element for element in ("minutes", *ELEMENTS) if element in found),
        " ".join(element for element in ("minutes", *ELEMENTS) if element not in found),
        " ".join(dict.fromkeys(finding.code for finding in coded.findings)),
        coded.model,
        coded.rules,
    ]
    for number, line in enumerate(claim.lines or (NO_LINE,), 1):
        yield [*front, number if claim.lines else None, *_line(coded, line), *_support(coded, line.code), *back]


def _line(coded: CodedNote, line: ClaimLine) -> list[Cell]:
    claim, code = coded.claim, line.code
    if not code:
        return [None, None, None, None, claim.method, None, None, None, None]
    minutes = (claim.minutes_by_code or {}).get(code)
    spent = None if minutes is None else plain_number(minutes)
    shares = [_share(coded, method, code) for method in ("cms", "ama", "per15")]
    return [code, line.units, " ".join(line.modifiers), spent, claim.method, *shares, claim.stated_units.get(code)]


def _share(coded: CodedNote, method: UnitMethod, code: str) -> int | None:
    share = coded.claim.units.get(method)
    return None if share is None else share.units.get(code, 0)


def _support(coded: CodedNote, code: str) -> list[Cell]:
    """Say what was done under a code: the least sure suggestion decides confidence, the first in the note stands for the reason."""
    done = [
        (intervention, suggestion)
        for intervention, suggestion in zip(coded.facts.interventions, coded.suggestions, strict=True)
        if intervention.status == "performed" and suggestion.code == code
    ]
    if not done:
        return [None, None, None, None, None, None]
    first: tuple[Intervention, Suggestion] = min(done, key=lambda pair: pair[0].span.start)
    words = "; ".join(" ".join(intervention.span.text.split()) for intervention, _ in done)
    return [
        round(min(suggestion.confidence for _, suggestion in done), 4),
        "yes" if any(suggestion.needs_review for _, suggestion in done) else "no",
        harmless(words),
        first[0].span.start,
        first[0].span.end,
        harmless(first[1].reason),
    ]
