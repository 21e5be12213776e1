"""How much of an exercise was prescribed, read from the words after it."""

import pytest

from nlp_pipeline.reading.dosage import read_dosage
from nlp_pipeline.records.facts import Dosage


def dosage(words: str) -> Dosage | None:
    """Read what follows an activity."""
    return read_dosage("SLR" + words, 3, 3 + len(words))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (" 3x10", Dosage(sets=3, reps=10)),
        (" 3 x 10", Dosage(sets=3, reps=10)),
        (" 3×10", Dosage(sets=3, reps=10)),
        (" 2 sets of 15", Dosage(sets=2, reps=15)),
        (" x10", Dosage(reps=10)),
        (" 12 reps", Dosage(reps=12)),
        (" 3x30s", Dosage(sets=3, hold_seconds=30)),
        (" 3x30 sec hold", Dosage(sets=3, hold_seconds=30)),
        (' 30" x 3', Dosage(hold_seconds=30, reps=3)),
        (" 30″", Dosage(hold_seconds=30)),
        (" x 8 min", Dosage(minutes=8)),
        (" 8'", Dosage(minutes=8)),
        (" 2x10, 3# B", Dosage(sets=2, reps=10, load="3#")),
        (" 5 lbs", Dosage(load="5 lbs")),
        (" with red band", Dosage(load="red band")),
        (" 3 sets green TB", Dosage(sets=3, load="green TB")),
    ],
)
def test_an_amount_is_read(words, told):
    assert dosage(words) == told


@pytest.mark.parametrize("words", ["", ", then bridges", " on foam", " 4/5", " 150 ft", " 10:30"])
def test_what_is_no_amount_is_not_read(words):
    assert dosage(words) is None


def test_the_amount_of_the_next_line_is_another_one():
    assert dosage("\n3x10") is None


def test_the_amount_of_the_next_activity_is_another_one():
    assert read_dosage("SLR, bridges 3x10", 3, 5) is None


def test_a_distance_is_no_number_of_repetitions():
    assert dosage(" x 150 ft") is None
