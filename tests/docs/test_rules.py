"""The pages about rules are those that the data gives."""

import importlib.util
import re
from pathlib import Path

from nlp_pipeline.rule_layer import RuleLayer

PLACE = Path(__file__).parents[2] / "docs" / "rules" / "write.py"


def writer():
    """Open the program that writes the pages."""
    found = importlib.util.spec_from_file_location("write_rules", PLACE)
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_every_page_about_a_rule_is_as_the_data_has_it():
    assert list(writer().outgrown()) == []


def test_every_page_names_its_sources_and_marks():
    assert all("| Source |" in text for name, text in writer().pages().items() if name != "README.md")


def test_the_profile_shown_is_one_that_is_taken(tmp_path, monkeypatch):
    shown = re.findall(r"^```toml\n(.*?)^```", (PLACE.parents[1] / "rules.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    [profile] = [block for block in shown if "[[payers]]" in block]
    (tmp_path / "payers").mkdir()
    (tmp_path / "payers" / "own.toml").write_text(f'label = "Own"\n{profile}', "utf-8")
    monkeypatch.setenv("UNITWISE_DATA", str(tmp_path))
    assert RuleLayer.load().rulebook.on(None, "acme mutual ppo").payer == "acme mutual"
