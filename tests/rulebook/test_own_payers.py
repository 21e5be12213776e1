"""A user's own payer profiles: taken with examples that come out, refused otherwise."""

from pathlib import Path

import pytest

from nlp_pipeline.errors import RuleFileRefused
from nlp_pipeline.rule_layer import RuleLayer
from nlp_pipeline.rulebook.rulebook import Rulebook

PROFILE = """label = "Ours"
[[payers]]
name = "Acme"
names = ["acme ppo"]
words = []
[[payers.values]]
since = 2026-01-01
method = "ama"
source = "provider manual 2026, section 4"
mark = "V"
[[payers.terms]]
term = "discipline_modifiers"
[[payers.terms.values]]
since = 2026-01-01
value = true
source = "provider manual 2026, section 5"
mark = "V"
[[payers.pairs]]
column1 = "97530"
column2 = "97110"
since = 2026-01-01
source = "provider manual 2026, section 6"
mark = "V"
"""
EXAMPLE = """[[payers.examples]]
name = "the pair needs its modifier"
day = 2026-03-02
discipline = "PT"
services = [{ code = "97110", minutes = 10 }, { code = "97530", minutes = 10 }]
distinct = [["97530", "97110"]]
lines = [["97110", 1, "59", "GP"], ["97530", 1, "GP"]]
"""


def opened(tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> RuleLayer:
    (tmp_path / "payers").mkdir()
    (tmp_path / "payers" / "ours.toml").write_text(text, "utf-8")
    monkeypatch.setenv("UNITWISE_DATA", str(tmp_path))
    return RuleLayer.load()


def test_an_own_profile_is_taken_when_its_examples_come_out(tmp_path, monkeypatch):
    assert opened(tmp_path, PROFILE + EXAMPLE, monkeypatch).rulebook.on(None, "Acme PPO").payer == "acme"


def test_a_profile_without_an_example_is_refused(tmp_path, monkeypatch):
    with pytest.raises(RuleFileRefused, match="no example"):
        opened(tmp_path, PROFILE, monkeypatch)


def test_a_profile_whose_example_does_not_come_out_is_refused(tmp_path, monkeypatch):
    with pytest.raises(RuleFileRefused, match="the pair needs its modifier"):
        opened(tmp_path, PROFILE + EXAMPLE.replace('"59", ', ""), monkeypatch)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('source = "provider manual 2026, section 5"\n', "", "lacks source"),
        ('term = "discipline_modifiers"', 'term = "by_feel"', "by_feel"),
        ("value = true", 'value = "yes"', "does not fit"),
        ('source = "provider manual 2026, section 6"\n', "", "lacks source"),
    ],
)
def test_a_rule_that_breaks_its_form_is_refused(tmp_path, monkeypatch, old, new, complaint):
    with pytest.raises(RuleFileRefused, match=complaint):
        opened(tmp_path, PROFILE.replace(old, new) + EXAMPLE, monkeypatch)


def test_without_a_folder_of_ones_own_the_shipped_rulebook_stands(tmp_path):
    assert Rulebook.open(tmp_path / "nothing").payers.profiles == Rulebook.load().payers.profiles
