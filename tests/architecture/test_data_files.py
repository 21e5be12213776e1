"""The data files: every rule value dated, rising and sourced; every finding worded; no such figure in code."""

import ast
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from nlp_pipeline.auditing.auditor import CHECKS, Auditor
from nlp_pipeline.rulebook.rulebook import Rulebook

ROOT = Path(__file__).parents[2]
RULES = ROOT / "nlp_pipeline" / "rulebook" / "data"
RULE_FILES = sorted(RULES.rglob("*.toml"))
FINDINGS = tomllib.loads((ROOT / "nlp_pipeline" / "auditing" / "findings.toml").read_text("utf-8"))
CODES = {each["code"] for each in tomllib.loads((RULES / "codes.toml").read_text("utf-8"))["codes"]}
WITHOUT_FIGURES = sorted(
    path for room in ("apps", "reading", "reporting", "billing", "auditing", "rulebook") for path in (ROOT / "nlp_pipeline" / room).rglob("*.py")
)
MARKS = {"V", "K", "C", "D"}


def histories_in(table: Any) -> list[list[dict[str, Any]]]:
    """Find every list of dated values, however deep it lies."""
    if isinstance(table, dict):
        here = [table["values"]] if "values" in table else []
        return here + [found for each in table.values() for found in histories_in(each)]
    return [found for each in table for found in histories_in(each)] if isinstance(table, list) else []


def docstrings_of(tree: ast.AST) -> set[ast.AST]:
    """Find the docstrings, whose examples may name codes."""
    holders = [node for node in ast.walk(tree) if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)]
    return {node.body[0].value for node in holders if node.body and isinstance(node.body[0], ast.Expr)}


def codes_in(source: str) -> set[str]:
    """Name the service codes that stand in a module's literals."""
    tree = ast.parse(source)
    told = docstrings_of(tree)
    literals = [str(node.value) for node in ast.walk(tree) if isinstance(node, ast.Constant) and node not in told]
    return {code for literal in literals for code in CODES if code in literal}


@pytest.mark.parametrize("path", RULE_FILES, ids=lambda path: str(path.relative_to(RULES)))
def test_every_rule_value_has_a_rising_day_and_a_source(path):
    for values in histories_in(tomllib.loads(path.read_text("utf-8"))):
        days = [value["since"] for value in values]
        assert all(type(day) is date for day in days)
        assert days == sorted(set(days))
        assert all(value["source"].strip() and value["mark"] in MARKS for value in values)


def test_there_are_dated_values_to_check():
    assert all(histories_in(tomllib.loads(path.read_text("utf-8"))) for path in RULE_FILES if path.name != "codes.toml")


def test_the_shipped_rulebook_loads():
    assert Rulebook.load().codes


@pytest.mark.parametrize("entry", tomllib.loads((RULES / "codes.toml").read_text("utf-8"))["codes"], ids=lambda entry: entry["code"])
def test_every_code_has_a_source_and_a_mark(entry):
    assert entry["source"].strip()
    assert entry["mark"] in MARKS


def test_every_check_has_its_wording_and_every_wording_its_check():
    assert FINDINGS.keys() == CHECKS.keys()


def test_the_shipped_wordings_load():
    assert Auditor()


@pytest.mark.parametrize("finding", sorted(FINDINGS))
def test_every_finding_has_a_source_and_a_mark(finding):
    assert FINDINGS[finding]["source"].strip()
    assert FINDINGS[finding]["mark"] in MARKS


@pytest.mark.parametrize("path", WITHOUT_FIGURES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_service_code_never_stands_in_code(path):
    assert codes_in(path.read_text("utf-8")) == set()


def test_a_code_in_a_literal_is_found_and_one_in_a_docstring_is_not():
    assert codes_in('"""About 97110."""\nheader = "97112 x 15"\n') == {"97112"}
