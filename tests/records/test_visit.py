"""What is kept of a coded note beside others, and its line of working paper."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from nlp_pipeline import Note, Pipeline
from nlp_pipeline.records.note import Origin, Piece
from nlp_pipeline.records.verdict import reasons_of, verdict_of
from nlp_pipeline.records.visit import Visit, VisitLine, sketch_of, visit_of
from nlp_pipeline.records.visit_schema import outline_from_json, sketch_from_json, visit_from_json, visit_to_json

TEXT = """Patient reports less pain, 3/10. L hip weakness limits stairs.
TE (97110) 9:00-9:15: SLR 3x10 with VC for quad set, 2 lb.
NMR (97112) 9:15-9:30: SLS on foam 3x30 sec, min A for balance.
Next visit: add step-ups.
Total timed 30 min. 97110 x 1, 97112 x 1"""


@pytest.fixture(scope="module")
def visit() -> Visit:
    note = Note("v1", TEXT, date(2026, 3, 2), "medicare", "PT", Origin("a.csv", 3, None, (Piece(0, "page 1"),)), "p1", "t1", "c1")
    [coded] = Pipeline.load(reader="fast").code([note])
    return visit_of(coded)


def test_a_visit_names_who_it_belongs_to(visit):
    assert (visit.patient, visit.therapist, visit.clinic, visit.day) == ("p1", "t1", "c1", date(2026, 3, 2))


def test_only_what_was_performed_is_kept(visit):
    assert [each.words for each in visit.activities if "step" in each.words] == []
    assert [each.stated_code for each in visit.activities] == ["97110", "97112"]


def test_a_cue_belongs_to_the_activity_on_its_line(visit):
    assert [[cue.text for cue in each.cueing] for each in visit.activities] != [[], []]
    assert all(visit.text.count("\n", 0, cue.start) == visit.text.count("\n", 0, each.span.start) for each in visit.activities for cue in each.cueing)


def test_the_clock_is_kept_with_its_code(visit):
    assert [(each.start, each.end, each.code) for each in visit.intervals] == [(540, 555, "97110"), (555, 570, "97112")]


def test_stated_units_stand_beside_the_supported_lines(visit):
    assert dict(visit.stated_units) == {"97110": 1, "97112": 1}
    assert [(line.code, line.units) for line in visit.lines] == [("97110", 1), ("97112", 1)]
    assert visit.minutes_known == "complete"


def test_a_visit_comes_back_from_its_line_as_it_was(visit):
    priced = replace(visit, lines=(VisitLine("97110", 1, ("GP",), Decimal("28.79")),))
    assert visit_from_json(visit_to_json(priced).encode()) == priced
    assert visit_from_json(visit_to_json(visit).encode()) == visit


def test_a_bare_visit_comes_back_too():
    assert visit_from_json(visit_to_json(Visit("v2", "line\nwith é")).encode()) == Visit("v2", "line\nwith é")


def test_an_outline_comes_out_as_the_whole_visit_does(visit):
    line = visit_to_json(visit).encode()
    outline = outline_from_json(line)
    assert (verdict_of(outline), reasons_of(outline)) == (verdict_of(visit), reasons_of(visit))
    kept = ("id", "text", "day", "patient", "therapist", "clinic", "payer", "lines", "stated_units", "minutes_by_code", "intervals", "minute_spans", "findings")
    assert [getattr(outline, name) for name in kept] == [getattr(visit, name) for name in kept]


def test_an_outline_without_activities_has_none():
    bare = Visit("v2", "Did not attend.", minutes_by_code={})
    assert outline_from_json(visit_to_json(bare).encode()) == bare


def test_a_sketch_says_where_treatment_is_told(visit):
    sketch = sketch_from_json(visit_to_json(visit).encode())
    assert sketch == sketch_of(visit)
    assert {each.span.start for each in visit.activities} <= set(sketch.told)


def test_a_line_is_one_line():
    assert "\n" not in visit_to_json(Visit("v2", "one\ntwo\u2028three"))
