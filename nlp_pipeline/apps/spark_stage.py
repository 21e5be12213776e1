"""The first stage of a bulk review on Spark: executors read and code the parts of the inputs, and the answers are laid together here, in order."""

import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

from nlp_pipeline.apps.checkpoint import Checkpoint
from nlp_pipeline.apps.chunks import chained
from nlp_pipeline.apps.coding_stage import seconds_with
from nlp_pipeline.apps.manifest import versions
from nlp_pipeline.apps.progress import SECONDS_BETWEEN_LINES
from nlp_pipeline.apps.review_order import ReviewOrder
from nlp_pipeline.apps.spark_session import check_spark, spark_session
from nlp_pipeline.apps.spark_tasks import DONE_SCHEMA, ID_SCHEMA, SparkJob, code_parts, rows_in_a_part, take_in
from nlp_pipeline.apps.work_folder import WorkFolder
from nlp_pipeline.apps.workers import Setup
from nlp_pipeline.errors import EngineRefused, NlpPipelineError, ResultsInTheWay
from nlp_pipeline.intake.stretches import parts_of, stretches
from nlp_pipeline.reporting.summary import Tally

ANSWERS: Final = "parts"


def code_all_on_spark(order: ReviewOrder, work: WorkFolder, start: Checkpoint) -> Checkpoint:
    """Code every part that has no answer yet, and lay the answers together; give the checkpoint of the whole."""
    began, job = time.monotonic(), _job(order, work)
    _refuse_another_engine(order, job, start)
    job.folder.mkdir(exist_ok=True)
    missing = tuple(part for part in range(len(job.parts)) if not job.answer(part).exists())
    if missing:
        with spark_session(order.engine.settings, order.workers) as spark:
            again = _ids_again(spark, job)
            with _telling(job):
                _code(spark, job, missing, again)
    now = lay_together(job, work, start)
    return replace(now, stage="coded", seconds=seconds_with(start, began))


def check_order(order: ReviewOrder) -> None:
    """Refuse what Spark cannot do before anything is made or removed."""
    check_spark()
    for _ in stretches(order.inputs, order.output, order.profile):
        pass


def _job(order: ReviewOrder, work: WorkFolder) -> SparkJob:
    files = list(stretches(order.inputs, order.output, order.profile))
    rows = rows_in_a_part(sum(file.end for file in files))
    model = order.model.resolve() if order.model else None
    return SparkJob(tuple(parts_of(files, rows)), rows, order.desk, order.profile, Setup(model, order.form, order.reader), work.path.resolve() / ANSWERS)


def _refuse_another_engine(order: ReviewOrder, job: SparkJob, start: Checkpoint) -> None:
    if start.rows and not job.folder.exists():
        raise ResultsInTheWay(str(order.output), "its run was started without Spark", "Resume it without --engine spark.")


def _ids_again(spark: Any, job: SparkJob) -> frozenset[int]:
    """Find the rows whose id an earlier row of the run bears, whatever machine read that one."""
    from pyspark.sql import Window
    from pyspark.sql.functions import row_number

    parts = len(job.parts)
    ids = spark.range(0, parts, 1, parts).mapInArrow(take_in(job), ID_SCHEMA)
    nth = row_number().over(Window.partitionBy("id").orderBy("number"))
    return frozenset(row["number"] for row in ids.withColumn("nth", nth).where("nth > 1").select("number").toLocalIterator())


def _code(spark: Any, job: SparkJob, missing: tuple[int, ...], again: frozenset[int]) -> None:
    done = spark.range(0, len(missing), 1, len(missing)).mapInArrow(code_parts(job, missing, again), DONE_SCHEMA)
    troubles = [row["trouble"] for row in done.where("trouble IS NOT NULL").collect()]
    if troubles:
        raise NlpPipelineError(troubles[0])


def lay_together(job: SparkJob, work: WorkFolder, start: Checkpoint) -> Checkpoint:
    """Append the answers to the papers, part by part, after what an earlier run has laid together."""
    now, tally, notices, passed = start, start.counts(), Counter[str](), 0
    with work.open(start):
        for part in range(len(job.parts)):
            for row, told in _rows(job, part):
                counts = json.loads(row["counts"])
                notices.update(counts["notices"])
                passed += row["rows"]
                if passed <= start.rows:
                    continue
                _refuse_others(told, now)
                work.append_papers(row["lines"], row["visits"], row["keys"], row["table"], row["rejected"])
                tally.merge(Tally.from_json(counts["tally"]))
                now = replace(now, rows=passed, digest=chained(now.digest, row["seal"]), made_with=told["made_with"])
            now = replace(now, lengths=work.settle(), tally=tally.to_json())
            now.write(work.path)
    for notice, count in notices.items():
        tally.count("intake_notices", notice, count)
    return replace(now, tally=tally.to_json())


def _rows(job: SparkJob, part: int) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Give the chunks of a part's answer, each with what it was made with."""
    from pyarrow.parquet import ParquetFile

    file = ParquetFile(job.answer(part))
    told = json.loads(file.schema_arrow.metadata[b"made"])
    for group in range(file.num_row_groups):
        for row in file.read_row_group(group).to_pylist():
            yield row, told


def _refuse_others(told: dict[str, Any], now: Checkpoint) -> None:
    """Refuse answers of a machine that has another model, other rules or another unitwise than the rest."""
    here = {"made_with": now.made_with or told["made_with"], "rules": now.run["rules"], "unitwise": versions()["unitwise"]}
    if told != here:
        way_out = "Give all machines the same environment, model and rules, then start again with --overwrite"
        raise EngineRefused("The machines of the cluster do not code with the same unitwise, model and rules", way_out)


@contextmanager
def _telling(job: SparkJob) -> Iterator[None]:
    """Say now and then on standard error how many parts are done."""
    ended, began = threading.Event(), time.monotonic()
    before = _done(job)

    def tell() -> None:
        while not ended.wait(SECONDS_BETWEEN_LINES):
            done = _done(job)
            rate = (done - before) * job.rows / (time.monotonic() - began)
            print(f"part {done:,} of {len(job.parts):,} coded, about {rate:,.0f} notes a second", file=sys.stderr, flush=True)

    thread = threading.Thread(target=tell, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _done(job: SparkJob) -> int:
    return sum(1 for _ in job.folder.glob("part-*.parquet"))
