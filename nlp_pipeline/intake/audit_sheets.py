"""The sheets of an audit's sample: what can be drawn, and what reviewers wrote of what was drawn."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Literal

from nlp_pipeline.errors import UnreadableInput
from nlp_pipeline.intake.days import read_day
from nlp_pipeline.intake.sources import Source
from nlp_pipeline.intake.tables import sheets_of
from nlp_pipeline.records.sample import PASSES, REBUTTALS, STANDINGS, Pass, Rebuttal, Standing, Unit, UnitJudgement

Basis = Literal["allowed", "paid"]
CENT = Decimal("0.01")
YES, NO = {"yes", "y", "true", "1"}, {"no", "n", "false", "0"}
FORM = "The columns are told in docs/audit_statistics.md."
EXPORT_NAMES = {"date": "day", "date_of_service": "day", "amount": "paid", "supported": "engine"}


def units_of_audit(path: Path, basis: Basis) -> Iterator[Unit]:
    """Give the claims of an audit's results: by what the payer allows for the lines billed, or by what was paid on them.

    What was paid is less than what is allowed, by the patient's share and other steps; the supported amount shrinks with it.
    """
    for number, line in enumerate(_text(path).splitlines(), 1):
        try:
            row = json.loads(line)
            yield _unit_of_audit(row, basis)
        except (ValueError, KeyError, TypeError, InvalidOperation):
            raise UnreadableInput(path.name, f"line {number} is not a visit of an audit", "Run `unitwise audit` again.") from None


def units_of_table(path: Path) -> Iterator[Unit]:
    """Give the claims of a table with the columns id and paid, and day, therapist, payer, patient and engine where they are known."""
    for number, row in _rows(path):
        cells = {EXPORT_NAMES.get(name, name): cell for name, cell in row.items()}
        if "id" not in cells or "paid" not in cells:
            raise UnreadableInput(path.name, "it lacks the column id or the column paid", FORM)
        yield Unit(
            id=cells["id"],
            paid=_amount(path, number, "paid", cells["paid"]) or Decimal(0),
            day=_day(path, number, cells.get("day", "")),
            therapist=cells.get("therapist", ""),
            payer=cells.get("payer", ""),
            patient=cells.get("patient", ""),
            engine=_amount(path, number, "engine", cells.get("engine", "")),
        )


def judgements_of(path: Path) -> tuple[UnitJudgement, ...]:
    """Give what reviewers wrote; a row that nobody has filled in is left out."""
    return tuple(_judgement(path, number, row) for number, row in _rows(path) if _is_filled(row))


def _unit_of_audit(row: Mapping[str, Any], basis: Basis) -> Unit:
    allowed, supported = _money(row["submitted_amount"]), _money(row["supported_amount"])
    if row.get("outcome") == "cannot tell":
        supported = None
    paid = allowed
    if basis == "paid":
        paid = _money(row["paid"])
        if supported is not None:
            supported = (paid * supported / allowed).quantize(CENT, ROUND_HALF_UP) if paid is not None and allowed else None
    day = row.get("date_of_service")
    return Unit(
        id=row["id"],
        paid=paid if paid is not None else Decimal("0.00"),
        day=date.fromisoformat(day) if day else None,
        therapist=row.get("therapist") or "",
        payer=row.get("payer") or "",
        patient=row.get("patient") or "",
        engine=supported,
    )


def _judgement(path: Path, number: int, row: Mapping[str, str]) -> UnitJudgement:
    standing: Standing | None = STANDINGS.get(row.get("standing", "").lower())
    rebuttal: Rebuttal | None = REBUTTALS.get(row.get("rebuttal", "").lower())
    review: Pass | None = next((each for each in PASSES if each == row.get("pass", "").lower()), None)
    if review is None and row.get("pass", ""):
        raise _refused(path, number, "pass", "blind, assisted or nothing")
    if standing is None:
        raise _refused(path, number, "standing", "reviewed or replaced")
    if rebuttal is None:
        raise _refused(path, number, "rebuttal", "open, accepted, rejected or nothing")
    return UnitJudgement(
        id=row.get("id", ""),
        supported=_amount(path, number, "supported", row.get("supported", "")),
        categories=tuple(each.strip() for each in row.get("categories", "").split(";") if each.strip()),
        reviewer=row.get("reviewer", ""),
        standing=standing,
        second_supported=_amount(path, number, "second_supported", row.get("second_supported", "")),
        second_reviewer=row.get("second_reviewer", ""),
        remark=row.get("remark", ""),
        therapist_agrees=_yes_or_no(path, number, row.get("therapist_agrees", "")),
        rebuttal=rebuttal,
        rebuttal_words=row.get("rebuttal_words", ""),
        supported_after=_amount(path, number, "supported_after", row.get("supported_after", "")),
        review=review,
        decided=row.get("decided", ""),
        decided_at=row.get("decided_at", ""),
        second_decided=row.get("second_decided", ""),
        second_decided_at=row.get("second_decided_at", ""),
        adjudicated=_amount(path, number, "adjudicated", row.get("adjudicated", "")),
        adjudicator=row.get("adjudicator", ""),
        minutes=row.get("minutes", ""),
        second_minutes=row.get("second_minutes", ""),
        adjudicated_decided=row.get("adjudicated_decided", ""),
        adjudicated_at=row.get("adjudicated_at", ""),
        activities=row.get("activities", ""),
        second_activities=row.get("second_activities", ""),
        adjudicated_minutes=row.get("adjudicated_minutes", ""),
        adjudicated_activities=row.get("adjudicated_activities", ""),
    )


def _is_filled(row: Mapping[str, str]) -> bool:
    return bool(row.get("supported", "") or row.get("standing", ""))


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Give the rows of a CSV or XLSX file, with the number that a spreadsheet shows beside them."""
    if path.suffix.lower() == ".xlsx":
        with path.open("rb") as stream:
            rows = next((rows for _, rows in sheets_of(Source(path, path.name, path.stem, None), stream)), [])
    else:
        rows = list(csv.reader(io.StringIO(_text(path), newline="")))
    if not rows:
        raise UnreadableInput(path.name, "it is empty", FORM)
    names = [name.strip().lower() for name in rows[0]]
    for number, cells in enumerate(rows[1:], 2):
        if any(cell.strip() for cell in cells):
            yield number, {name: cell.strip() for name, cell in zip(names, cells, strict=False)}


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except OSError as trouble:
        raise UnreadableInput(str(path), (trouble.strerror or "it cannot be read").lower(), "Run the step that writes it first, or name another.") from None
    except UnicodeDecodeError:
        raise UnreadableInput(path.name, "it is not UTF-8", "Save it as CSV in UTF-8.") from None


def _money(written: str | None) -> Decimal | None:
    return None if written is None else Decimal(written).quantize(CENT, ROUND_HALF_UP)


def _amount(path: Path, number: int, column: str, written: str) -> Decimal | None:
    bare = written.replace("$", "").replace(",", "")
    if not bare:
        return None
    try:
        found = Decimal(bare)
    except InvalidOperation:
        found = Decimal("nan")
    if not found.is_finite():
        raise _refused(path, number, column, "an amount such as 92.50")
    return found.quantize(CENT, ROUND_HALF_UP)


def _day(path: Path, number: int, written: str) -> date | None:
    if not written:
        return None
    found = read_day(written)
    if found is None:
        raise _refused(path, number, "day", "a date such as 2026-03-02")
    return found.date


def _yes_or_no(path: Path, number: int, written: str) -> bool | None:
    if not written:
        return None
    if written.lower() not in YES | NO:
        raise _refused(path, number, "therapist_agrees", "yes, no or nothing")
    return written.lower() in YES


def _refused(path: Path, number: int, column: str, wanted: str) -> UnreadableInput:
    return UnreadableInput(path.name, f"row {number}, column {column} is not {wanted}", FORM)
