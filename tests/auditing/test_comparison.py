"""Bills against notes: each category told where it is, in its direction, with its amount and the step where it entered."""

from datetime import date
from decimal import Decimal

import pytest

from nlp_pipeline.auditing.categories import categories
from nlp_pipeline.pipeline import Pipeline
from nlp_pipeline.records.audit_case import AuditedVisit, AuditTerms
from nlp_pipeline.records.billed_claim import Adjustment, BilledClaim, BilledLine
from nlp_pipeline.records.note import Note

DAY = date(2026, 3, 2)
SIGNED = "\nSigned by Dana Ortiz, PT, DPT"
EXERCISE = "TherEx x 30 min: leg press 3x10, straight leg raises 3x10."
BALANCE = "NMR x 15 min: single leg stance on foam with eyes closed."
WORDS = "\nRequired verbal cues for hip strategy.\nA: impaired balance, single leg stance 4 s.\nGoal: climb 12 stairs without a rail."


@pytest.fixture(scope="module")
def fast():
    return Pipeline.load(reader="fast")


@pytest.fixture
def audited(fast):
    """Audit one visit: its note, its lines on the claim, and on the charge and the remittance where they are given."""

    def audit(text, claim, *, charge=None, remitted=None, terms=None, **note) -> AuditedVisit:
        visit = Note("n1", text + SIGNED, DAY, "medicare", "PT", patient="P1", therapist="Dana Ortiz", **note)
        billed = [_claim("submitted", claim)] + ([_claim("charge", charge)] if charge else []) + ([remitted] if remitted else [])
        [answer] = fast.audit([visit], billed, terms or AuditTerms())
        return answer

    return audit


def _claim(step, lines):
    made = tuple(line if isinstance(line, BilledLine) else BilledLine(line[0], line[1], tuple(line[2].split()), DAY) for line in lines)
    return BilledClaim("C1", step, ("P1",), made, ("ORTIZ, DANA",))


def named(visit):
    return {each.category: each for each in visit.discrepancies if each.kind != "documentation"}


def test_a_bill_that_agrees_with_its_note_has_no_difference(audited):
    visit = audited(f"{EXERCISE}\n{BALANCE}{WORDS}", [("97110", 2, "GP"), ("97112", 1, "GP")])
    assert (named(visit), visit.outcome, visit.difference) == ({}, "supported", Decimal("0.00"))


def test_a_unit_too_many_is_told_with_its_amount(audited):
    found = named(audited(f"{EXERCISE}{WORDS}", [("97110", 3, "GP")]))["units-over"]
    assert (found.direction, found.material, found.amount) == ("over", True, Decimal("22.21"))


def test_a_unit_too_few_is_told_below_zero(audited):
    found = named(audited(f"{EXERCISE}{WORDS}", [("97110", 1, "GP")]))["units-under"]
    assert (found.direction, found.amount) == ("under", Decimal("-22.21"))


def test_another_code_that_is_paid_more_is_over(audited):
    found = named(audited(f"{EXERCISE}{WORDS}", [("97530", 2, "GP")]))
    assert found.keys() == {"code-over"}
    assert found["code-over"].amount > 0


def test_neighbours_are_lateral(audited):
    assert named(audited(f"{BALANCE}{WORDS}", [("97530", 1, "GP")])).keys() == {"code-lateral"}


def test_what_is_billed_and_not_in_the_note_is_not_documented(audited):
    assert named(audited(f"{EXERCISE}{WORDS}", [("97110", 2, "GP"), ("97140", 1, "GP")])).keys() == {"not-documented"}


def test_what_is_documented_and_not_billed_is_told_too(audited):
    found = named(audited(f"{EXERCISE}\n{BALANCE}{WORDS}", [("97110", 2, "GP")]))["not-billed"]
    assert (found.direction, found.amount < 0) == ("under", True)


def test_timed_units_without_any_time_lose_their_whole_amount(audited):
    visit = audited("TherEx: leg press 3x10, straight leg raises 3x10." + WORDS, [("97110", 2, "GP")])
    assert named(visit)["minutes-missing"].amount == visit.submitted_amount


def test_time_that_no_service_could_be_given_holds_a_judgement_back(audited):
    visit = audited("TherEx: leg press 3x10.\nBike afterwards, the whole hour 40 min." + WORDS, [("97110", 2, "GP")])
    assert "minutes-missing" not in named(visit)


def test_the_time_of_a_measure_holds_no_judgement_back(audited):
    visit = audited("O: Borg 15 down to 12; 11 min for 10 shirts.\nTherEx: leg press 3x10, straight leg raises 3x10." + WORDS, [("97110", 2, "GP")])
    assert "minutes-missing" in named(visit)


@pytest.mark.parametrize("measure", ["Tinetti 17/28", "Berg forty four"])
def test_a_number_that_may_be_a_measure_is_not_called_missing(audited, measure):
    visit = audited(f"O: {measure}.\nNMR x 15 min: stance on foam with eyes closed.", [("97112", 1, "GP")])
    assert "doc-objective" not in {each.category for each in visit.discrepancies}


def test_the_modifier_of_the_plan_of_care_is_missing(audited):
    assert named(audited(f"{EXERCISE}{WORDS}", [("97110", 2, "")])).keys() == {"modifier-missing"}


def test_another_disciplines_modifier_is_wrong(audited):
    assert named(audited(f"{EXERCISE}{WORDS}", [("97110", 2, "GO")])).keys() == {"modifier-wrong"}


def test_an_assistants_modifier_without_an_assistant_is_unsupported_and_pays_less(audited):
    found = named(audited(f"{EXERCISE}{WORDS}", [("97110", 2, "GP CQ")]))["modifier-unsupported"]
    assert (found.direction, found.amount < 0) == ("under", True)


def test_a_separating_modifier_without_an_edited_pair_changes_nothing(audited):
    found = named(audited(f"{EXERCISE}{WORDS}", [("97110", 2, "GP 59")]))["modifier-unsupported"]
    assert (found.material, found.direction) == (False, "neither")


GROUP = "\n97150 Therapeutic group with three other patients x 25 min: seated exercise class."


def test_an_edited_pair_without_a_modifier_is_told(audited):
    assert "ncci" in named(audited(EXERCISE + GROUP + WORDS, [("97110", 2, "GP"), ("97150", 1, "GP")]))


def test_the_step_that_appends_a_modifier_is_named(audited):
    lines = [("97110", 2, "GP"), ("97150", 1, "GP 59")]
    found = named(audited(EXERCISE + GROUP + WORDS, lines, charge=[("97110", 2, "GP"), ("97150", 1, "GP")]))["modifier-unsupported"]
    assert (found.divergence.step, found.divergence.told) == ("claim", "the claim appends 59 to 97150, the note gives no ground for it")


def test_an_error_that_was_charged_already_is_the_charges(audited):
    found = named(audited(f"{EXERCISE}{WORDS}", [("97110", 3, "GP")], charge=[("97110", 3, "GP")]))["units-over"]
    assert found.divergence.step == "charge"


def test_a_charge_put_right_before_the_claim_is_no_error(audited):
    visit = audited(f"{EXERCISE}{WORDS}", [("97110", 2, "GP")], charge=[("97110", 3, "GP")])
    assert (named(visit).keys(), visit.outcome) == ({"changed-on-the-way"}, "supported")


def test_what_the_payer_decided_otherwise_is_told_in_words(audited):
    line = BilledLine("97110", 2, ("GP",), DAY, paid=Decimal("0.00"), adjustments=(Adjustment("CO", "50", Decimal("51.27")),))
    visit = audited(f"{EXERCISE}{WORDS}", [("97110", 2, "GP")], remitted=BilledClaim("C1", "remitted", ("P1",), (line,)))
    assert named(visit)["paid-otherwise"].divergence.told == "the remittance says denied as not necessary (CO-50)"


def test_a_group_billed_as_one_to_one_is_told(audited):
    assert "group-as-one-to-one" in named(audited(GROUP + WORDS, [("97110", 2, "GP")]))


def test_the_same_minutes_under_two_services_are_told(audited):
    text = "97110 10:00-10:30: leg press 3x10.\n97140 10:00-10:30: soft tissue mobilization to the knee." + WORDS
    assert "minutes-double-counted" in named(audited(text, [("97110", 2, "GP"), ("97140", 2, "GP")]))


def test_minutes_that_contradict_each_other_are_told(audited):
    assert "minutes-conflict" in named(audited(f"{EXERCISE}\nTotal timed minutes: 50{WORDS}", [("97110", 2, "GP")]))


def test_more_units_than_anyone_believes_are_told(audited):
    assert "unit-limit" in named(audited(f"{EXERCISE}{WORDS}", [("97110", 9, "GP")]))


@pytest.mark.parametrize(
    ("left_out", "category"), [("A: impaired balance, single leg stance 4 s.", "doc-deficit"), ("Goal: climb 12 stairs without a rail.", "doc-goal")]
)
def test_an_element_that_a_billed_code_asks_for_is_missed(audited, left_out, category):
    visit = audited(f"{BALANCE}{WORDS}".replace(left_out, ""), [("97112", 1, "GP")])
    found = {each.category: each for each in visit.discrepancies}
    assert (found[category].material, found[category].at_risk) == (False, Decimal("32.73"))


def test_past_the_threshold_a_missing_attestation_is_told(fast):
    notes = [Note(f"n{at:02d}", EXERCISE + SIGNED, date(2026, 1, 1 + at), "medicare", "PT", patient="P1", therapist="Dana Ortiz") for at in range(30)]
    bills = [BilledClaim(f"C{at}", "submitted", ("P1",), (BilledLine("97530", 4, ("GP",), date(2026, 1, 1 + at)),), ("Dana Ortiz",)) for at in range(30)]
    visits = list(fast.audit(notes, bills))
    first = next(at for at, visit in enumerate(visits) if "cap-kx" in named(visit))
    spent = sum(visit.submitted_amount for visit in visits[:first])
    assert spent <= Decimal(2480) < spent + visits[first].submitted_amount


@pytest.mark.parametrize(("whole_year", "told"), [(True, True), (False, False)])
def test_an_attestation_too_early_is_told_only_where_the_year_is_whole(audited, whole_year, told):
    visit = audited(f"{EXERCISE}{WORDS}", [("97110", 2, "GP KX")], terms=AuditTerms(whole_year=whole_year))
    assert ("cap-kx" in named(visit)) == told


def test_a_note_without_a_signature_is_told_where_the_others_are_signed(fast):
    notes = [Note(f"n{at}", EXERCISE + (SIGNED if at else ""), DAY, "medicare", "PT", patient=f"P{at}") for at in range(3)]
    bills = [BilledClaim(f"C{at}", "submitted", (f"P{at}",), (BilledLine("97110", 2, ("GP",), DAY),)) for at in range(3)]
    assert [("signature" in named(visit)) for visit in fast.audit(notes, bills)] == [True, False, False]


def test_someone_whose_time_is_not_paid_is_told(audited, fast):
    visit = Note("n1", EXERCISE + "\nSigned by Lee Marsh, ATC", DAY, "medicare", "PT", patient="P1")
    [answer] = fast.audit([visit], [BilledClaim("C1", "submitted", ("P1",), (BilledLine("97110", 2, ("GP",), DAY),))])
    assert named(answer)["credential"].material


def test_a_reviewers_words_follow_what_was_found(audited):
    visit = audited(f"{EXERCISE}{WORDS}", [("97110", 3, "GP")])
    assert (visit.contractor.decision, visit.contractor.reasons) == ("accepted in part", ("Units billed exceed the treatment time documented.",))


def test_a_commercial_payer_without_prices_keeps_the_category_and_leaves_the_amount_open(fast):
    note = Note("n1", EXERCISE + SIGNED, DAY, "cigna", "PT", patient="P1")
    [visit] = fast.audit([note], [BilledClaim("C1", "submitted", ("P1",), (BilledLine("97110", 3, ("GP",), DAY),))])
    assert (named(visit)["units-over"].amount, visit.submitted_amount) == (None, None)


def test_every_category_is_sourced_and_marked():
    assert all(each.source and each.mark in "VKCD" and each.remedy for each in categories().named.values())
