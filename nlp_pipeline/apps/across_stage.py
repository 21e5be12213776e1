"""The second stage of a bulk review: all visits are laid side by side, and what only many notes can show is kept for the third."""

import json

from nlp_pipeline.apps.progress import StageProgress
from nlp_pipeline.apps.visit_shelf import VisitShelf
from nlp_pipeline.apps.work_folder import ACROSS, CHARTS, WorkFolder
from nlp_pipeline.records.chart import ChartFinding, ChartResult, EpisodeLine, NoteFinding
from nlp_pipeline.records.chart_schema import (
    chart_finding_to_json,
    chart_result_from_json,
    chart_result_to_json,
    episode_to_json,
    visit_news_to_json,
)


def compare_all(work: WorkFolder) -> None:
    """Look across all notes: findings by note to the shelf, findings of several notes to `charts.jsonl`, totals to a file of their own."""
    from nlp_pipeline.chart_layer import ChartReview

    review = ChartReview.load()
    progress = StageProgress("looking across notes: {:,} passed, each several times")
    with VisitShelf(work, progress.count) as shelf, (work.path / CHARTS).open("w", encoding="utf-8") as charts:
        shelf.lay_out()
        shelf.begin()
        for found in review.review(shelf):
            if isinstance(found, NoteFinding):
                shelf.keep_finding(found.note_id, found.finding)
            elif isinstance(found, ChartFinding):
                charts.write(json.dumps(chart_finding_to_json(found), ensure_ascii=False) + "\n")
            elif isinstance(found, EpisodeLine):
                charts.write(json.dumps(episode_to_json(found), ensure_ascii=False) + "\n")
            else:
                shelf.keep_news(found.note_id, json.dumps(visit_news_to_json(found), ensure_ascii=False, separators=(",", ":")))
        shelf.settle()
    (work.path / ACROSS).write_text(json.dumps(chart_result_to_json(review.result()), ensure_ascii=False), encoding="utf-8")
    for name in (CHARTS, ACROSS):
        work.bring_to_disk(name)


def read_result(work: WorkFolder) -> ChartResult:
    """Read the totals across notes again."""
    return chart_result_from_json(json.loads((work.path / ACROSS).read_text("utf-8")))
