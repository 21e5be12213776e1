"""Tables of claims and charges: which column is what, and rows to claims."""

import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from importlib import resources
from io import BufferedReader
from pathlib import Path
from typing import Any, Literal, cast, get_args

from nlp_pipeline.errors import UnreadableInput
from nlp_pipeline.intake.amounts import amount, code_and_modifiers, count
from nlp_pipeline.intake.days import read_day
from nlp_pipeline.intake.received import Place, Rejected, reject
from nlp_pipeline.intake.recognition import bare, recognition
from nlp_pipeline.intake.sources import Source
from nlp_pipeline.intake.tables import rows_of_table, sheets_of
from nlp_pipeline.records.billed_claim import BilledClaim, BilledLine, Frequency, Step, Where

ClaimField = Literal[
    "id", "patient", "date_of_service", "therapist", "payer", "code", "units", "modifiers", "modifier1", "modifier2", "modifier3", "modifier4",
    "charged", "allowed", "paid", "control", "step", "action",
]  # fmt: skip
NEEDED: tuple[ClaimField, ...] = ("code", "date_of_service", "patient")
MODIFIER_FIELDS: tuple[ClaimField, ...] = ("modifiers", "modifier1", "modifier2", "modifier3", "modifier4")
FORM = "A profile of claims is told in docs/formats.md."


@dataclass(frozen=True, slots=True)
class ClaimForms:
    """What `claims.toml` tells."""

    columns: Mapping[ClaimField, tuple[str, ...]]
    steps: Mapping[str, Step]
    actions: Mapping[str, Frequency]
    x12_endings: frozenset[str]


@cache
def claim_forms() -> ClaimForms:
    """Read `claims.toml`."""
    data: dict[str, Any] = tomllib.loads(resources.files("nlp_pipeline.intake").joinpath("claims.toml").read_text("utf-8"))
    return ClaimForms(
        columns={name: tuple(map(bare, aliases)) for name, aliases in data["columns"].items()},
        steps={bare(word): step for step, words in data["steps"].items() for word in words},
        actions={bare(word): action for action, words in data["actions"].items() for word in words},
        x12_endings=frozenset(data["endings"]["x12"]),
    )


@dataclass(frozen=True, slots=True)
class ClaimProfile:
    """Which column of a table of claims holds which field, and which way round its dates are written."""

    columns: tuple[tuple[ClaimField, str], ...] = ()
    day_first: bool = False

    def columns_of(self, names: Iterable[str]) -> dict[ClaimField, int]:
        """Say at which place each field stands; the profile goes before what is recognised.

        >>> ClaimProfile((("code", "Leistung"),)).columns_of(["MRN", "DOS", "Leistung", "Qty"])
        {'patient': 0, 'date_of_service': 1, 'code': 2, 'units': 3}
        """
        given = [bare(name) for name in names]
        named = {each: given.index(bare(name)) for each, name in self.columns if bare(name) in given}
        free = [name if at not in named.values() else "" for at, name in enumerate(given)]
        known = {each: next((free.index(alias) for alias in aliases if alias in free), None) for each, aliases in claim_forms().columns.items()}
        both = {**{each: at for each, at in known.items() if at is not None}, **named}
        return {each: both[each] for each in claim_forms().columns if each in both}

    @classmethod
    def read(cls, path: Path) -> "ClaimProfile":
        """Read a profile of claims, or say what in it is not understood."""
        try:
            return cls.from_toml(path.read_text("utf-8"), str(path))
        except OSError as trouble:
            raise UnreadableInput(str(path), trouble.strerror or "it cannot be read", "Check the path of the profile.") from None
        except UnicodeDecodeError:
            raise UnreadableInput(str(path), "it is not a TOML file", FORM) from None

    @classmethod
    def from_toml(cls, text: str, source: str = "the profile") -> "ClaimProfile":
        """Read a profile of claims from the text of its file."""
        try:
            data = tomllib.loads(text)
        except tomllib.TOMLDecodeError:
            raise UnreadableInput(source, "it is not a TOML file", FORM) from None
        columns, dates = data.get("columns", {}), data.get("dates", {})
        order = dates.get("order", "month-first") if isinstance(dates, dict) else None
        wrong = sorted(set(data) - {"columns", "dates"})
        if not isinstance(columns, dict) or order not in ("month-first", "day-first"):
            raise UnreadableInput(source, "its content is not understood", FORM)
        wrong += sorted(name for name, column in columns.items() if name not in get_args(ClaimField) or not isinstance(column, str))
        if wrong:
            raise UnreadableInput(source, f"{', '.join(map(repr, wrong))} is not understood", FORM)
        return cls(tuple(cast("Mapping[ClaimField, str]", columns).items()), order == "day-first")

    def to_toml(self) -> str:
        """Write the profile as a file to be kept."""
        lines = [f"{each} = {json.dumps(name, ensure_ascii=False)}" for each, name in self.columns]
        return "\n".join(["[columns]", *lines, "", "[dates]", f'order = "{"day-first" if self.day_first else "month-first"}"', ""])


@dataclass(slots=True)
class Gathered:
    """Claims in the making: rows of one claim, day and step belong together, wherever they stand in the table."""

    source: str
    step: Step
    profile: ClaimProfile
    claims: dict[tuple[str, ...], BilledClaim] = field(default_factory=dict)

    def take(self, cells: Mapping[ClaimField, str], place: Place) -> Rejected | None:
        """Take a row in, or say why it is none."""
        row = {name: "" if bare(value) in recognition().empty_words else value.strip() for name, value in cells.items()}
        claim_id = row.get("id", "")
        named = code_and_modifiers(row.get("code", ""))
        units, charged = count(row.get("units", "")), amount(row.get("charged", ""))
        day = read_day(row.get("date_of_service", ""), day_first=self.profile.day_first)
        if named is None:
            return reject("line-without-code", place, claim_id or None)
        if day is None:
            return reject("unreadable-date" if row.get("date_of_service") else "line-without-date", place, claim_id or None)
        if not (row.get("patient") or claim_id):
            return reject("line-without-patient", place)
        if units is None or charged is None:
            return reject("broken-number", place, claim_id or None, what="units" if units is None else "charge")
        line = self._line(row, named, day.date, place)
        self._enter(row, replace(line, units=units), day.date, place)
        return None

    def _line(self, row: Mapping[ClaimField, str], named: tuple[str, tuple[str, ...]], day: date, place: Place) -> BilledLine:
        code, modifiers = named
        written = [part.upper() for name in MODIFIER_FIELDS for part in row.get(name, "").replace(",", " ").replace("-", " ").replace(";", " ").split()]
        known = {each: amount(row[each]) if row.get(each) else None for each in ("charged", "allowed", "paid")}
        return BilledLine(
            code,
            1,
            tuple(dict.fromkeys((*modifiers, *written))),
            day,
            known["charged"],
            known["allowed"],
            known["paid"],
            row.get("control") or None,
            where=Where(self.source, place.row, place.part),
        )

    def _enter(self, row: Mapping[ClaimField, str], line: BilledLine, day: date, place: Place) -> None:
        step = claim_forms().steps.get(bare(row.get("step", "")), self.step)
        frequency = claim_forms().actions.get(bare(row.get("action", "")), "original")
        patient, therapist, claim_id = row.get("patient", ""), row.get("therapist", ""), row.get("id", "")
        key = (step, frequency, claim_id, patient, day.isoformat(), therapist)
        open_claim = self.claims.get(key)
        if open_claim is None:
            name = claim_id or "/".join(part for part in (patient, day.isoformat(), therapist) if part)
            patients = tuple(part for part in (patient, claim_id) if part)
            where = Where(self.source, place.row, place.part)
            open_claim = BilledClaim(name, step, patients, (), (therapist,) if therapist else (), row.get("payer") or None, frequency, where=where)
        self.claims[key] = replace(open_claim, lines=(*open_claim.lines, line))


def read_claim_table(source: Source, stream: BufferedReader, step: Step, profile: ClaimProfile) -> Iterator[BilledClaim | Rejected]:
    """Read a table with a header, one line of a claim a row."""
    rows = rows_of_table(source, stream)
    names = next(rows, None) or []
    yield from _claims_of(names, enumerate(rows, 1), source.place(), step, profile)


def read_claim_workbook(source: Source, stream: BufferedReader, step: Step, profile: ClaimProfile) -> Iterator[BilledClaim | Rejected]:
    """Read the worksheets that hold lines of claims; the header may stand below titles."""
    for sheet, rows in sheets_of(source, stream):
        found = [len(profile.columns_of(names)) for names in rows[: recognition().header_rows]]
        above = max(range(len(found)), key=lambda at: (found[at], -at))
        cells = ((number, row) for number, row in enumerate(rows[above + 1 :], above + 2) if any(row))
        yield from _claims_of(rows[above], cells, Place(source.label, None, sheet), step, profile)


def _claims_of(
    names: Sequence[str], rows: Iterable[tuple[int, Sequence[str] | None]], place: Place, step: Step, profile: ClaimProfile
) -> Iterator[BilledClaim | Rejected]:
    columns = profile.columns_of(names)
    missing = [each for each in NEEDED if each not in columns and not (each == "patient" and "id" in columns)]
    if missing:
        yield reject("missing-claim-columns", place, columns=len(names), missing=", ".join(missing).replace("_", " "))
        return
    gathered = Gathered(place.source, step, profile)
    for number, cells in rows:
        at = replace(place, row=number)
        if cells is None or (len(cells) > len(names) and any(extra.strip() for extra in cells[len(names) :])):
            yield reject("broken-row", at, cells="unreadable" if cells is None else len(cells), columns=len(names))
        elif any(cell.strip() for cell in cells):
            refused = gathered.take({each: cells[place_of] for each, place_of in columns.items() if place_of < len(cells)}, at)
            if refused is not None:
                yield refused
    yield from gathered.claims.values()
