"""Every published case, each with its source, through `unitwise claim --json`: all of them in one run of the command.

A case says where it was published and whether minutes and answer were printed there (`published`). Of the minutes of an assistant, `pta_minutes` are
given alone and `pt_minutes` are the therapist's, alone or together; `acceptable_units` stand where the source leaves the choice open.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLACE = ROOT / "tests" / "cases"
KINDS = ("units", "cqco", "ncci", "mue", "payment", "claim")
CASES = {kind: [json.loads(line) for line in (PLACE / f"{kind}.jsonl").read_text("utf-8").splitlines()] for kind in KINDS}
VISIT = {"date_of_service": "2026-03-02", "payer": "medicare", "discipline": "PT"}
A_UNIT_OF = {"97110": 15, "97112": 15, "97530": 15, "97140": 15}
PRICED = "29.06"  # what a unit of exercise is allowed, by the cases of payment


def of_units(case):
    timed = [{"code": code, "minutes": spent} for code, spent in case["minutes"].items()]
    return {"services": [*timed, *({"code": code} for code in case.get("untimed", []))], "method": case["method"]}


def of_cqco(case):
    spent = [(each["code"], each["pt_minutes"], each["pta_minutes"]) for each in case["services"]]
    return {"services": [{"code": code, "minutes": own + aided, "assistant_minutes": aided} for code, own, aided in spent]}


def of_ncci(case):
    return {"services": [{"code": code, "minutes": 30} for code in case["pair"]], "date_of_service": case["as_of"], "payer": case["payer"]}


def of_mue(case, more=0):
    units = case["expected"]["mue"] + more
    return {"services": [{"code": case["code"], "minutes": 15 * units}], "date_of_service": case["as_of"]}


def of_payment(case):
    given = case["given"]
    if given["kind"] == "national_amount":
        return {"services": [{"code": given["code"], "minutes": A_UNIT_OF[given["code"]]}], "locality": "national"}
    return {"services": [{"code": "97110", "minutes": 15, "allowed": given["approved"]}], "deductible": given["deductible"]}


def of_claim(case):
    given = case["given"]
    if "modifiers" in given:
        return {"services": [{"code": given["code"], "minutes": 15, "modifiers": given["modifiers"]}]}
    if "allowed_to_date" in given:
        return {"services": [{"code": "97110", "minutes": 15}], "allowed_to_date": given["allowed_to_date"]}
    return {"services": [{"code": "92507"}], "discipline": given["discipline"], "allowed_to_date": 0}


MAKERS = (of_units, of_cqco, of_ncci, of_mue, of_payment, of_claim)
ENCOUNTERS = {case["id"]: make(case) for kind, make in zip(KINDS, MAKERS, strict=True) for case in CASES[kind]}
ENCOUNTERS |= {f"{case['id']}-one-more": of_mue(case, more=1) for case in CASES["mue"]}


@pytest.fixture(scope="module")
def claims(tmp_path_factory):
    rows = "\n".join(json.dumps({"id": name, **VISIT, **encounter}) for name, encounter in ENCOUNTERS.items())
    program = [sys.executable, "-c", "from nlp_pipeline.apps.cli import main; main()", "claim", "-", "--json"]
    environment = {**os.environ, "UNITWISE_DATA": str(tmp_path_factory.mktemp("own"))}
    done = subprocess.run(program, input=rows, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=120, check=True)
    return {claim["id"]: claim for claim in map(json.loads, done.stdout.splitlines())}


def each_of(kind):
    return pytest.mark.parametrize("case", CASES[kind], ids=lambda case: case["id"])


def codes_of(claim):
    return {finding["code"] for finding in claim["findings"]}


def units_of(claim):
    units = Counter()
    for line in claim["lines"]:
        units[line["code"]] += line["units"]
    return units


@each_of("units")
def test_units_are_as_published(claims, case):
    right = case.get("acceptable_units") or [case["expected_units"]]
    timed = Counter({code: count for code, count in units_of(claims[case["id"]]).items() if code in case["minutes"]})
    assert timed in [Counter({code: count for code, count in units.items() if count}) for units in right]


@each_of("units")
def test_the_total_of_units_is_as_published(claims, case):
    untimed = case.get("untimed", [])
    assert claims[case["id"]]["total_units"] == case.get("expected_visit_units", case["expected_total_units"] + len(untimed))


@each_of("cqco")
def test_the_units_of_an_assistant_are_as_published(claims, case):
    lines = Counter((line["code"], line["units"], "CQ" if "CQ" in line["modifiers"] else None) for line in claims[case["id"]]["lines"])
    assert lines == Counter((line["code"], line["units"], line["modifier"]) for line in case["expected_lines"])


@each_of("ncci")
def test_a_pair_is_edited_as_in_the_table(claims, case):
    told = [finding["message"] for finding in claims[case["id"]]["findings"] if finding["code"] == "ncci-pair"]
    expected = case["expected"]
    lifts = ("no modifier lifts it", "a modifier lifts it")
    assert [all(code in message for code in case["pair"]) and lifts[expected["modifier_indicator"]] in message for message in told] == [True] * expected["edit"]


@pytest.mark.parametrize("case", [case for case in CASES["ncci"] if case["expected"]["edit"]], ids=lambda case: case["id"])
def test_the_columns_and_the_indicator_of_an_edit_are_told(claims, case):
    proofs = [part for proof in claims[case["id"]]["proofs"] for part in proof.get("parts", [])]
    expected = case["expected"]
    assert f"an edit {expected['column1']} → {expected['column2']} is in force on the day" in {part["says"] for part in proofs}
    assert f"indicator {expected['modifier_indicator']}" in {part.get("because") for part in proofs}


@each_of("mue")
def test_units_up_to_the_limit_are_believed(claims, case):
    assert "mue-exceeded" not in codes_of(claims[case["id"]])


@each_of("mue")
def test_a_unit_more_than_the_limit_is_told(claims, case):
    assert "mue-exceeded" in codes_of(claims[f"{case['id']}-one-more"])


@each_of("payment")
def test_money_is_as_published(claims, case):
    claim = claims[case["id"]]
    found = claim["lines"][0]["allowed"] if case["given"]["kind"] == "national_amount" else claim["expected_payment"]
    assert f"{found:.2f}" == case["expected"]


@pytest.mark.parametrize("case", [case for case in CASES["claim"] if "valid" in case["expected"]], ids=lambda case: case["id"])
def test_modifiers_are_in_order_as_published(claims, case):
    assert (not codes_of(claims[case["id"]]) & {"missing-modifier", "invalid-modifier"}) == case["expected"]["valid"]


@pytest.mark.parametrize("case", [case for case in CASES["claim"] if "kx" in case["expected"]], ids=lambda case: case["id"])
def test_necessity_is_attested_as_published(claims, case):
    [line] = claims[case["id"]]["lines"]
    assert (f"{line['allowed']:.2f}", "KX" in line["modifiers"]) == (PRICED, case["expected"]["kx"])


@pytest.mark.parametrize("case", [case for case in CASES["claim"] if "shared_cap" in case["expected"]], ids=lambda case: case["id"])
def test_a_cap_is_shared_as_published(claims, case):
    assert claims[case["id"]]["threshold"]["pool"] == case["expected"]["shared_cap"]
