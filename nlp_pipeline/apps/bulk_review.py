"""`unitwise review`: a pile of notes in, coded notes, rejected rows and a summary out; it can be stopped anywhere and goes on."""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nlp_pipeline.apps.checkpoint import Checkpoint
from nlp_pipeline.apps.chunks import Chunk, CodedChunk, chunks_of, code_chunk, failures_of
from nlp_pipeline.apps.intake_commands import dry_run
from nlp_pipeline.apps.progress import RunProgress
from nlp_pipeline.apps.results import Results
from nlp_pipeline.apps.workers import Setup, WorkerPool
from nlp_pipeline.errors import ResultsInTheWay, UnreadableInput
from nlp_pipeline.intake.intake import Intake
from nlp_pipeline.intake.notes import FrontDesk
from nlp_pipeline.intake.profiles import Profile
from nlp_pipeline.intake.sources import STANDARD_INPUT
from nlp_pipeline.records.coded_note import ReaderName
from nlp_pipeline.records.schema import SCHEMA_VERSION
from nlp_pipeline.reporting.summary import Run, Tally, summary_json, summary_table

GRAVITY = {"info": ("info", "warning", "error"), "warning": ("warning", "error"), "error": ("error",)}


@dataclass(frozen=True, slots=True)
class ReviewOrder:
    """What was asked for on the command line."""

    inputs: Sequence[str]
    output: Path
    form: str = "jsonl"
    workers: int = 1
    resume: bool = False
    overwrite: bool = False
    model: Path | None = None
    desk: FrontDesk = field(default_factory=FrontDesk)
    fail_on: Sequence[str] = ()
    reader: ReaderName = "careful"
    profile: Profile = field(default_factory=Profile)
    dry_run: bool = False

    def identity(self) -> dict[str, Any]:
        """Say what must be the same for a run to be the same run."""
        return {
            "inputs": [name if name == STANDARD_INPUT else str(Path(name).resolve()) for name in self.inputs],
            "format": self.form,
            "model": str(self.model.resolve()) if self.model else None,
            "reader": self.reader,
            "date": self.desk.date_of_service.isoformat() if self.desk.date_of_service else None,
            "payer": self.desk.payer,
            "discipline": self.desk.discipline,
            "profile": self.profile.to_toml(),
            "schema_version": SCHEMA_VERSION,
        }


def review(order: ReviewOrder) -> int:
    """Run a bulk review and tell its outcome; the exit status is given back."""
    intake = Intake(order.inputs, order.desk, leave_out=None if order.dry_run else order.output, profile=order.profile)
    if order.dry_run:
        return dry_run(intake)
    start = _start(order)
    with Results(order.output, order.form).open(start) as results:
        end, message = _code_all(order, intake, results, start)
    tally = end.counts()
    run = Run(end.rows, end.seconds, str(results.coded), str(results.rejected), intake.notices)
    results.write_summary(summary_json(tally, run))
    _refuse_if_nothing_was_read(tally, message)
    _tell(tally, run)
    return 1 if _asks_to_fail(order.fail_on, tally) else 0


def _start(order: ReviewOrder) -> Checkpoint:
    """Find where to start: at the beginning, or where an earlier run was stopped."""
    results = Results(order.output, order.form)
    results.refuse_as_input(order.inputs)
    order.output.mkdir(parents=True, exist_ok=True)
    if order.overwrite:
        results.clear()
    before = Checkpoint.read(order.output) if order.resume else None
    if before is None:
        results.refuse_if_used()
        before = Checkpoint(order.identity())
        before.write(order.output)
    elif before.run != order.identity():
        differs = ", ".join(key for key, value in order.identity().items() if before.run.get(key) != value)
        raise ResultsInTheWay(str(order.output), f"its run was started with another {differs}", "Resume with the same, or name another folder with -o.")
    return before


def _code_all(order: ReviewOrder, intake: Intake, results: Results, start: Checkpoint) -> tuple[Checkpoint, str]:
    """Code every chunk after the checkpoint; give the last checkpoint, and what was wrong where a whole input was lost."""
    now, tally, lost = start, start.counts(), ""
    began = time.monotonic() - start.seconds
    chunks = chunks_of(intake, lambda: intake.bytes_read)
    _skip(chunks, start, order.output)
    with ExitStack() as stack:
        progress = stack.enter_context(RunProgress(intake.bytes_in_all()))
        for chunk, answer in _answers(order, chunks, stack):
            rejected = [*chunk.rejected, *failures_of(chunk, answer)]
            results.append(answer.lines, rejected)
            tally.merge(answer.tally)
            for row in rejected:
                tally.count("rejected", row.reason)
                if row.whole_input:
                    tally.count("whole_inputs", "rejected")
                    lost = lost or f"{row.place.source}: {row.message} {row.remedy}"
            now = Checkpoint(start.run, now.rows + chunk.rows, chunk.digest.hex(), results.settle(), tally.to_json(), time.monotonic() - began)
            now.write(order.output)
            progress.tell(chunk.bytes_read, now.rows, tally.of("rejected").total())
    return now, lost


def _answers(order: ReviewOrder, chunks: Iterator[Chunk], stack: ExitStack) -> Iterator[tuple[Chunk, CodedChunk]]:
    """Code chunks in this process, or on several."""
    setup = Setup(order.model, order.form, order.reader)
    if order.workers > 1:
        yield from stack.enter_context(WorkerPool(order.workers, setup)).run(chunks)
        return
    from nlp_pipeline.pipeline import Pipeline  # heavy; a door must open without it

    pipeline = Pipeline.load(order.model, order.reader)
    for chunk in chunks:
        yield chunk, code_chunk(pipeline, order.form, [each.note for each in chunk.received])


def _skip(chunks: Iterator[Chunk], start: Checkpoint, folder: Path) -> None:
    """Read past the rows that an earlier run has coded, and make sure that they are the same rows."""
    rows, digest = 0, ""
    while rows < start.rows and (chunk := next(chunks, None)):
        rows, digest = rows + chunk.rows, chunk.digest.hex()
    if (rows, digest) != (start.rows, start.digest):
        raise ResultsInTheWay(str(folder), "the inputs have changed since its run was stopped", "Start again with --overwrite.")


def _refuse_if_nothing_was_read(tally: Tally, message: str) -> None:
    """Treat a run whose every input was unreadable as wrong use, not as a result."""
    rejected = tally.of("rejected").total()
    if message and not tally.of("notes")["coded"] and rejected == tally.of("whole_inputs")["rejected"]:
        source, _, why = message.partition(": ")
        raise UnreadableInput(source, why.partition(". ")[0], why.partition(". ")[2])


def _tell(tally: Tally, run: Run) -> None:
    from rich.console import Console

    console = Console()
    with console.capture() as page:  # written here, for rich would end a closed pipe with a status of its own
        console.print(summary_table(tally, run), "")
    sys.stdout.write(page.get())
    coded, rejected = tally.of("notes")["coded"], tally.of("rejected").total()
    print(f"in {run.taken_in}, coded {coded}, rejected {rejected}: {run.result}")


def _asks_to_fail(fail_on: Sequence[str], tally: Tally) -> bool:
    """Tell whether the run has a finding that was named by code, or one at least as grave as the severity named."""
    for name in fail_on:
        if any(tally.of("severities")[severity] for severity in GRAVITY.get(name, ())) or tally.of("findings")[name]:
            return True
        if name not in GRAVITY:
            print(f"unitwise review: no finding {name!r} in this run", file=sys.stderr)
    return False
