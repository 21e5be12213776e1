"""What the note itself claims: charge lines and stated units."""

import pytest

from nlp_pipeline.reading.minutes import read_time
from nlp_pipeline.reading.services import find_blocks


def charges(text: str) -> list[tuple[str, int | None]]:
    return [(charge.code, charge.units) for charge in read_time(text, find_blocks(text), ()).charges]


@pytest.mark.parametrize(
    ("text", "claimed"),
    [
        ("97110 x 2, 97140 x1", [("97110", 2), ("97140", 1)]),
        ("TE 23 min (2 units), NMR 12 min (1 unit)", [("97110", 2), ("97112", 1)]),
        ("CPT: 97112 (1)", [("97112", 1)]),
        ("97110 | 23 | 2\n97112 | 15 | 1", [("97110", 2), ("97112", 1)]),
        ("Billed: 2 TE, 1 TA", [("97110", 2), ("97530", 1)]),
        ("97535 (two units)", [("97535", 2)]),
        ("TE 15/1u: bike", [("97110", 1)]),
        ("97533 20, 97530 15, 97535 10. Units 1/1/1.", [("97533", 1), ("97530", 1), ("97535", 1)]),
        ("Total units: 3", [("total", 3)]),
        ("Charges: 97110, 97140", [("97110", None), ("97140", None)]),
    ],
)
def test_stated_units_are_read_in_every_form(text, claimed):
    assert charges(text) == claimed


@pytest.mark.parametrize("text", ["SLR 2 x 10, bridges x 3", "97110 15 min, 97112 12 min", "Billed: 97110 18, 97112 12", "TE 20, MT 8"])
def test_sets_and_minutes_are_no_units(text):
    assert [units for _, units in charges(text) if units is not None] == []
