"""The house rules as a test: who may import whom, and which library lives in which room."""

import ast
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GROUND = {"records", "errors"}
ROOMS = {"intake", "reading", "coding", "billing", "auditing", "reporting", "rulebook"}
FACE = {"Note", "CodedNote", "Pipeline"}  # what nlp_pipeline/__init__.py shows
MAY_IMPORT = {
    "errors": set(),
    "records": GROUND,
    **{room: GROUND | {room} for room in ROOMS},
    "rule_layer": GROUND | {"billing", "auditing", "rulebook"},
    "house_layer": GROUND | {"rule_layer", "auditing", "billing", "rulebook", "coding"},
    "chart_layer": GROUND | {"rule_layer", "auditing", "billing", "rulebook"},
    "audit_layer": GROUND | {"rule_layer", "auditing", "billing", "rulebook"},
    "pipeline": GROUND | {"rule_layer"} | ROOMS - {"intake", "reporting"},
    "training": GROUND | {"training", "pipeline", "reading", "coding"} | FACE,
    "apps": GROUND | {"apps", "pipeline", "rule_layer", "house_layer", "chart_layer", "audit_layer", "intake", "reporting", "rulebook"} | FACE,
    "__init__": GROUND | {"pipeline"} | FACE,
}
WEB = (
    "alembic",
    "argon2",
    "cryptography",
    "fastapi",
    "httpx2",
    "itsdangerous",
    "joserfc",
    "limits",
    "psycopg",
    "pydantic",
    "pyotp",
    "segno",
    "sqlalchemy",
    "starlette",
    "uvicorn",
)
HOME = {
    "spacy": {"reading", "training"},  # training tokenizes as reading does
    "sklearn": {"coding", "training"},
    "joblib": {"coding", "training"},
    "scipy": {"auditing", "coding", "reading", "training"},  # sparse products
    "threadpoolctl": {"reading", "training"},
    "onnxruntime": {"reading", "training"},
    "torch": {"training"},  # the extra "encoder"
    "safetensors": {"training"},
    **{name: {"intake"} for name in ("charset_normalizer", "lxml", "pypdfium2", "python_calamine", "selectolax", "striprtf")},
    "rich": {"apps", "reporting"},
    "numpy": {"reading", "coding", "training", "auditing"},
    "pyarrow": {"intake", "reporting", "apps"},
    **{name: {"auditing"} for name in ("rapidfuzz", "rensa")},
    **{name: {"reporting"} for name in ("altair", "vl_convert", "typst", "xlsxwriter")},
    "jinja2": {"reporting", "apps"},
    "pyx12": {"intake"},
    "pyspark": {"apps"},
    **{name: {"apps"} for name in WEB},
}
MODULES = sorted([*(ROOT / "nlp_pipeline").rglob("*.py"), *(ROOT / "training").rglob("*.py")])


def imports_of(path: Path) -> set[str]:
    """Name every module that a file imports, lazy and typing-only imports included."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            found |= {f"{module}.{alias.name}" for alias in node.names} if module == "nlp_pipeline" else {module}
    return found


def room_of(path: Path, root: Path) -> str:
    """Name the room that a file stands in; all of training is one."""
    parts = path.relative_to(root).with_suffix("").parts
    return parts[1] if parts[0] == "nlp_pipeline" else parts[0]


def breaches(path: Path, root: Path = ROOT) -> list[str]:
    """List every import of a file that the table does not allow."""
    room = room_of(path, root)
    found = []
    for name in sorted(imports_of(path)):
        top, _, inside = name.partition(".")
        if top == "nlp_pipeline":
            allowed = inside.partition(".")[0] in MAY_IMPORT[room]
        elif top == "training":
            allowed = room in {"training", "apps"}
        else:
            allowed = top in sys.stdlib_module_names or room in HOME.get(top, set())
        if not allowed:
            found.append(f"{room} may not import {name}")
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_run_downhill(path):
    assert breaches(path) == []


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("nlp_pipeline/billing/units.py", "from nlp_pipeline.reading.reader import NoteReader"),
        ("nlp_pipeline/reading/reader.py", "from nlp_pipeline.pipeline import Pipeline"),
        ("nlp_pipeline/reading/reader.py", "from nlp_pipeline import coding"),
        ("nlp_pipeline/records/note.py", "import nlp_pipeline.rulebook.rulebook"),
        ("nlp_pipeline/errors.py", "from nlp_pipeline.records.note import Note"),
        ("nlp_pipeline/coding/suggester.py", "import spacy"),
        ("nlp_pipeline/billing/units.py", "from numpy import array"),
        ("nlp_pipeline/rulebook/rulebook.py", "import a_library_without_a_home"),
        ("nlp_pipeline/coding/model_pack.py", "def load():\n    from training.publishing import publish"),
        ("training/fitting.py", "from nlp_pipeline.apps.cli import main"),
    ],
)
def test_a_room_that_reaches_up_is_caught(tmp_path, module, line):
    path = tmp_path / module
    path.parent.mkdir(parents=True)
    path.write_text(line, "utf-8")
    assert len(breaches(path, tmp_path)) == 1


def test_a_room_that_keeps_to_records_is_let_through(tmp_path):
    path = tmp_path / "nlp_pipeline" / "billing" / "units.py"
    path.parent.mkdir(parents=True)
    path.write_text("import datetime\nfrom nlp_pipeline.records.note import Note\nfrom nlp_pipeline.errors import RuleNotInForce\n", "utf-8")
    assert breaches(path, tmp_path) == []


def test_no_module_imports_itself_by_a_detour():
    names = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in MODULES if path.name != "__init__.py"}
    order = TopologicalSorter({name: imports_of(path) & names.keys() for name, path in names.items()})
    assert len(set(order.static_order())) == len(names)
