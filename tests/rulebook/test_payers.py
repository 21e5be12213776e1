"""Payer profiles and the house defaults."""

from pathlib import Path

import pytest

from nlp_pipeline.errors import RuleFileRefused
from nlp_pipeline.rulebook.payers import read_payers

PROFILE = """[[payers]]
name = "acme"
names = ["acme health"]
words = ["acme choice"]
[[payers.values]]
since = 2020-01-01
method = "ama"
source = "a letter"
mark = "V"
"""
DEFAULTS = """label = "Payers"
[defaults]
unnamed = "acme"
unknown = "acme"
source = "house"
mark = "D"
"""


def book(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "payers.toml"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("payer", ["acme", "ACME", " Acme Health ", "Acme Choice Gold 500"])
def test_a_payer_is_known_by_each_of_its_names(tmp_path, payer):
    profile, notice = read_payers(book(tmp_path, DEFAULTS + PROFILE)).find(payer)
    assert (profile.name, notice) == ("acme", None)


@pytest.mark.parametrize("payer", ["acme other", "Zenith", "", None])
def test_a_house_default_is_never_taken_in_silence(tmp_path, payer):
    _, notice = read_payers(book(tmp_path, DEFAULTS + PROFILE)).find(payer)
    assert notice


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (DEFAULTS + PROFILE + PROFILE, "acme has two profiles"),
        (DEFAULTS.replace('unknown = "acme"', 'unknown = "zenith"') + PROFILE, "the unknown 'zenith'"),
        (DEFAULTS + PROFILE.replace('"ama"', '"by feel"'), "the method 'by feel'"),
        (DEFAULTS + PROFILE.replace('source = "a letter"\n', ""), "lacks source"),
        (PROFILE, "lacks defaults, label"),
    ],
)
def test_a_book_that_breaks_its_form_is_refused_by_name(tmp_path, text, complaint):
    with pytest.raises(RuleFileRefused, match=complaint):
        read_payers(book(tmp_path, text))
