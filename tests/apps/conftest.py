import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


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


def environment():
    return {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100", "PYTHONWARNINGS": "error"}
