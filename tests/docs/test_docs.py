"""The documentation names what there is, leads where it says, and its examples run."""

import argparse
import re
import tomllib
from pathlib import Path

import pytest

from nlp_pipeline.apps.cli import parser

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", *DOCS.rglob("*.md"), *(ROOT / "data_samples").rglob("*.md"), *(ROOT / "models").glob("*.md")])
FINDINGS = sorted(
    (code, finding["severity"]) for code, finding in tomllib.loads((ROOT / "nlp_pipeline" / "auditing" / "findings.toml").read_text("utf-8")).items()
)


def commands() -> dict[str, argparse.ArgumentParser]:
    """Give every subcommand by its name."""
    [choices] = [action.choices for action in parser()._actions if isinstance(action, argparse._SubParsersAction)]
    return choices


COMMANDS = sorted(commands().items())


def links_of(page: str) -> list[str]:
    """List the targets of a page's links and pictures that lie in this repository."""
    return [target for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page) if "://" not in target]


def blocks_of(page: str, language: str) -> list[str]:
    """List a page's code blocks in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    lost = [link for link in links_of(page.read_text("utf-8")) if not (page.parent / link).exists()]
    assert lost == []


def test_every_page_is_on_the_map():
    on_the_map = {(DOCS / link).resolve() for link in links_of((DOCS / "README.md").read_text("utf-8"))}
    pages = {page for page in DOCS.glob("*.md") if page.name != "README.md"}
    assert pages <= on_the_map


@pytest.mark.parametrize(("name", "command"), COMMANDS)
def test_every_command_is_explained(name, command):
    assert f"unitwise {name}" in (DOCS / "commands.md").read_text("utf-8")


@pytest.mark.parametrize(("name", "command"), COMMANDS)
def test_every_command_says_what_it_does(name, command):
    assert command.description


@pytest.mark.parametrize(("name", "command"), COMMANDS)
def test_every_option_is_explained(name, command):
    page = (DOCS / "commands.md").read_text("utf-8")
    options = {option for action in command._actions for option in action.option_strings if option.startswith("--")} - {"--help"}
    assert {option for option in options if f"`{option}" not in page and f" {option}" not in page} == set()


def test_there_are_commands_to_explain():
    assert {"code", "review", "train", "evaluate"} <= commands().keys()


def test_every_finding_is_explained_with_its_severity():
    explained = re.findall(r"^\| `([a-z0-9-]+)` \| (\w+) ", (DOCS / "findings.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(explained) == FINDINGS


@pytest.mark.parametrize("example", blocks_of((ROOT / "README.md").read_text("utf-8"), "python"))
def test_the_readme_example_runs(example, capsys):
    exec(compile(example, "README.md", "exec"), {})
    assert "97112" in capsys.readouterr().out


def test_the_readme_names_commands_that_exist():
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    named = re.findall(r"\bmake ([a-z]+)", " ".join(blocks_of((ROOT / "README.md").read_text("utf-8"), "sh")))
    assert named
    assert set(named) <= set(targets)


def test_the_readme_names_samples_that_exist():
    named = re.findall(r"\bdata_samples/\S+", " ".join(blocks_of((ROOT / "README.md").read_text("utf-8"), "sh")))
    assert named
    assert all((ROOT / name).exists() for name in named)
