"""The first stage of a bulk review: every row of the inputs is read, and coded or rejected, chunk by chunk."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from nlp_pipeline.apps.checkpoint import Checkpoint
from nlp_pipeline.apps.chunks import Chunk, CodedChunk, chained, chunks_of, code_chunk, failures_of, made_with
from nlp_pipeline.apps.progress import RunProgress
from nlp_pipeline.apps.review_order import ReviewOrder
from nlp_pipeline.apps.work_folder import WorkFolder
from nlp_pipeline.apps.workers import Setup, WorkerPool
from nlp_pipeline.errors import ResultsInTheWay
from nlp_pipeline.intake.intake import Intake

Answer = tuple[Chunk, CodedChunk, dict[str, Any]]


def code_all(order: ReviewOrder, intake: Intake, work: WorkFolder, start: Checkpoint) -> Checkpoint:
    """Code every chunk after the checkpoint; give the checkpoint of the whole."""
    now, tally, began = start, start.counts(), time.monotonic()
    chunks = chunks_of(intake, lambda: intake.bytes_read)
    _skip(chunks, start, order)
    with ExitStack() as stack:
        stack.enter_context(work.open(start))
        progress = stack.enter_context(RunProgress(intake.bytes_in_all()))
        for chunk, answer, made in _answers(order, chunks, stack):
            _refuse_another_model(order, start, made)
            rejected = [*chunk.rejected, *failures_of(chunk, answer)]
            work.append(answer, rejected)
            tally.merge(answer.tally)
            for row in rejected:
                tally.count("rejected", row.reason)
                if row.whole_input:
                    tally.count("whole_inputs", "rejected")
            rows, digest = now.rows + chunk.rows, chained(now.digest, chunk.seal)
            now = replace(now, rows=rows, digest=digest, lengths=work.settle(), tally=tally.to_json(), made_with=made)
            replace(now, seconds=seconds_with(start, began)).write(work.path)
            progress.tell(chunk.bytes_read, now.rows, tally.of("rejected").total())
    for notice, count in intake.notices.items():
        tally.count("intake_notices", notice, count)
    return replace(now, stage="coded", tally=tally.to_json(), seconds=seconds_with(start, began))


def seconds_with(start: Checkpoint, began: float) -> dict[str, float]:
    """Add the time that the coding has taken this time to what it had taken before."""
    return {**start.seconds, "coding": start.seconds.get("coding", 0.0) + time.monotonic() - began}


def _answers(order: ReviewOrder, chunks: Iterator[Chunk], stack: ExitStack) -> Iterator[Answer]:
    """Code chunks in this process, or on several; say with each what it was coded with."""
    setup = Setup(order.model, order.form, order.reader)
    if order.workers > 1:
        pool = stack.enter_context(WorkerPool(order.workers, setup))
        for chunk, answer in pool.run(chunks):
            yield chunk, answer, pool.made_with
        return
    from nlp_pipeline.pipeline import Pipeline  # heavy; a door must open without it

    pipeline = Pipeline.load(order.model, order.reader)
    made = made_with(pipeline)
    for chunk in chunks:
        yield chunk, code_chunk(pipeline, order.form, [each.note for each in chunk.received]), made


def _skip(chunks: Iterator[Chunk], start: Checkpoint, order: ReviewOrder) -> None:
    """Read past the rows that an earlier run has coded, and make sure that they are the same rows."""
    rows, digest = 0, ""
    while rows < start.rows and (chunk := next(chunks, None)):
        rows, digest = rows + chunk.rows, chained(digest, chunk.seal)
    if (rows, digest) != (start.rows, start.digest):
        raise ResultsInTheWay(str(order.output), "the inputs have changed since its run was stopped", "Start again with --overwrite.")


def _refuse_another_model(order: ReviewOrder, start: Checkpoint, made: dict[str, Any]) -> None:
    """Refuse to go on with another model than the one that the run began with, even under the same name."""
    if start.made_with and start.made_with != made:
        raise ResultsInTheWay(str(order.output), "its run was started with another model", "Resume with the same, or start again with --overwrite.")
