"""The sample quarter is what its program makes, and each habit in it comes out of a review as a sentence about the therapist who has it."""

import json
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from nlp_pipeline.apps.bulk_review import ReviewOrder, review

SAMPLES = Path(__file__).parents[2] / "data_samples"
HABITS = [
    ("missing-skilled-cueing", "Bento, PT"),
    ("missing-deficit", "Bento, PT"),
    ("cloned-note", "Castellan, PT"),
    ("progress-report-overdue", "Castellan, PT"),
    ("units-exceed-minutes", "Dray, OTR/L"),
    ("overlapping-patients", "Ekholm, PT"),
    ("performed-not-billed", "Farrow, PT"),
]


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory):
    """Review the sample quarter as a user does, and give the folder of its results."""
    out = tmp_path_factory.mktemp("quarter") / "out"
    review(ReviewOrder([str(SAMPLES / "quarter")], out, reader="fast"))
    return out


@pytest.fixture(scope="module")
def patterns(reviewed):
    return json.loads((reviewed / "summary.json").read_text("utf-8"))["charts"]["patterns"]


def test_the_quarter_is_what_its_program_makes(tmp_path):
    spec = spec_from_file_location("make_quarter", SAMPLES / "make_quarter.py")
    program = module_from_spec(spec)
    spec.loader.exec_module(program)
    program.OUT = tmp_path
    program.make()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {path.name: path.read_bytes() for path in (SAMPLES / "quarter").iterdir()}


@pytest.mark.parametrize(("kind", "therapist"), HABITS)
def test_a_habit_comes_out_as_a_pattern_of_the_therapist_who_has_it(patterns, kind, therapist):
    assert [therapist in pattern["detail"] for pattern in patterns if pattern["kind"] == kind] == [True]


def test_no_pattern_is_most_common_with_the_therapist_who_writes_well(patterns):
    assert patterns
    assert not [pattern["sentence"] for pattern in patterns if "Abara" in pattern["detail"]]


def test_every_pattern_stands_on_the_page(reviewed, patterns):
    page = (reviewed / "summary.html").read_text("utf-8")
    assert all(pattern["sentence"] in page for pattern in patterns)
