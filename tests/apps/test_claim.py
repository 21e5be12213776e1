"""`unitwise claim` and `unitwise rules`, as a user runs them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from nlp_pipeline.records.claim_schema import claim_to_json, encounter_from_json

ROOT = Path(__file__).parents[2]
VISIT = {
    "id": "e1",
    "date_of_service": "2026-03-02",
    "payer": "medicare",
    "discipline": "PT",
    "services": [{"code": "97112", "minutes": 20, "assistant_minutes": 12}, {"code": "97161"}],
}


@pytest.fixture
def run(tmp_path):
    def asked(*arguments, given=""):
        program = [sys.executable, "-c", "from nlp_pipeline.apps.cli import main; main()", *map(str, arguments)]
        environment = {**os.environ, "UNITWISE_DATA": str(tmp_path / "own"), "PYTHONWARNINGS": "error"}
        return subprocess.run(program, input=given, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=120, check=False)

    return asked


def test_a_claim_has_every_field_of_the_contract(run):
    claim = json.loads(run("claim", "-", "--json", given=json.dumps(VISIT)).stdout)
    assert {"id", "method", "timed_minutes", "total_units", "lines", "findings", "explanation", "rules"} <= claim.keys()
    assert {"code", "units", "modifiers", "allowed"} <= claim["lines"][0].keys()


def test_the_same_input_gives_the_same_bytes(run):
    assert run("claim", "--json", given=json.dumps(VISIT)).stdout == run("claim", "--json", given=json.dumps(VISIT)).stdout


def test_many_encounters_give_a_line_each_in_order(run):
    rows = "\n".join(json.dumps({**VISIT, "id": f"e{number}"}) for number in range(3))
    assert [json.loads(line)["id"] for line in run("claim", "--json", given=rows).stdout.splitlines()] == ["e0", "e1", "e2"]


def test_one_of_many_that_cannot_be_read_is_told_and_the_rest_done(run):
    done = run("claim", "--json", given=f'{json.dumps(VISIT)}\n{{"services": 5}}\n')
    assert (done.returncode, len(done.stdout.splitlines()), "services is not a list" in done.stderr) == (0, 1, True)


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ("", "empty"),
        ("{", "not JSON"),
        ("[1]", "not a JSON object"),
        ("{}", "stdin: services is missing"),
        ('{"services": [{"code": "97110", "minutes": -1}]}', "services[0].minutes"),
        ('{"services": [{"minutes": 1}]}', "services[0].code"),
        ('{"services": [], "date_of_service": "March"}', "date_of_service"),
        ('{"services": [], "method": "feel"}', "method"),
        ('{"services": [{"code": "97110", "times": ["nine", "ten"]}]}', "services[0].times"),
        ('{"services": [], "allowed_to_date": "much"}', "allowed_to_date"),
        ('{"services": [{"code": "97110", "minutes": 5, "assistant_minutes": 9}]}', "assistant_minutes"),
    ],
)
def test_what_is_no_encounter_ends_in_one_line(run, given, complaint):
    done = run("claim", "--json", given=given)
    assert (done.returncode, complaint in done.stderr, len(done.stderr.splitlines()), done.stdout) == (2, True, 1, "")


def test_a_missing_file_ends_in_one_line(run):
    done = run("claim", "nowhere.json")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)


def test_a_page_for_a_reader_tells_each_step(run):
    page = run("claim", given=json.dumps(VISIT)).stdout
    assert "97112 × 1" in page
    assert "furnished under a physical therapy plan of care" in page


def test_all_payers_stand_side_by_side(run):
    page = run("claim", "--all-payers", given=json.dumps({**VISIT, "services": [{"code": "97110", "minutes": 23}, {"code": "97140", "minutes": 8}]})).stdout
    assert "97140 1 instead of 0 (8 min)" in page


def test_a_pair_is_found_in_either_order(run):
    answers = [json.loads(run("rules", "ncci", *pair, "--on", "2024-05-01", "--json").stdout) for pair in (("97530", "97750"), ("97750", "97530"))]
    assert answers[0] == answers[1]
    assert {key: answers[0][key] for key in ("edit", "column1", "column2", "indicator", "table")} == {
        "edit": True,
        "column1": "97530",
        "column2": "97750",
        "indicator": 1,
        "table": "2024Q2",
    }


def test_where_there_is_no_pair_only_the_table_is_told(run):
    answer = json.loads(run("rules", "ncci", "97110", "97112", "--on", "2026-03-02", "--json").stdout)
    assert [answer[key] for key in ("edit", "column1", "column2", "indicator", "table", "of_the_period")] == [False, None, None, None, "2024Q2", False]


def test_a_price_follows_the_place(run):
    prices = [json.loads(run("rules", "price", "97110", "--on", "2026-03-02", *place, "--json").stdout)["allowed"] for place in ((), ("--locality", "AK"))]
    assert prices == [29.06, 37.31]


def test_a_person_is_answered_with_yes_and_no(run):
    assert "valid: no" in run("rules", "check", "97110", "--modifiers", "CQ").stdout
    assert "0001" not in run("rules", "payers").stdout


def test_a_code_without_a_price_gets_no_sum(run):
    said = run("rules", "price", "99999").stdout
    assert ("has no price for it" in said, "$" in said) == (True, False)


def test_a_place_that_is_not_held_ends_in_one_line(run):
    assert run("rules", "price", "97110", "--locality", "Atlantis", "--json").returncode == 2


@pytest.mark.parametrize(
    ("modifiers", "finding"),
    [
        ("GP", None),
        ("KX,CQ,GP", None),
        ("", "missing-modifier"),
        ("GO,CQ", "invalid-modifier"),
        ("CQ", "invalid-modifier"),
        ("GP,GO", "invalid-modifier"),
        ("GP,KX,GA", "invalid-modifier"),
        ("GP,KX,GZ", "invalid-modifier"),
        ("GP,GX,GY", None),
        ("GP,GX,GZ", "invalid-modifier"),
        ("GP,ZZ", "invalid-modifier"),
        ("GP,GN", "invalid-modifier"),
    ],
)
def test_the_modifiers_of_a_line_are_checked(run, modifiers, finding):
    answer = json.loads(run("rules", "check", "97110", "--modifiers", modifiers, "--on", "2026-03-02", "--json").stdout)
    assert answer["valid"] == (finding is None)
    assert finding is None or finding in {each["code"] for each in answer["findings"]}


def test_a_code_that_is_none_has_no_line_in_order(run):
    assert not json.loads(run("rules", "check", "99999", "--modifiers", "GP", "--json").stdout)["valid"]


def test_what_no_source_confirms_is_listed(run):
    rules = json.loads(run("rules", "list", "--unconfirmed", "--json").stdout)["rules"]
    assert rules
    assert {each["mark"] for each in rules} == {"K", "C"}


def test_a_quarter_is_imported_and_compared_in_words(run, tmp_path):
    path = tmp_path / "pairs_2026Q4.txt"
    path.write_text("A notice\n97530\t97110\t\t20261001\t*\t1\tx\n", "utf-8")
    assert "97530 → 97110 is new: indicator 1." in json.loads(run("rules", "import", "ncci", path, "--json").stdout)["changes"]
    assert "97530 → 97110 is new: indicator 1." in json.loads(run("rules", "diff", "2024Q2", "2026Q4", "--json").stdout)["changes"]
    assert json.loads(run("rules", "ncci", "97110", "97530", "--on", "2026-11-01", "--json").stdout)["of_the_period"]


def test_the_pipeline_makes_the_same_claim_as_the_command(run, pipeline):
    [audited] = pipeline.claim([encounter_from_json(VISIT)])
    assert claim_to_json(audited) == json.loads(run("claim", "--json", given=json.dumps(VISIT)).stdout)


def test_a_licensed_descriptor_of_ones_own_stands_beside_its_line(run, tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "descriptors.csv").write_text("97112,words under licence\n", "utf-8")
    assert "words under licence" in run("claim", given=json.dumps(VISIT)).stdout


def test_a_file_of_descriptors_in_another_form_ends_in_one_line(run, tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "descriptors.csv").write_text("97112\n", "utf-8")
    done = run("claim", given=json.dumps(VISIT))
    assert (done.returncode, "row 1" in done.stderr) == (2, True)
