"""From an encounter to a whole claim: lines, modifiers, money, findings."""

import json
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from itertools import combinations, product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_pipeline.records.claim import AuditedClaim, Proof
from nlp_pipeline.records.claim_schema import claim_to_json, encounter_from_json
from nlp_pipeline.rule_layer import RuleLayer
from nlp_pipeline.rulebook.rulebook import Rulebook

CASES = tomllib.loads((Path(__file__).parents[1] / "cases" / "law.toml").read_text("utf-8"))["case"]
LAYER = RuleLayer(Rulebook.load())
FRONT = {"id": "e1", "date_of_service": "2026-03-02", "payer": "medicare", "discipline": "PT"}
TIMED = ["97110", "97112", "97116", "97140", "97530", "97535", "97750", "97032"]
SERVICES = st.lists(
    st.builds(
        lambda code, spent, part: {"code": code, "minutes": spent, "assistant_minutes": spent * part // 4},
        st.sampled_from([*TIMED, "97150", "97161", "97010", "97012", "95992", "97550"]),
        st.integers(0, 120),
        st.integers(0, 4),
    ),
    max_size=6,
)
VISITS = st.builds(
    lambda services, spent, open_part, distinct: {**FRONT, "services": services, "allowed_to_date": spent, "deductible": open_part, "distinct": distinct},
    SERVICES,
    st.integers(0, 3100),
    st.integers(0, 60),
    st.lists(st.tuples(st.sampled_from(TIMED), st.sampled_from(TIMED)).map(list), max_size=3),
)


def claimed(encounter: dict) -> AuditedClaim:
    [audited] = LAYER.claim([encounter_from_json({**FRONT, **encounter})])
    return audited


def leaves(proof: Proof) -> Iterator[Proof]:
    for part in proof.parts:
        yield part
        yield from leaves(part)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_lines_come_out_with_their_modifiers(case):
    assert [[line.code, line.units, *line.modifiers] for line in claimed(case["encounter"]).claim.lines] == case["lines"]


@pytest.mark.parametrize("case", [case for case in CASES if "findings" in case], ids=lambda case: case["name"])
def test_findings_are_those_and_no_others(case):
    assert sorted(finding.code for finding in claimed(case["encounter"]).findings) == sorted(case["findings"])


@pytest.mark.parametrize("case", [case for case in CASES if "allowed" in case], ids=lambda case: case["name"])
def test_lines_are_allowed_to_the_cent(case):
    assert [str(line.allowed) for line in claimed(case["encounter"]).claim.lines] == case["allowed"]


@given(VISITS)
def test_what_is_taken_and_what_is_paid_add_up_to_what_is_allowed(visit):
    for line in claimed(visit).claim.lines:
        if each := line.payment:
            assert each.deductible + each.coinsurance + each.assistant_reduction + each.sequestration + each.paid == each.allowed


@given(VISITS)
def test_an_assistants_lines_and_the_others_have_the_units_of_the_method(visit):
    claim = claimed(visit).claim
    units: dict[str, int] = {}
    for line in claim.lines:
        units[line.code] = units.get(line.code, 0) + line.units
    assert units == {code: count for code, count in claim.units["cms"].units.items() if count}


@given(VISITS)
def test_a_separation_is_set_only_with_a_closed_proof(visit):
    claim = claimed(visit).claim
    closed = [proof for proof in claim.proofs if proof.says.startswith("XU") and proof.holds == "yes"]
    assert bool(closed) == any("XU" in line.modifiers for line in claim.lines)


@given(VISITS)
def test_a_proof_holds_exactly_where_each_of_its_leaves_does(visit):
    for proof in claimed(visit).claim.proofs:
        states = {part.holds for part in proof.parts}
        assert proof.holds == ("no" if "no" in states else "open" if "open" in states else "yes")


@given(VISITS)
def test_an_open_leaf_carries_its_question(visit):
    assert all(leaf.question for proof in claimed(visit).claim.proofs for leaf in leaves(proof) if leaf.holds == "open")


@given(VISITS, st.randoms(use_true_random=False))
def test_the_order_of_services_changes_no_units_and_no_total(visit, order):
    shuffled = list(visit["services"])
    order.shuffle(shuffled)
    one, other = claim_to_json(claimed(visit)), claim_to_json(claimed({**visit, "services": shuffled}))
    assert (one["units"], one["total_units"]) == (other["units"], other["total_units"])


@given(VISITS)
def test_lines_billed_and_priced_in_one_step_are_those_of_two(visit):
    encounter = encounter_from_json(visit)
    rules = LAYER.rulebook.on(encounter.date_of_service, encounter.payer)
    assert LAYER.biller.bill_and_price(encounter, rules) == LAYER.biller.price(LAYER.biller.bill(encounter, rules), encounter, rules)


@given(VISITS)
def test_the_same_encounter_gives_the_same_bytes(visit):
    assert json.dumps(claim_to_json(claimed(visit))) == json.dumps(claim_to_json(claimed(visit)))


@given(VISITS)
def test_no_line_carries_a_modifier_that_a_check_refuses(visit):
    assert "invalid-modifier" not in {finding.code for finding in claimed(visit).findings}


@given(st.lists(st.integers(1, 40), min_size=1, max_size=5, unique=False))
def test_the_lawful_shares_are_all_there_are(spent):
    minutes = dict(zip(TIMED, spent, strict=False))
    whole = {code: each // 15 for code, each in minutes.items()}
    spare = sum(1 for first in range(8, sum(spent) + 1, 15)) - sum(whole.values())
    ways = list(combinations(sorted(minutes), spare))
    most = max(sum(minutes[code] % 15 for code in way) for way in ways)
    lawful = {tuple(whole[code] + (code in way) for code in minutes) for way in ways if sum(minutes[code] % 15 for code in way) == most}
    claim = claimed({"services": [{"code": code, "minutes": each} for code, each in minutes.items()]}).claim
    assert {tuple(way[code] for code in minutes) for way in claim.lawful or [claim.units["cms"].units]} == lawful


def test_every_split_between_therapist_and_assistant_keeps_the_units_and_never_more_than_two_are_left():
    from nlp_pipeline.billing.assistants import Time, split_units

    law = LAYER.rulebook.on(None, "medicare").claim.assistants
    for own, aided in product(range(76), repeat=2):
        units = (own + aided + 7) // 15 if own + aided >= 8 else 0
        split = split_units(units, Time(own, aided, 15, 8), law)
        assert split.plain + split.marked == units
        assert min(split.plain, split.marked) >= 0
        assert not (split.marked and not aided)
        assert not (split.plain and not own)


def test_the_published_payment_example_comes_out():
    audited = claimed({"deductible": 50, "services": [{"code": "97799", "allowed": 100}]})
    assert audited.claim.lines[0].payment.paid == Decimal("39.20")


def test_a_provider_has_eighty_eight_cents_of_an_assistants_dollar():
    audited = claimed({"services": [{"code": "97799", "minutes": 60, "assistant_minutes": 60, "allowed": 100}]})
    payment = audited.claim.lines[0].payment
    assert payment.allowed - payment.assistant_reduction == Decimal(88)


def test_two_assistants_lines_of_a_code_share_the_one_full_unit():
    lines = claimed({"services": [{"code": "97110", "minutes": 30, "assistant_minutes": 15}]}).claim.lines
    assert [str(line.allowed) for line in lines] == ["29.06", "22.21"]


def test_an_amount_that_was_given_is_shared_over_the_lines_of_its_code():
    lines = claimed({"services": [{"code": "97110", "minutes": 45, "assistant_minutes": 15, "allowed": 100}]}).claim.lines
    assert [(line.units, str(line.allowed)) for line in lines] == [(2, "66.67"), (1, "33.33")]


def test_a_place_that_is_not_held_has_no_price():
    assert claimed({"locality": "Atlantis", "services": [{"code": "97110", "minutes": 15}]}).claim.lines[0].allowed is None


def test_a_day_before_the_prices_has_none_and_says_so():
    audited = claimed({"date_of_service": "2025-06-01", "services": [{"code": "97110", "minutes": 15}]})
    assert audited.claim.lines[0].allowed is None
    assert any("conversion_factor" in notice for notice in audited.notices)


def test_a_rule_published_later_is_not_known_before():
    from datetime import date

    encounter = encounter_from_json({**FRONT, "allowed_to_date": 2420, "services": [{"code": "97110", "minutes": 30}]})
    [then] = LAYER.claim([encounter], known_on=date(2025, 12, 31))
    assert [use.amount for use in then.claim.thresholds] == [Decimal("2410.00")]


def test_every_payer_and_method_is_shown_with_what_differs():
    encounter = encounter_from_json({**FRONT, "services": [{"code": "97110", "minutes": 23}, {"code": "97140", "minutes": 8}]})
    views = {view.name: view.differs for view in LAYER.side_by_side(encounter)}
    assert views["method cms"] == ""
    assert views["method ama"] == "97140 1 instead of 0 (8 min)"
    assert {"medicare", "commercial", "aetna", "texas medicaid"} <= views.keys()


def test_the_other_factor_is_told_beside_the_one_taken():
    steps = {taken: claimed({"services": [{"code": "97110", "minutes": 15}], "qualifying": taken}).claim.explanation for taken in (False, True)}
    assert any("the factor is 33.5675, and the lines are allowed $29.20 together" in step for step in steps[False])
    assert any("the factor is 33.4009, and the lines are allowed $29.06 together" in step for step in steps[True])


def visits_of(*allowed, **more):
    rows = [{**FRONT, "id": f"e{number}", "services": [{"code": "97110", "minutes": 15, "allowed": each}], **more} for number, each in enumerate(allowed)]
    return [encounter_from_json(row) for row in rows]


def marked(claims):
    return ["KX" in line.modifiers for audited in claims for line in audited.claim.lines]


def test_a_patients_year_is_added_up_in_the_order_of_receipt():
    assert marked(LAYER.claim(visits_of(2400, 80, 1, patient="p1"))) == [False, False, True]


def test_each_patient_pool_and_year_is_added_up_apart():
    last = [
        {"patient": "p2"},
        {"patient": "p1", "discipline": "OT"},
        {"patient": "p1", "date_of_service": "2025-12-31"},
        {"patient": "p1", "discipline": "SLP"},
    ]
    visits = [visit for more in last for visit in (*visits_of(2480, patient="p1"), *visits_of(29.06, **more))]
    found = [marked(LAYER.claim(visits[place : place + 2]))[1] for place in range(0, len(visits), 2)]
    assert found == [False, False, False, True]


def test_two_disciplines_of_one_visit_fill_their_own_pools():
    services = [{"code": "97110", "minutes": 15, "allowed": 40}, {"code": "97535", "minutes": 15, "allowed": 40, "discipline": "OT"}]
    audited = claimed({"services": services, "allowed_to_date": {"PT+SLP": 2400, "OT": 2450}})
    assert marked([audited]) == [False, True]
    assert [(use.pool, str(use.after), use.marked) for use in audited.claim.thresholds] == [("PT+SLP", "2440.00", False), ("OT", "2490.00", True)]


def test_a_visit_without_a_patient_is_added_to_no_year():
    assert marked(LAYER.claim(visits_of(2480, 29.06))) == [False, False]


def test_each_step_that_rests_on_a_rule_names_its_source():
    encounter = {
        "services": [{"code": "97110", "minutes": 20, "assistant_minutes": 12}, {"code": "97530", "minutes": 15}, {"code": "97750", "minutes": 15}],
        "allowed_to_date": 2450,
    }
    for start in ("So counts the payer", "Total ", "97110, CQ", "GP on", "97530 and 97750", "Prices:", "After the first unit", "PT+SLP:", "Allowed "):
        assert ["Source: " in step for step in claimed(encounter).claim.explanation if step.startswith(start)] == [True], start
