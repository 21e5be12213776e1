"""The second stage of a bulk review: all visits are laid side by side, and what only many notes can show is kept for the third."""

import json
from contextlib import ExitStack
from typing import Final

from nlp_pipeline.apps.across_workers import Comparers, compare
from nlp_pipeline.apps.progress import StageProgress
from nlp_pipeline.apps.visit_shelf import VisitShelf, full_disk_told
from nlp_pipeline.apps.work_folder import ACROSS, CHARTS, WorkFolder
from nlp_pipeline.records.chart import ChartResult
from nlp_pipeline.records.chart_schema import chart_result_from_json, chart_result_to_json

FEWEST_FOR_SEVERAL: Final = 2_000  # visits; fewer are read before other processes have begun


def compare_all(work: WorkFolder, workers: int = 1) -> None:
    """Look across all notes: findings by note to the shelf, findings of several notes to `charts.jsonl`, totals to a file of their own."""
    from nlp_pipeline.chart_layer import ChartReview

    review = ChartReview.load()
    progress = StageProgress("looking across notes: {:,} passed, each several times")
    with ExitStack() as stack:
        stack.enter_context(full_disk_told())
        shelf = stack.enter_context(VisitShelf(work))
        charts = stack.enter_context((work.path / CHARTS).open("w", encoding="utf-8"))
        visits = shelf.lay_out()
        pool = stack.enter_context(Comparers(workers, work.path)) if workers > 1 and visits >= FEWEST_FOR_SEVERAL else None
        shelf.begin()
        for order in review.passes(work.path):
            parts = shelf.parts(order)
            for compared in (answer for _, answer in pool.run(parts)) if pool else (compare(review, part) for part in parts):
                shelf.keep(compared.findings, compared.news)
                charts.writelines(f"{line}\n" for line in compared.lines)
                review.join(compared.part)
                progress.count(compared.visits)
        shelf.settle()
    (work.path / ACROSS).write_text(json.dumps(chart_result_to_json(review.result()), ensure_ascii=False), encoding="utf-8")
    for name in (CHARTS, ACROSS):
        work.bring_to_disk(name)


def read_result(work: WorkFolder) -> ChartResult:
    """Read the totals across notes again."""
    return chart_result_from_json(json.loads((work.path / ACROSS).read_text("utf-8")))
