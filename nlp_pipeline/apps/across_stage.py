"""The second stage of a bulk review: all visits are laid side by side, and what only many notes can show is kept for the third."""

import json
import sys
from collections.abc import Iterator
from typing import Any

from nlp_pipeline.apps.visit_shelf import VisitShelf
from nlp_pipeline.apps.work_folder import ACROSS, CHARTS, WorkFolder
from nlp_pipeline.records.chart import ChartFinding, ChartResult, CloneRate, Cloning, DayCounts, NoteFinding
from nlp_pipeline.records.chart_schema import chart_finding_to_json, chart_result_from_json, chart_result_to_json, visit_news_to_json


def compare_all(work: WorkFolder) -> None:
    """Look across all notes: findings by note to the shelf, findings of several notes to `charts.jsonl`, totals to a file of their own."""
    review = _chart_review()
    with VisitShelf(work) as shelf, (work.path / CHARTS).open("w", encoding="utf-8") as charts:
        shelf.lay_out()
        shelf.begin()
        for found in review.review(shelf):
            if isinstance(found, NoteFinding):
                shelf.keep_finding(found.note_id, found.finding)
            elif isinstance(found, ChartFinding):
                charts.write(json.dumps(chart_finding_to_json(found), ensure_ascii=False) + "\n")
            else:
                shelf.keep_news(found.note_id, json.dumps(visit_news_to_json(found), ensure_ascii=False, separators=(",", ":")))
        shelf.settle()
    (work.path / ACROSS).write_text(json.dumps(chart_result_to_json(review.result()), ensure_ascii=False), encoding="utf-8")


def read_result(work: WorkFolder) -> ChartResult:
    """Read the totals across notes again."""
    return chart_result_from_json(json.loads((work.path / ACROSS).read_text("utf-8")))


def _chart_review() -> Any:
    """Open what looks across notes; until it is there, look at nothing."""
    from importlib import import_module
    from importlib.util import find_spec

    if "nlp_pipeline.chart_layer" not in sys.modules and find_spec("nlp_pipeline.chart_layer") is None:
        return _Nothing()
    return import_module("nlp_pipeline.chart_layer").ChartReview.load()


class _Nothing:
    def review(self, shelf: VisitShelf) -> Iterator[NoteFinding]:
        yield from ()

    def result(self) -> ChartResult:
        rate = CloneRate("all", 0, 0, 0, 0, 0)
        return ChartResult(0, 0, 0, (), (), Cloning(rate, (0,) * 10, ()), (), (), DayCounts())
