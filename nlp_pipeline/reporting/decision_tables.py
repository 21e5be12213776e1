"""Decided visits as tables: CSV, and a workbook with a sheet of claim lines, one of activities, and one that says what it is."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain

from nlp_pipeline.records.decided_line import ExportedVisit
from nlp_pipeline.reporting.tables import harmless

VISIT = ("visit", "note_id", "day", "payer", "discipline", "therapist", "clinic", "patient")
DECISION = ("verdict", "coder", "decided_at", "blind", "reason", "model", "rules")
LINES = (*VISIT, "code", "units", "modifiers", "minutes", "suggested_units", *DECISION)
ACTIVITIES = (*VISIT, "start", "end", "suggested", "decided", "kept", "confidence", "policy", *DECISION)
Cell = str | int | float | None
_WIDTHS = {"note_id": 18, "decided_at": 22, "reason": 30, "model": 26, "visit": 18}
_MOST_ROWS = 1_000_000  # of a sheet


def line_rows(visits: Iterable[ExportedVisit]) -> Iterator[tuple[Cell, ...]]:
    """Give a row for each claim line; a visit without lines has one row with none."""
    for visit in visits:
        front, back = _front(visit), _back(visit)
        for line in visit.lines:
            yield (*front, line.code, line.units, " ".join(line.modifiers), line.minutes, line.suggested_units, *back)
        if not visit.lines:
            yield (*front, None, None, None, None, None, *back)


def activity_rows(visits: Iterable[ExportedVisit]) -> Iterator[tuple[Cell, ...]]:
    """Give a row for each activity."""
    for visit in visits:
        for each in visit.activities:
            kept = "yes" if each.suggested == each.decided else "no"
            yield (*_front(visit), each.start, each.end, each.suggested, each.decided, kept, each.confidence, each.policy, *_back(visit))


def _front(visit: ExportedVisit) -> tuple[Cell, ...]:
    day = visit.day.isoformat() if visit.day else None
    return visit.visit, visit.note_id, day, visit.payer, visit.discipline, visit.therapist, visit.clinic, visit.patient


def _back(visit: ExportedVisit) -> tuple[Cell, ...]:
    at = visit.decided_at.astimezone(UTC).isoformat(timespec="seconds")
    return visit.verdict, visit.coder, at, "yes" if visit.blind else "no", visit.reason, visit.model, visit.rules


def write_csv(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """Write a table line by line; words that a spreadsheet would run get an apostrophe before them."""
    for row in chain([columns], rows):
        line = io.StringIO()
        csv.writer(line, lineterminator="\r\n").writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row])
        yield line.getvalue()


def write_workbook(visits: Sequence[ExportedVisit], about: Mapping[str, str]) -> bytes:
    """Write the workbook; every word is written as a word, so that none can run."""
    import xlsxwriter

    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False})
    book.set_properties({"created": datetime(2000, 1, 1)})  # the day is told on the sheet: the same decisions give the same file
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    for name, columns, rows in (("Claim lines", LINES, line_rows(visits)), ("Activities", ACTIVITIES, activity_rows(visits))):
        sheet = book.add_worksheet(name)
        for number, column in enumerate(columns):
            sheet.write_string(0, number, column.replace("_", " "), head)
            sheet.set_column(number, number, _WIDTHS.get(column, 12))
        last = 0
        for last, row in enumerate(rows, 1):
            if last > _MOST_ROWS:
                break
            for number, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(last, number, cell[:32_000])
                elif cell is not None:
                    sheet.write_number(last, number, cell)
        sheet.freeze_panes(1, 2)
        sheet.autofilter(0, 0, max(last, 1), len(columns) - 1)
        sheet.set_landscape()
        sheet.repeat_rows(0)
    sheet = book.add_worksheet("About")
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 90)
    for number, (name, words) in enumerate(about.items()):
        sheet.write_string(number, 0, name, book.add_format({"bold": True}))
        sheet.write_string(number, 1, words)
    book.close()
    return file.getvalue()
