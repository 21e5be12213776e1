import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXTS = ["NMR 15 min: SLS on foam, step-ups", "TherEx 20 min: squats 3x10", "Did not attend.", "squats next visit", "", "knee 120°"]
OF_THE_RUN = "timings.json"  # the one result that tells how a run went


@pytest.fixture
def command():
    """The command line of `unitwise` over the stand-in for the pipeline."""
    return [sys.executable, "-m", "tests.apps.fake_unitwise"]


@pytest.fixture
def unitwise(command):
    """Run `unitwise` as a user does, and give its status and what it printed."""

    def run(*arguments, given=b"", **more):
        order = [*command, *map(str, arguments)]
        return subprocess.run(order, input=given, capture_output=True, cwd=ROOT, env=environment() | more.pop("env", {}), timeout=120, check=False, **more)

    return run


@pytest.fixture
def pile(tmp_path):
    """Write a pile of notes of a few patients and therapists, some of them empty, and give its path."""

    def write(notes, extra=()):
        path = tmp_path / "pile.jsonl"
        rows = [json.dumps(visit(number)) for number in range(notes)]
        path.write_text("\n".join([*rows, *extra]), encoding="utf-8")
        return path

    return write


def visit(number):
    known = {"patient": f"P{number % 40}", "therapist": f"T{number % 7}", "date_of_service": f"2026-03-{number % 28 + 1:02}"}
    return {"id": f"{number:05}", "text": TEXTS[number % len(TEXTS)], **known}


def lines_of(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def results_of(folder):
    """Read all that two runs must have in common, byte for byte, and that nothing else is left."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.name != OF_THE_RUN}


def differing(folder, other):
    """Name the results that are not the same, byte for byte, in two folders; only what tells how a run went is its own."""
    here, there = results_of(folder), results_of(other)
    return sorted(name for name in here.keys() | there.keys() if here.get(name) != there.get(name))


def environment():
    return {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100", "PYTHONWARNINGS": "error"}
