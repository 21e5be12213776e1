import argparse
import subprocess
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

from nlp_pipeline.apps.cli import parser

ROOT = Path(__file__).parents[2]
HEAVY = {"spacy", "sklearn", "numpy", "pandas", "joblib", "scipy", "rich", "sqlite3"}


def commands():
    [action] = [each for each in parser()._actions if isinstance(each, argparse._SubParsersAction)]
    return action


def test_help_is_quick(unitwise):
    started = time.perf_counter()
    done = unitwise("--help")
    seconds = time.perf_counter() - started
    print(f"unitwise --help: {seconds:.3f} s with the interpreter's start")
    assert done.returncode == 0
    assert seconds < 3  # far above what it takes; a heavy import on the way would show all the same


def test_help_imports_nothing_heavy():
    program = "import sys\nfrom nlp_pipeline.apps.cli import parser\nparser().format_help()\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    assert not HEAVY & set(done.stdout.split())


@pytest.mark.parametrize("name", list(commands().choices))
def test_every_command_is_in_the_documentation_with_all_its_options(name):
    page = (ROOT / "docs/commands.md").read_text("utf-8")
    section = page.partition(f"\n## unitwise {name}\n")[2].partition("\n## ")[0]
    options = [option for action in commands().choices[name]._actions for option in action.option_strings if option not in ("-h", "--help")]
    assert section
    assert [option for option in options if f"`{option}" not in section] == []


@pytest.mark.parametrize("name", list(commands().choices))
def test_every_option_says_what_it_is_for(name):
    assert all(action.help for action in commands().choices[name]._actions)


def test_the_version_is_that_of_the_installed_package(unitwise):
    try:
        installed = version("unitwise")
    except PackageNotFoundError:
        installed = "(not installed)"
    assert unitwise("--version").stdout.decode() == f"unitwise {installed}\n"
