"""The wheel alone, in an empty environment, codes a note with the model inside it."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NOTE = """Visit 4, right ankle sprain.
Neuro re-ed 97112 x 16 min: single leg stance on wobble board, min A and verbal cues for ankle strategy.
Ther ex 97110 x 12 min: heel raises 3x10, calf stretch for dorsiflexion range.
"""

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("wheel")]  # one worker, so that one environment is made


def run(*command: str | Path, **options: str | Path) -> str:
    """Run a command without the caller's Python settings, and show what it said when it fails."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "UNITWISE", "VIRTUAL_ENV"))}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "pip", "wheel", "-q", "--disable-pip-version-check", "--no-deps", "--no-build-isolation", "-w", folder, ROOT)
    [built] = folder.glob("unitwise-*.whl")
    return built


@pytest.fixture(scope="module")
def unitwise(wheel, tmp_path_factory):
    """The command in an environment that holds the wheel and what core.lock names, and nothing else."""
    home = tmp_path_factory.mktemp("home") / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", home)
    python = home / "bin" / "python"
    uv = shutil.which("uv", path=Path(sys.executable).parent)
    install = [uv, "pip", "install", "-q", "--no-config", "--python", python] if uv else [sys.executable, "-m", "pip", "-q", "--python", python, "install"]
    run(*install, "--require-hashes", "-r", ROOT / "core.lock")
    run(*install, "--no-deps", wheel)
    return home / "bin" / "unitwise"


def test_a_note_is_coded_far_from_the_checkout(unitwise, tmp_path):
    coded = json.loads(run(unitwise, "code", "-", "--json", cwd=tmp_path, input=NOTE))
    assert coded["billing"]["minutes_by_code"] == {"97112": 16, "97110": 12}
    assert coded["model"] == (ROOT / "models" / "CURRENT").read_text("utf-8").strip()


def test_the_model_in_use_is_in_the_wheel_and_no_other(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    packs = {found[1] for name in names if (found := re.match(r"nlp_pipeline/models/([^/]+)/", name))}
    assert packs == {(ROOT / "models" / "CURRENT").read_text("utf-8").strip()}


def test_the_training_notes_stay_out_of_the_wheel(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert "training/corpus.py" in names
    assert not [name for name in names if name.startswith("training/corpus/")]
