"""The rest of the house rules: sizes, names, dependencies and locks."""

import ast
import os
import re
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOMELESS_NAMES = {"utils", "util", "helpers", "helper", "common", "core", "manager", "service", "base", "misc"}
DISTRIBUTION = {
    "argon2": "argon2-cffi",
    "charset_normalizer": "charset-normalizer",
    "python_calamine": "python-calamine",
    "sklearn": "scikit-learn",
    "vl_convert": "vl-convert-python",
}
WITH_FASTAPI = {"pydantic", "starlette"}  # parts of what FastAPI is made of
SHIPPED = sorted(path for room in ("nlp_pipeline", "training") for path in (ROOT / room).rglob("*.py"))
MODULES = SHIPPED + sorted(path for place in ("benchmarks", "tests") for path in (ROOT / place).rglob("*.py"))


def place(path: Path) -> str:
    return str(path.relative_to(ROOT))


def long_functions(source: str) -> list[str]:
    """Name the functions of more than forty lines."""
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [f"{node.name}: {lines} lines" for node in functions if (lines := (node.end_lineno or 0) - node.lineno + 1) > 40]


def pins_of(lock: str) -> set[str]:
    """Read the pinned versions of a lock, each with the machines it is for."""
    return set(re.findall(r"^[a-z0-9-]+==[^\\]+", (ROOT / lock).read_text("utf-8"), re.MULTILINE))


def imported_libraries() -> set[str]:
    """Name the distributions that the shipped modules import."""
    tops = set()
    for path in SHIPPED:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                tops |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                tops.add((node.module or "").partition(".")[0])
    return {DISTRIBUTION.get(top, top) for top in tops - sys.stdlib_module_names - {"nlp_pipeline", "training"}}


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_a_function_fits_on_a_page(path):
    assert long_functions(path.read_text("utf-8")) == []


def test_a_function_that_does_not_fit_is_named():
    assert long_functions("def long():\n" + "    pass\n" * 40) == ["long: 41 lines"]


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_a_module_has_at_most_300_lines(path):
    assert len(path.read_text("utf-8").splitlines()) <= 300


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_a_module_bears_the_name_of_what_it_does(path):
    assert not HOMELESS_NAMES & set(path.relative_to(ROOT).with_suffix("").parts)


def test_every_dependency_is_imported_and_every_import_is_declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    declared = {re.split(r"[<>=\[]", requirement)[0] for requirement in project["dependencies"]}
    extras = [needs for name, needs in project["optional-dependencies"].items() if name != "dev"]
    extra = {re.split(r"[<>=\[]", requirement)[0] for needs in extras for requirement in needs}
    assert declared == imported_libraries() - extra - WITH_FASTAPI


@pytest.mark.parametrize("lock", ["core.lock", "dev.lock"])
def test_a_lock_holds_hashes_and_no_address(lock):
    text = (ROOT / lock).read_text("utf-8")
    pins = re.split(r"^(?=\S)", text, flags=re.MULTILINE)[1:]
    assert pins
    assert all("--hash=sha256:" in pin for pin in pins)
    assert "://" not in text


def test_a_developer_has_the_versions_that_a_user_has():
    assert pins_of("core.lock")
    assert pins_of("core.lock") <= pins_of("dev.lock")


@pytest.mark.parametrize("script", ["run", "check", "test"])
def test_a_ci_script_can_be_run(script):
    assert os.access(ROOT / ".ci" / script, os.X_OK)
