"""Which note a bill belongs to, and what is said where none does."""

from datetime import date

import pytest

from nlp_pipeline.auditing.identity import same_person
from nlp_pipeline.auditing.matching import pair
from nlp_pipeline.auditing.settling import visits_of
from nlp_pipeline.records.billed_claim import BilledClaim, BilledLine
from nlp_pipeline.records.note import Note

DAY, NEXT = date(2026, 3, 2), date(2026, 3, 3)


def note(name="n1", patient="P1", day=DAY, therapist="Dana Ortiz, PT"):
    return Note(name, "TherEx x 15 min", day, "medicare", "PT", patient=patient, therapist=therapist)


def bill(name="C1", patient="P1", day=DAY, therapist=("ORTIZ, DANA",), **more):
    lines = more.pop("lines", (BilledLine("97110", 1, ("GP",), day, control="L1"),))
    return BilledClaim(name, more.pop("step", "submitted"), (patient,), lines, therapist, **more)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (["DOE, JANE"], ["Jane M. Doe, PT, DPT"], True),
        (["1234567893", "DOE, JANE"], ["1234567893"], True),
        (["00417"], ["417"], True),
        (["1234567893"], ["1999999992"], False),
        (["Jane Doe"], ["John Roe"], False),
        (["1234567893"], ["Jane Doe"], None),
        ([], ["Jane Doe"], None),
    ],
)
def test_people_are_known_by_number_or_name(one, other, same):
    assert same_person(one, other) is same


def test_patient_day_and_therapist_match_whatever_way_they_are_written():
    [pairing] = pair([note(patient="MRN 0417")], [bill(patient="mrn-417")]).pairs
    assert pairing.note.id == "n1"


def test_another_therapist_is_no_match_and_is_told():
    found = pair([note()], [bill(therapist=("ROE, JOHN",))])
    assert found.pairs == ()
    assert {(each.side, each.near[0].differs) for each in found.unmatched} == {
        ("billed", "same patient and day, another therapist"),
        ("note", "same patient and day, another therapist"),
    }


def test_a_therapist_known_by_number_alone_is_matched_by_patient_and_day_and_told():
    [pairing] = pair([note()], [bill(therapist=("1234567893",))]).pairs
    assert "could not be compared" in pairing.billed.notices[0]


def test_two_notes_of_a_day_are_not_guessed_apart():
    found = pair([note("n1", therapist="A B"), note("n2", therapist="C D")], [bill(therapist=("1234567893",))])
    assert (found.pairs, len(found.unmatched)) == ((), 3)


def test_two_disciplines_of_a_day_are_told_apart_by_the_plan_of_care_that_the_lines_name():
    notes = [note("n1", therapist="A B"), Note("n2", "ADL x 15 min", DAY, "medicare", "OT", patient="P1", therapist="C D")]
    [pairing] = pair(notes, [bill(therapist=(), lines=(BilledLine("97535", 1, ("GO",), DAY),))]).pairs
    assert pairing.note.id == "n2"


def test_the_days_between_a_note_and_a_bill_are_told():
    billed = next(each for each in pair([note(day=NEXT)], [bill()]).unmatched if each.side == "billed")
    assert [(each.id, each.differs) for each in billed.near] == [("n1", "same patient, 1 day apart")]


def test_a_number_with_one_wrong_sign_is_told():
    billed = next(each for each in pair([note(patient="MRN10417")], [bill(patient="MRN10471")]).unmatched if each.side == "billed")
    assert billed.near[0].differs == "same day; the patient's number differs in one sign"


def test_charge_claim_and_remittance_of_a_visit_stand_side_by_side():
    undated = (BilledLine("97110", 1, ("GP",), None, control="L1"),)
    [visit] = visits_of([bill("C1"), bill("C1", step="remitted", therapist=(), lines=undated), bill("X9", step="charge")])
    assert list(visit.steps) == ["charge", "submitted", "remitted"]
    assert visit.step == "submitted"


def test_two_disciplines_of_a_day_are_two_visits():
    assert len(visits_of([bill("C1"), bill("C2", therapist=("ROE, JOHN",))])) == 2


@pytest.mark.parametrize("replaces", ["ICN1", None])
def test_a_replacement_takes_the_place_of_what_it_replaces(replaces):
    remitted = bill("C1", step="remitted", payer_number="ICN1")
    again = bill("C1" if replaces is None else "C2", lines=(BilledLine("97110", 2, ("GP",), DAY),), frequency="replacement", replaces=replaces)
    [visit] = visits_of([bill("C1"), remitted, again])
    assert [line.units for line in visit.steps["submitted"]] == [2]
    assert visit.superseded == ("C1",)


def test_a_claim_sent_twice_under_its_own_number_counts_once():
    [visit] = visits_of([bill("C1"), bill("C1")])
    assert (len(visit.steps["submitted"]), visit.superseded) == (1, ("C1",))


def test_the_same_lines_under_another_number_are_billed_twice():
    [visit] = visits_of([bill("C1"), bill("C2")])
    assert len(visit.steps["submitted"]) == 2


def test_a_void_takes_a_claim_away():
    assert visits_of([bill("C1"), bill("C1", frequency="void", lines=())]) == ()


def test_a_reversal_takes_back_the_remittance_before_it():
    first, back, again = (bill("C1", step="remitted", lines=(BilledLine("97110", units, ("GP",), DAY),)) for units in (1, 1, 2))
    back = bill("C1", step="remitted", frequency="void", lines=back.lines)
    [visit] = visits_of([bill("C1"), first, back, again])
    assert [line.units for line in visit.steps["remitted"]] == [2]
