import subprocess
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEAVY = {"spacy", "sklearn", "numpy", "pandas", "joblib", "scipy", "rich", "sqlite3"}


def test_help_is_quick():
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", "from nlp_pipeline.apps.cli import main; main(['--help'])"], capture_output=True, cwd=ROOT, check=True)
    seconds = time.perf_counter() - started
    print(f"unitwise --help: {seconds:.3f} s with the interpreter's start")
    assert seconds < 3  # far above what it takes; a heavy import on the way would show all the same


def test_help_imports_nothing_heavy():
    program = "import sys\nfrom nlp_pipeline.apps.cli import parser\nparser().format_help()\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    assert not HEAVY & set(done.stdout.split())


def test_the_version_is_that_of_the_installed_package(unitwise):
    try:
        installed = version("unitwise")
    except PackageNotFoundError:
        installed = "(not installed)"
    assert unitwise("--version").stdout.decode() == f"unitwise {installed}\n"
