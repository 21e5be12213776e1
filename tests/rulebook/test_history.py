"""A rule's values over the years, and the files that hold them."""

from datetime import date
from pathlib import Path

import pytest

from nlp_pipeline.errors import RuleFileRefused, RuleNotInForce
from nlp_pipeline.rulebook.history import DatedValue, History, read_history

THRESHOLD = History("threshold", (DatedValue(date(2025, 1, 1), 10, "a", "V"), DatedValue(date(2026, 1, 1), 12, "b", "V")))
HEAD = 'label = "Threshold"\nunit = "minutes"\napplies_to = "all"\n'
LINE = '[[values]]\nsince = 2025-01-01\nvalue = 10\nsource = "a rule"\nmark = "V"\n'


@pytest.fixture
def written(tmp_path):
    def write(text: str) -> Path:
        path = tmp_path / "threshold.toml"
        path.write_text(text, "utf-8")
        return path

    return write


@pytest.mark.parametrize(("day", "value"), [(date(2025, 1, 1), 10), (date(2025, 12, 31), 10), (date(2026, 1, 1), 12), (date(2030, 1, 1), 12)])
def test_a_value_holds_from_its_first_day_until_the_next_line(day, value):
    assert THRESHOLD.on(day).value == value


def test_a_day_before_the_first_line_is_an_error_and_never_a_guess():
    with pytest.raises(RuleNotInForce, match="2024-12-31"):
        THRESHOLD.on(date(2024, 12, 31))


def test_without_a_day_the_newest_value_holds():
    assert THRESHOLD.on(None).value == 12


def test_a_file_gives_its_values_under_its_own_name(written):
    assert read_history(written(HEAD + LINE)) == History("threshold", (DatedValue(date(2025, 1, 1), 10, "a rule", "V"),))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (HEAD + LINE.replace('source = "a rule"\n', ""), "lacks source"),
        (HEAD + LINE.replace('"a rule"', '" "'), "empty source"),
        (HEAD + LINE + "until = 2026-01-01\n", "unknown key until"),
        (HEAD + 'colour = "red"\n' + LINE, "unknown key colour"),
        (HEAD + LINE + LINE, "does not come after"),
        (HEAD + LINE.replace("2025-01-01", '"2025-01-01"'), "not a day"),
        (HEAD + LINE.replace("value = 10", "value = 10.5"), "no whole number"),
        (HEAD + LINE.replace('mark = "V"', 'mark = "Z"'), "mark"),
        (HEAD + "values = []\n", "no list of tables"),
        ("label = ", "cannot be read"),
    ],
)
def test_a_file_that_breaks_its_form_is_refused_by_name(written, text, complaint):
    with pytest.raises(RuleFileRefused, match=rf"threshold\.toml.*{complaint}"):
        read_history(written(text))
