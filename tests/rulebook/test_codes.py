"""The code registry."""

from pathlib import Path

import pytest

from nlp_pipeline.errors import RuleFileRefused
from nlp_pipeline.rulebook.codes import read_codes
from nlp_pipeline.rulebook.rulebook import SHIPPED

CODES = {line.rule.code: line.rule for line in read_codes(SHIPPED / "codes.toml")}
OTHER_CLOCKS = {"97545", "97546", "97550", "97551", "96125", "98979", "98980", "98981", "92607", "92608"}
LINE = """[[codes]]
code = "A1"
words = "walking"
timing = "timed"
unit_minutes = 15
pooled = true
disciplines = ["PT"]
list = "always"
source = "a rule"
mark = "V"
"""


def registry(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "codes.toml"
    path.write_text('label = "Codes"\n' + text, "utf-8")
    return path


@pytest.mark.parametrize("code", sorted(CODES))
def test_a_code_has_a_unit_of_minutes_exactly_when_it_is_timed(code):
    assert (CODES[code].unit_minutes is not None) == (CODES[code].timing == "timed")


def test_the_days_pool_holds_quarters_of_an_hour_only():
    assert {rule.unit_minutes for rule in CODES.values() if rule.pooled} == {15}


def test_what_is_timed_by_another_clock_stays_out_of_the_days_pool():
    assert {rule.code for rule in CODES.values() if rule.timing == "timed" and not rule.pooled} == OTHER_CLOCKS


@pytest.mark.parametrize("code", ["97110", "97112", "97113", "97116", "97124", "97140", "97530", "97535", "97032", "97035", "97750", "97760"])
def test_one_on_one_treatment_is_timed(code):
    assert CODES[code].pooled


@pytest.mark.parametrize("code", ["97010", "97012", "97014", "G0283", "97016", "97018", "97022", "97150", "97161", "97164", "97168", "95992", "20560"])
def test_supervised_and_evaluative_services_are_untimed(code):
    assert CODES[code].timing == "untimed"


def test_only_retraining_and_functional_work_and_evaluations_must_name_a_deficit():
    treatment = {rule.code for rule in CODES.values() if "deficit" in rule.expects and "evaluation" not in rule.words}
    assert treatment == {"97112", "97530"}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (LINE + LINE, "A1 stands in the registry twice"),
        (LINE.replace('timing = "timed"', 'timing = "often"'), "unknown key"),
        (LINE.replace("unit_minutes = 15\n", ""), "lacks unit_minutes"),
        (LINE.replace('timing = "timed"', 'timing = "untimed"'), "unknown key"),
        (LINE.replace('list = "always"', 'list = "perhaps"'), "the list 'perhaps'"),
        (LINE + 'expects = ["poetry"]\n', "expects poetry"),
        (LINE.replace('source = "a rule"', 'source = ""'), "empty source"),
    ],
)
def test_a_registry_that_breaks_its_form_is_refused_by_name(tmp_path, text, complaint):
    with pytest.raises(RuleFileRefused, match=complaint):
        read_codes(registry(tmp_path, text))


def test_a_whole_line_is_read(tmp_path):
    [line] = read_codes(registry(tmp_path, LINE + 'expects = ["deficit"]\nsince = 2024-01-01\n'))
    assert (line.rule.code, line.rule.unit_minutes, line.rule.expects, line.since.year) == ("A1", 15, ("deficit",), 2024)
