"""Coded notes as rows, one a claim line: the same cells for CSV, Parquet and the worklist in XLSX."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from nlp_pipeline.records.claim import ClaimLine
from nlp_pipeline.records.coded_note import CodedNote
from nlp_pipeline.records.facts import ELEMENTS, Intervention
from nlp_pipeline.records.finding import Finding, Severity
from nlp_pipeline.records.rules import UnitMethod
from nlp_pipeline.records.schema import minute_evidence
from nlp_pipeline.records.suggestion import Suggestion
from nlp_pipeline.records.verdict import verdict_of
from nlp_pipeline.records.visit import Visit, visit_of

COLUMNS: Final = (
    *("id", "date_of_service", "discipline", "payer", "line", "code", "units", "modifiers", "minutes", "method"),
    *("units_cms", "units_ama", "units_per15", "stated_units", "confidence", "needs_review", "interventions", "first_start", "first_end", "reason"),
    *("documented", "missing", "findings", "model", "rules"),
    *("patient", "therapist", "clinic", "difference", "filed_under", "evidence", "review_reasons", "severity", "priority", "verdict", "source"),
    "source_row",
)
PLACE: Final[Mapping[str, int]] = {name: place for place, name in enumerate(COLUMNS)}
NO_LINE = ClaimLine("", 0)
RUNS_AS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
GRAVITY: Final[Mapping[Severity, int]] = {"info": 1, "warning": 2, "error": 3}

Cell = str | int | float | bool | list[str] | None
Row = list[Cell]


def header_row() -> str:
    """Write the header of a CSV of claim lines."""
    return _write([COLUMNS])


def claim_rows(coded: CodedNote) -> str:
    """Write a coded note as CSV rows, one a claim line; a note without lines has one row with an empty code."""
    return csv_rows(finished(note_rows(coded), visit_of(coded)))


def csv_rows(rows: Iterable[Row]) -> str:
    """Write finished rows as CSV, so that a spreadsheet runs none of their text."""
    return _write([_plain(cell) for cell in row] for row in rows)


def harmless(text: str) -> str:
    """Keep a spreadsheet from running text as a formula.

    >>> harmless("=HYPERLINK(A1)"), harmless("SLS on foam")
    ("'=HYPERLINK(A1)", 'SLS on foam')
    """
    return "'" + text if text.startswith(RUNS_AS_FORMULA) else text


def note_rows(coded: CodedNote) -> list[Row]:
    """Lay out a coded note: its claim lines, then each code that the note bills and nothing supports; one row at least, in the order of `COLUMNS`.

    Findings, verdict and rank wait for the notes around it (`finished`).
    """
    note, claim = coded.facts.note, coded.claim
    front: Row = [note.id, note.date_of_service.isoformat() if note.date_of_service else None, note.discipline, note.payer]
    found = {each.element for each in coded.facts.evidence} | ({"minutes"} if minute_evidence(coded) else set())
    back: Row = [
        [element for element in ("minutes", *ELEMENTS) if element in found],
        [element for element in ("minutes", *ELEMENTS) if element not in found],
        None,
        coded.model,
        coded.rules,
        note.patient,
        note.therapist,
        note.clinic,
    ]
    origin = note.origin
    end: Row = [None, None, None, origin.source if origin else None, origin.row if origin else None]
    supported = {line.code for line in claim.lines}
    unsupported = [ClaimLine(code, 0) for code, units in claim.stated_units.items() if units and code not in supported]
    rows, told = [], set[str]()
    for number, line in enumerate([*claim.lines, *unsupported] or [NO_LINE], 1):
        cells, filed_under, evidence, reasons = _support(coded, line.code)
        difference = None if line.code in told else _difference(coded, line.code)
        row: Row = [*front, number if number <= len(claim.lines) else None, *_line(coded, line), *cells, *back]
        rows.append([*row, difference, filed_under, evidence, list(dict.fromkeys([*reasons, *coded.review_reasons])), *end])
        told.add(line.code)
    return rows


def finished(rows: Iterable[Row], visit: Visit, across: Sequence[Finding] = ()) -> list[Row]:
    """Add to the rows of a note what only other notes show of it, how its visit comes out, and how pressing each row is."""
    ranks = [GRAVITY[each.severity] for each in (*visit.findings, *across)]
    rank, names = max(ranks, default=0), list(dict.fromkeys(each.code for each in (*visit.findings, *across)))
    severity = next((name for name, gravity in GRAVITY.items() if gravity == rank), None)
    verdict = verdict_of(visit, across)
    done = list(rows)
    for row in done:
        row[PLACE["findings"]], row[PLACE["severity"]], row[PLACE["verdict"]] = names, severity, verdict
        row[PLACE["priority"]] = _priority(row, rank)
    return done


def _priority(row: Row, rank: int) -> int:
    """Rank a row by four digits: gravest finding, units of difference, whether a person should look, how unsure the code is."""
    difference, confidence = row[PLACE["difference"]], row[PLACE["confidence"]]
    units = min(abs(difference), 9) if isinstance(difference, int) else 0
    doubt = int((1 - confidence) * 9) if isinstance(confidence, float) else 0
    return 1000 * rank + 100 * units + (10 if row[PLACE["needs_review"]] else 0) + doubt


def _write(rows: Iterable[Iterable[Cell]]) -> str:
    written = io.StringIO(newline="")
    csv.writer(written).writerows(rows)  # with CR LF at line ends, so that either character inside a cell is quoted
    return written.getvalue()


def _plain(cell: Cell) -> str | int | float | None:
    if isinstance(cell, str):
        return harmless(cell)
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return " ".join(cell) if isinstance(cell, list) else cell


def _line(coded: CodedNote, line: ClaimLine) -> Row:
    claim, code = coded.claim, line.code
    if not code:
        return [None, None, [], None, claim.method, None, None, None, None]
    minutes = _whole((claim.minutes_by_code or {}).get(code))
    shares = [_share(coded, method, code) for method in ("cms", "ama", "per15")]
    return [code, line.units, list(line.modifiers), minutes, claim.method, *shares, claim.stated_units.get(code)]


def _share(coded: CodedNote, method: UnitMethod, code: str) -> int | None:
    share = coded.claim.units.get(method)
    return None if share is None else share.units.get(code, 0)


def _difference(coded: CodedNote, code: str) -> int | None:
    """Give the units that the note bills less those that it supports, over all lines of a code; None where it bills none."""
    stated = coded.claim.stated_units.get(code)
    return None if stated is None else stated - sum(line.units for line in coded.claim.lines if line.code == code)


def _support(coded: CodedNote, code: str) -> tuple[Row, list[str], str | None, list[str]]:
    """Say what was done under a code: the least sure suggestion decides confidence, the first in the note stands for the reason and the evidence."""
    done = [
        (intervention, suggestion)
        for intervention, suggestion in zip(coded.facts.interventions, coded.suggestions, strict=True)
        if intervention.status == "performed" and suggestion.code == code
    ]
    if not done:
        return [None, None, None, None, None, None], [], None, []
    first: tuple[Intervention, Suggestion] = min(done, key=lambda pair: pair[0].span.start)
    words = [" ".join(intervention.span.text.split()) for intervention, _ in done]
    cells: Row = [
        round(min(suggestion.confidence for _, suggestion in done), 4),
        any(suggestion.needs_review for _, suggestion in done),
        "; ".join(words),
        first[0].span.start,
        first[0].span.end,
        first[1].reason,
    ]
    filed = dict.fromkeys(intervention.stated_code for intervention, _ in done if intervention.stated_code not in (None, code))
    reasons = dict.fromkeys(reason for _, suggestion in done for reason in suggestion.review_reasons)
    return cells, [each for each in filed if each], " ".join(first[0].span.text.split()), list(reasons)


def _whole(number: float | None) -> float | int | None:
    return int(number) if number is not None and number == int(number) else number
