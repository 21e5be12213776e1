"""The third stage of a bulk review: the results are written, each whole or not at all."""

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from typing import Any

from nlp_pipeline.apps.checkpoint import Checkpoint
from nlp_pipeline.apps.chunks import IN_ROWS
from nlp_pipeline.apps.coded_files import FILES, Coded
from nlp_pipeline.apps.manifest import Manifest, run_table, versions
from nlp_pipeline.apps.progress import StageProgress
from nlp_pipeline.apps.results import CHARTS, PAGE, SUMMARY, Results
from nlp_pipeline.apps.review_order import ReviewOrder
from nlp_pipeline.apps.visit_shelf import VisitShelf
from nlp_pipeline.apps.work_folder import CODED, KEYS, REJECTED, ROWS, WorkFolder
from nlp_pipeline.records.chart import ChartResult
from nlp_pipeline.records.chart_summary import RejectedRows, ReviewedRun
from nlp_pipeline.reporting.summary import Run, Tally, assumptions, summary_json, summary_sheet
from nlp_pipeline.reporting.summary_page import ChartPage, write_page
from nlp_pipeline.rulebook.rulebook import Rulebook


def write_all(order: ReviewOrder, results: Results, now: Checkpoint, across: ChartResult) -> dict[str, Any]:
    """Write every result but what tells of the run itself; give the summary."""
    tally, work = now.counts(), results.work
    page = ChartPage(across, with_text=order.page.with_text, surrogate_ids=order.page.surrogate_ids)
    run, manifest = Run(now.rows, results.coded.name, across), Manifest(order, now, across.seed)
    with results.writing(results.coded.name) as path, FILES[order.form](path, work.path) as file, VisitShelf(work) as shelf:
        progress = StageProgress(f"writing the results: {{:,}} of {tally.of('notes')['coded']:,} notes")
        for coded in _coded(order, work, shelf):
            file.add(coded)
            page.add(coded.visit, coded.across, coded.whole)
            tally.add_across(coded.visit, coded.across)
            progress.count()
        summary = summary_json(tally, run)
        file.tell(summary_sheet(tally, run), run_table(manifest.head(), work))
    for name in (REJECTED, CHARTS):
        with results.writing(name) as path:
            shutil.copyfile(work.path / name, path)
    results.write_json(SUMMARY, summary)
    with results.writing(PAGE) as path:
        write_page(page.finish(_reviewed(order, results, now, tally)), path)
    return summary


def _coded(order: ReviewOrder, work: WorkFolder, shelf: VisitShelf) -> Iterator[Coded]:
    """Bring the papers of each note together."""
    rows = work.lines(ROWS) if order.form in IN_ROWS else (b"" for _ in work.lines(KEYS))
    for line, row, (visit, whole), (findings, news) in zip(work.lines(CODED), rows, shelf.in_order(), shelf.found(), strict=True):
        yield Coded(line.decode(), row, visit, whole, findings, news)


def _reviewed(order: ReviewOrder, results: Results, now: Checkpoint, tally: Tally) -> ReviewedRun:
    return ReviewedRun(
        inputs=tuple(order.inputs),
        taken_in=now.rows,
        coded=tally.of("notes")["coded"],
        rejected=_rejected(results.work),
        model=", ".join(sorted(tally.of("models"))),
        reader=", ".join(sorted(tally.of("readers"))),
        rules=tuple(sorted(tally.of("rules"))),
        version=versions()["unitwise"],
        notices=tuple(assumptions(tally)),
        code_words={line.rule.code: line.rule.words for line in Rulebook.load().codes},
        worklist=results.coded.name,
        rejects=REJECTED,
    )


def _rejected(work: WorkFolder) -> tuple[RejectedRows, ...]:
    """Count the rejected rows by reason, the most frequent first; the first of each speaks for the others."""
    counts, words = Counter[str](), dict[str, tuple[str, str]]()
    for row in map(json.loads, work.lines(REJECTED)):
        counts[row["reason"]] += 1
        words.setdefault(row["reason"], (row["message"], row["remedy"]))
    return tuple(RejectedRows(reason, count, *words[reason]) for reason, count in sorted(counts.items(), key=lambda each: (-each[1], each[0])))
