"""The Spark engine against the local one: the same inputs, the same bytes; `local[2]` is a whole Spark on this machine."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from benchmarks.fresh_notes import endless_notes
from nlp_pipeline.apps.review_order import Engine, ReviewOrder
from nlp_pipeline.apps.spark_session import check_spark
from nlp_pipeline.apps.spark_stage import check_order
from nlp_pipeline.errors import EngineRefused
from tests.apps.conftest import ROOT, differing, lines_of

UNITWISE = [sys.executable, "-c", "from nlp_pipeline.apps.cli import main; main()", "review"]
NOTES = 560  # more than two chunks, each of which is a part


@pytest.fixture(scope="module")
def pyspark():
    """Find PySpark: in this environment, or in the one that `make test` sets up beside it."""
    beside = [str(path.parent) for path in ROOT.glob(".venv/spark/lib/python3*/site-packages/pyspark")]
    here = importlib.util.find_spec("pyspark") is not None
    if not (here or beside) or shutil.which("java") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("PySpark or Java is missing")
        pytest.skip("PySpark or Java is missing: the Spark engine is NOT TESTED (make .venv/spark/.done; apt-get install default-jre-headless)")
    return os.pathsep.join([str(ROOT), *([] if here else beside)])


@pytest.fixture(scope="module")
def exports(tmp_path_factory):
    """Write what a lake holds: folders named after a column, a table with a log, an id that comes again far away, files that are broken."""
    folder = tmp_path_factory.mktemp("lake") / "notes"
    texts = list(islice(endless_notes(5), NOTES))
    rows = [{"note_id": f"v{at}", "note": text[:600], "patient": f"P{at % 30}", "dos": f"2026-03-{at % 28 + 1:02}"} for at, text in enumerate(texts)]
    rows[400] |= {"note_id": rows[3]["note_id"]}
    rows[420] |= {"note_id": rows[290]["note_id"]}
    rows[7] |= {"note": ""}
    rows[303] |= {"dos": "yesterday"}
    rows[500] |= {"dos": "3/4/2026"}
    write(folder / "payer=aetna/part-0.parquet", rows[:300])
    write(folder / "payer=medicare/part-0.parquet", rows[300:410])
    (folder / "_SUCCESS").touch()
    table = folder / "table"
    write(table / "live.parquet", rows[410:])
    write(table / "gone.parquet", rows[:5])
    (table / "_delta_log").mkdir()
    commits = [["live.parquet", "gone.parquet"], []]
    for version, names in enumerate(commits):
        actions = [{"add": {"path": name, "partitionValues": {"clinic": "North"}}} for name in names] or [{"remove": {"path": "gone.parquet"}}]
        (table / f"_delta_log/{version:020}.json").write_text("\n".join(map(json.dumps, actions)), "utf-8")
    write(folder / "zz_no_text.parquet", [{"weather": "fine"}] * 9)
    (folder / "zz_torn.parquet").write_bytes(b"PAR1 and no more")
    return folder


def write(path: Path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(pa.Table.from_pylist(rows), path, row_group_size=70)


def run(inputs, output, *more, path=str(ROOT)):
    order = [*UNITWISE, "notes", "-o", str(output), "--reader", "fast", "--format", "parquet", *more]
    return subprocess.run(order, cwd=inputs.parent, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, timeout=600, check=False)


@pytest.fixture(scope="module")
def both(pyspark, exports, tmp_path_factory):
    """Review the exports on either engine."""
    out = tmp_path_factory.mktemp("reviewed")
    local = run(exports, out / "local")
    spark = run(exports, out / "spark", "--engine", "spark", "--workers", "2", path=pyspark)
    assert (local.returncode, spark.returncode) == (0, 0), spark.stderr
    return out / "local", out / "spark"


@pytest.mark.spark
@pytest.mark.slow
def test_spark_writes_what_the_local_engine_writes(both):
    assert differing(*both) == []


@pytest.mark.spark
@pytest.mark.slow
def test_an_id_that_another_machine_has_read_is_seen_again(both):
    again = [row["id"] for row in lines_of(both[1] / "rejected.jsonl") if row["reason"] == "duplicate-id"]
    assert again == ["v3", "v290"]


@pytest.mark.spark
@pytest.mark.slow
def test_folders_and_the_log_of_a_table_tell_columns(both):
    rows = [json.loads(line) for line in parquet.read_table(both[1] / "coded.parquet").column("note_json").to_pylist() if line]
    told = {row["id"]: row for row in rows}
    assert (told["v0"]["payer"], told["v301"]["payer"], told["v555"]["clinic"]) == ("aetna", "medicare", "North")


def test_spark_that_is_not_installed_is_told_with_the_way_out(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(EngineRefused, match=r"needs PySpark.*pip install 'unitwise\[spark\]'"):
        check_spark()


def test_java_that_is_not_found_is_told_with_the_way_out(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: True)
    monkeypatch.setattr(shutil, "which", lambda name, path=None: None)
    with pytest.raises(EngineRefused, match=r"needs Java 17.*JAVA_HOME"):
        check_spark()


@pytest.mark.parametrize(("name", "said"), [("notes.csv", "Spark reads Parquet"), ("versions.parquet", "column 'version' tells of versions")])
def test_what_spark_cannot_take_is_refused_before_anything_is_made(monkeypatch, tmp_path, name, said):
    monkeypatch.setattr("nlp_pipeline.apps.spark_stage.check_spark", lambda: None)
    path = tmp_path / name
    write(path, [{"id": "1", "text": "squats", "version": "2"}])
    with pytest.raises(EngineRefused, match=rf"{said}.*without --engine spark"):
        check_order(ReviewOrder([str(path)], tmp_path / "out", engine=Engine("spark")))
