"""`unitwise review`: a pile of notes in, coded notes, findings across them and a page that tells it out; it can be stopped anywhere and goes on.

Three stages, each of which can be done again: the notes are coded chunk by chunk, then laid side by side, then the results are written.
"""

import json
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from types import FrameType
from typing import Any, NoReturn

from nlp_pipeline.apps.across_stage import compare_all, read_result
from nlp_pipeline.apps.checkpoint import Checkpoint
from nlp_pipeline.apps.coding_stage import code_all
from nlp_pipeline.apps.input_seal import changed, list_inputs, seal
from nlp_pipeline.apps.intake_commands import dry_run
from nlp_pipeline.apps.manifest import Manifest
from nlp_pipeline.apps.results import TIMINGS, Results
from nlp_pipeline.apps.review_order import ReviewOrder
from nlp_pipeline.apps.spark_stage import check_order, code_all_on_spark
from nlp_pipeline.apps.work_folder import WorkFolder
from nlp_pipeline.apps.writing_stage import write_all
from nlp_pipeline.errors import NlpPipelineError, ResultsInTheWay, UnreadableInput
from nlp_pipeline.intake.intake import Intake
from nlp_pipeline.records.chart_schema import chart_result_from_json
from nlp_pipeline.reporting.summary import Run, Tally, summary_table, tally_of

GRAVITY = {"info": ("info", "warning", "error"), "warning": ("warning", "error"), "error": ("error",)}
TERMINATED = 128 + signal.SIGTERM  # what a shell expects


def review(order: ReviewOrder) -> int:
    """Run a bulk review and tell its outcome; the exit status is given back."""
    signal.signal(signal.SIGTERM, _stop)
    intake = Intake(order.inputs, order.desk, leave_out=None if order.dry_run else order.output, profile=order.profile)
    intake.refuse_if_empty()
    if order.dry_run:
        return dry_run(intake)
    results = Results(order.output, order.form)
    results.refuse_as_input(order.inputs)
    results.refuse_a_file()
    if order.engine.name == "spark":
        check_order(order)
    order.output.mkdir(parents=True, exist_ok=True)
    if order.overwrite:
        results.clear()
    summary = _finished(order, results, intake) if order.resume else None
    seconds = 0.0
    if summary is None:
        summary, seconds = _run(order, results, intake)
    results.work.remove()
    tally = tally_of(summary)
    _refuse_if_nothing_was_read(tally, results)
    _tell(tally, Run(summary["counts"]["in"], str(results.coded), chart_result_from_json(summary["charts"]), seconds))
    return 1 if _asks_to_fail(order.fail_on, tally) else 0


def _finished(order: ReviewOrder, results: Results, intake: Intake) -> dict[str, Any] | None:
    """Give the summary of a run that is whole already; None where there is none."""
    manifest = results.read_manifest()
    if manifest is None:
        return None
    _refuse_another_run(order, manifest["asked"])
    if manifest["inputs_sealed"] != seal(intake):
        raise ResultsInTheWay(str(order.output), "the inputs have changed since its run", "Start again with --overwrite.")
    return results.read_summary()


def _run(order: ReviewOrder, results: Results, intake: Intake) -> tuple[dict[str, Any], float]:
    """Go through the stages that are still to be done; give the summary and the seconds of the coding."""
    work, now = results.work, _start(order, results, intake)
    if now.stage == "coding":
        now = replace(_coded(order, work, now, intake), changed=changed(intake, work))
        now.write(work.path)
        for name in now.changed:
            print(f"unitwise: {name} has changed since the run began; the manifest says so", file=sys.stderr)
    if now.stage == "coded":
        began = time.monotonic()
        compare_all(work, order.workers)
        now = replace(now, stage="compared", seconds={**now.seconds, "comparing": time.monotonic() - began})
        now.write(work.path)
    began = time.monotonic()
    across = read_result(work)
    summary = write_all(order, results, now, across)
    seconds = {**now.seconds, "writing": time.monotonic() - began}
    results.write_json(TIMINGS, _timings(order, seconds, summary["counts"]["coded"]))
    Manifest(order, now, across.seed).write(results)
    return summary, seconds["coding"]


def _coded(order: ReviewOrder, work: WorkFolder, now: Checkpoint, intake: Intake) -> Checkpoint:
    """Go through the coding; where it is refused before a row was coded, the folder stays free for the next try."""
    try:
        return code_all_on_spark(order, work, now) if order.engine.name == "spark" else code_all(order, intake, work, now)
    except NlpPipelineError:
        kept = Checkpoint.read(work.path)
        if order.engine.name == "local" and kept is not None and not kept.rows:
            work.remove()
        raise


def _start(order: ReviewOrder, results: Results, intake: Intake) -> Checkpoint:
    """Find where to start: at the beginning, or where an earlier run was stopped."""
    work = results.work
    before = Checkpoint.read(work.path) if order.resume else None
    if before is not None:
        _refuse_another_run(order, before.run)
        if before.inputs != seal(intake):
            raise ResultsInTheWay(str(order.output), "the inputs have changed since its run was stopped", "Start again with --overwrite.")
        return before
    if order.resume:
        work.remove()  # what was stopped before its first checkpoint
    results.refuse_if_used()
    work.make()
    start = Checkpoint(order.identity(), list_inputs(intake, work))
    start.write(work.path)
    return start


def _refuse_another_run(order: ReviewOrder, asked: dict[str, Any]) -> None:
    if asked != order.identity():
        differs = ", ".join(key for key, value in order.identity().items() if asked.get(key) != value)
        raise ResultsInTheWay(str(order.output), f"its run was started with another {differs}", "Resume with the same, or name another folder with -o.")


def _timings(order: ReviewOrder, seconds: dict[str, float], coded: int) -> dict[str, Any]:
    """Say how this run went: the one result that is not the same each time."""
    coding = seconds["coding"]
    return {
        "seconds": {stage: round(spent, 2) for stage, spent in {**seconds, "all": sum(seconds.values())}.items()},
        "notes_per_second": {"coding": round(coded / coding, 1) if coding else None, "all": round(coded / sum(seconds.values()), 1)},
        "engine": order.engine.name,
        "workers": order.workers,
        "command": sys.argv,
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    print("unitwise: stopped; a review goes on where it was with --resume", file=sys.stderr)
    raise SystemExit(TERMINATED)


def _refuse_if_nothing_was_read(tally: Tally, results: Results) -> None:
    """Treat a run whose every input was unreadable as wrong use, not as a result."""
    rejected = tally.of("rejected").total()
    if rejected and not tally.of("notes")["coded"] and rejected == tally.of("whole_inputs")["rejected"]:
        with results.rejected.open("rb") as file:
            first = json.loads(file.readline())
        raise UnreadableInput(first["source"], first["message"].removesuffix("."), first["remedy"])


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
