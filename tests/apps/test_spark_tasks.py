"""What executors do, done here without Spark over the stand-in for the pipeline: parts are coded into answers, answers are laid together."""

import json
import sys
from dataclasses import replace

import pyarrow as pa
import pytest
from pyarrow import parquet

from nlp_pipeline.apps import spark_tasks
from nlp_pipeline.apps.checkpoint import Checkpoint
from nlp_pipeline.apps.coding_stage import code_all
from nlp_pipeline.apps.review_order import Engine, ReviewOrder
from nlp_pipeline.apps.spark_stage import code_all_on_spark, lay_together
from nlp_pipeline.apps.spark_tasks import SparkJob, code_parts, take_in
from nlp_pipeline.apps.work_folder import APPENDED, WorkFolder
from nlp_pipeline.apps.workers import Setup
from nlp_pipeline.errors import EngineRefused, ResultsInTheWay
from nlp_pipeline.intake.intake import Intake
from nlp_pipeline.intake.notes import FrontDesk
from nlp_pipeline.intake.profiles import Profile
from nlp_pipeline.intake.stretches import parts_of, stretches
from nlp_pipeline.rulebook.digest import rulebook_digest
from tests.apps import fake_pipeline
from tests.apps.conftest import visit

ROWS, AGAIN = 700, 600


@pytest.fixture(autouse=True)
def stand_in(monkeypatch):
    monkeypatch.setitem(sys.modules, "nlp_pipeline.pipeline", fake_pipeline)
    spark_tasks._pipeline.cache_clear()
    yield
    spark_tasks._pipeline.cache_clear()


@pytest.fixture
def notes(tmp_path):
    """Write a file of more than two chunks, with a note that breaks the coding, a day in doubt and an id that comes again."""
    rows = [visit(number) for number in range(ROWS)]
    rows[5]["text"], rows[290]["date_of_service"], rows[AGAIN]["id"] = "RAISE", "3/4/2026", rows[1]["id"]
    path = tmp_path / "notes.parquet"
    parquet.write_table(pa.Table.from_pylist(rows), path, row_group_size=200)
    return path


@pytest.fixture
def job(notes, tmp_path):
    folder = tmp_path / "parts"
    folder.mkdir()
    parts = tuple(parts_of(list(stretches([str(notes)], tmp_path / "out", Profile())), 256))
    return SparkJob(parts, 256, FrontDesk(), Profile(), Setup(None, "csv", "fast"), folder)


def numbers(count):
    return iter([pa.record_batch([pa.array(range(count), pa.int64())], names=["id"])])


def coded(job):
    return [row for batch in code_parts(job, tuple(range(len(job.parts))), frozenset({AGAIN}))(numbers(len(job.parts))) for row in batch.to_pylist()]


def papers(folder):
    work = WorkFolder(folder)
    folder.mkdir(exist_ok=True)
    work.make()
    return work


def read(work):
    return {name: (work.path / name).read_bytes() for name in APPENDED}


def begun():
    return Checkpoint({"rules": rulebook_digest()}, "the inputs")


def test_answers_laid_together_are_what_the_local_engine_writes(job, notes, tmp_path):
    assert {row["trouble"] for row in coded(job)} == {None}
    here, there = papers(tmp_path / "here"), papers(tmp_path / "there")
    local = code_all(ReviewOrder([str(notes)], tmp_path / "here", "csv", reader="fast"), Intake([str(notes)]), here, begun())
    spark = lay_together(job, there, begun())
    assert (replace(spark, stage="coded", seconds={}), read(there)) == (replace(local, seconds={}), read(here))


def test_what_was_laid_together_before_a_stop_is_not_laid_again(job, tmp_path):
    coded(job)
    whole, halved = papers(tmp_path / "whole"), papers(tmp_path / "halved")
    lay_together(replace(job, parts=job.parts[:2]), halved, begun())
    assert (lay_together(job, halved, Checkpoint.read(halved.path)), read(halved)) == (lay_together(job, whole, begun()), read(whole))


def test_ids_are_listed_with_the_numbers_of_their_rows(job):
    listed = [row for batch in take_in(job)(numbers(3)) for row in batch.to_pylist()]
    by_id = {}
    for row in listed:
        by_id.setdefault(row["id"], []).append(row["number"])
    assert [rows for rows in by_id.values() if len(rows) > 1] == [[1, AGAIN]]


def test_a_machine_that_does_not_see_the_folder_says_so(job):
    job.folder.rmdir()
    assert "every machine sees the folder of the results" in coded(job)[0]["trouble"]


def test_a_file_that_breaks_off_is_told_by_its_name(job, notes):
    parquet.write_table(parquet.read_table(notes).slice(0, 300), notes)
    assert [row["trouble"] and "notes.parquet" in row["trouble"] for row in coded(job)] == [None, True, True]


def test_machines_that_code_with_other_rules_are_refused(job, tmp_path, monkeypatch):
    monkeypatch.setattr(spark_tasks, "rulebook_digest", lambda: "others")
    coded(job)
    with pytest.raises(EngineRefused, match="same unitwise, model and rules"):
        lay_together(job, papers(tmp_path / "out"), begun())


def test_a_run_that_was_started_without_spark_is_not_resumed_on_it(notes, tmp_path):
    order = ReviewOrder([str(notes)], tmp_path / "out", engine=Engine("spark"))
    with pytest.raises(ResultsInTheWay, match="without Spark"):
        code_all_on_spark(order, papers(tmp_path / "out"), replace(begun(), rows=256))


def test_an_answer_names_no_time_and_no_place(job, tmp_path):
    coded(job)
    first = job.answer(0).read_bytes()
    job.answer(0).unlink()
    coded(job)
    assert job.answer(0).read_bytes() == first
    assert json.loads(parquet.read_schema(job.answer(0)).metadata[b"made"])["made_with"]["model"] == fake_pipeline.Pipeline.model
