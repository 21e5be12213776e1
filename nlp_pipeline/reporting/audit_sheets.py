"""The sheets of an audit's sample: the frame, the reviewers' worksheet and the sampling memo."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from nlp_pipeline.records.estimate import Sizing
from nlp_pipeline.records.sample import Sample, Unit, UnitJudgement, Universe

FRAME_COLUMNS = ("number", "id", "day", "therapist", "payer", "patient", "paid", "engine")
DRAWN_COLUMNS = ("stratum", "place", "role", "number", "id", "day", "therapist", "payer", "paid", "second_review")
ENGINE_COLUMNS = ("engine_supported", "engine_says")
REVIEW_COLUMNS = (
    *("supported", "categories", "reviewer", "standing", "remark", "second_supported", "second_reviewer"),
    *("therapist_agrees", "rebuttal", "rebuttal_words", "supported_after"),
    *("pass", "decided", "decided_at", "second_decided", "second_decided_at", "adjudicated", "adjudicator"),
    *("minutes", "second_minutes", "activities", "second_activities"),
    *("adjudicated_decided", "adjudicated_minutes", "adjudicated_activities", "adjudicated_at"),
)
EMPTY = UnitJudgement("", None)


def frame_sheet(universe: Universe) -> str:
    """Write the frame, numbered, one unit a row."""
    return _sheet(
        FRAME_COLUMNS,
        (
            (number, unit.id, unit.day or "", unit.therapist, unit.payer, unit.patient, unit.paid, "" if unit.engine is None else unit.engine)
            for number, unit in enumerate(universe.units, 1)
        ),
    )


def worksheet(sample: Sample, universe: Universe, said: Mapping[str, UnitJudgement], engine_says: Mapping[str, str]) -> str:
    """Write the sheet that reviewers fill in; where they go first blind, nothing of the engine stands in it. What was judged already stays judged."""
    units = {unit.id: unit for unit in universe.units}
    shown = ENGINE_COLUMNS if sample.design.review == "assisted" else ()
    rows = []
    for each in sample.drawn:
        unit = units[each.id]
        row: list[object] = [each.stratum, each.place, each.role, each.number, each.id, unit.day or "", unit.therapist, unit.payer, unit.paid]
        row.append("yes" if each.second_review else "")
        if shown:
            row += ["" if unit.engine is None else unit.engine, engine_says.get(each.id, "")]
        rows.append([*row, *_said(said.get(each.id, EMPTY))])
    return _sheet((*DRAWN_COLUMNS, *shown, *REVIEW_COLUMNS), rows)


def sampling_memo(sample: Sample, universe: Universe, sizing: Sizing | None) -> str:
    """Tell in words what was drawn from what, how, and why so many."""
    return (
        environment()
        .get_template("sampling_memo.md.j2")
        .render(sample=sample, design=sample.design, universe=universe, sizing=sizing, size=sum(each.drawn for each in sample.strata))
    )


def money(amount: Decimal) -> str:
    """Write dollars and cents.

    >>> money(Decimal("-1234.50"))
    '-$1,234.50'
    """
    return f"{'-' if amount < 0 else ''}${abs(amount):,.2f}"


def _said(judgement: UnitJudgement) -> list[object]:
    agrees = {None: "", True: "yes", False: "no"}[judgement.therapist_agrees]
    return [
        *_amounts(judgement.supported),
        "; ".join(judgement.categories),
        judgement.reviewer,
        judgement.standing if judgement.standing != "reviewed" else "",
        judgement.remark,
        *_amounts(judgement.second_supported),
        judgement.second_reviewer,
        agrees,
        judgement.rebuttal,
        judgement.rebuttal_words,
        *_amounts(judgement.supported_after),
        judgement.review or "",
        judgement.decided,
        judgement.decided_at,
        judgement.second_decided,
        judgement.second_decided_at,
        *_amounts(judgement.adjudicated),
        judgement.adjudicator,
        *(judgement.minutes, judgement.second_minutes, judgement.activities, judgement.second_activities),
        *(judgement.adjudicated_decided, judgement.adjudicated_minutes, judgement.adjudicated_activities, judgement.adjudicated_at),
    ]


def _amounts(amount: Decimal | None) -> list[object]:
    return ["" if amount is None else amount]


def _sheet(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return written.getvalue()


def engine_words(rows: Iterable[Mapping[str, object]], units: Iterable[Unit]) -> dict[str, str]:
    """Give what the engine says of each unit, as the categories it found."""
    wanted = {unit.id for unit in units}
    return {str(row["id"]): "; ".join(_categories(row)) for row in rows if row["id"] in wanted}


def _categories(row: Mapping[str, object]) -> list[str]:
    found = row.get("discrepancies")
    return list(dict.fromkeys(str(each["category"]) for each in found)) if isinstance(found, list) else []


def share(part: float) -> str:
    """Write a share in percent, with one decimal.

    >>> share(0.1234)
    '12.3 %'
    """
    return f"{100 * part:.1f} %"


@cache
def environment() -> Environment:
    """Open the templates for plain text."""
    found = Environment(
        loader=PackageLoader("nlp_pipeline.reporting"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # text for a terminal and a memo, not a page
    )
    found.filters.update(money=money, share=share)
    return found
