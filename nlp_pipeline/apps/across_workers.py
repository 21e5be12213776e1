"""Parts of the visits laid side by side, in this process or on several; the answers come in the order of the parts."""

import gc
import json
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Final

from nlp_pipeline.apps.processes import Pool, Worker
from nlp_pipeline.apps.visit_shelf import Kept, VisitPart, finding_told
from nlp_pipeline.errors import NlpPipelineError
from nlp_pipeline.records.chart import ChartFinding, EpisodeLine, NoteFinding
from nlp_pipeline.records.chart_schema import chart_finding_to_json, episode_to_json, visit_news_to_json
from nlp_pipeline.records.visit import Order

if TYPE_CHECKING:
    from nlp_pipeline.chart_layer import ChartReview, Part

OBJECTS_BEFORE_GARBAGE: Final = 100_000  # a visit is thousands that live briefly, and hardly any of them refer to one another
TRIES: Final = 2  # more, each in a process of its own, where a worker has died over a part

_line: Final = json.JSONEncoder(ensure_ascii=False).encode
_news: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(slots=True)
class Compared:
    """What a part of the visits shows: findings and news of its notes, ready to be kept, lines of `charts.jsonl`, and what is to be joined with other parts."""

    visits: int
    part: "Part"
    findings: list[Kept] = field(default_factory=list)
    news: list[Kept] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


def compare(review: "ChartReview", visits: VisitPart) -> Compared:
    """Read a part of the visits."""
    findings, news, lines = list[Kept](), list[Kept](), list[str]()
    for found in review.read(visits.order, visits):
        if isinstance(found, NoteFinding):
            findings.append((finding_told(found.finding), found.note_id))
        elif isinstance(found, ChartFinding):
            lines.append(_line(chart_finding_to_json(found)))
        elif isinstance(found, EpisodeLine):
            lines.append(_line(episode_to_json(found)))
        else:
            news.append((_news(visit_news_to_json(found)), found.note_id))
    return Compared(len(visits), review.part(), findings, news, lines)


class Comparers(Pool[VisitPart, Compared]):
    """Lays parts of the visits side by side on several processes."""

    def __init__(self, workers: int, folder: Path) -> None:
        super().__init__(workers, partial(Worker, _work, folder))

    def again(self, task: VisitPart) -> Compared:
        """Read a part again whose worker died; the death may have come from without."""
        for _ in range(TRIES):
            worker = self.begin()
            try:
                answer: Compared | None = worker.take() if worker.give(task) else None
                self.know(worker)
            finally:
                worker.stop()
            if answer is not None:
                return answer
        raise NlpPipelineError("Worker processes die over the same visits again and again. Is there memory enough? Try --workers 1 with --resume.")


def _work(connection: Connection, folder: Path) -> None:
    """Be a worker: read what parts come until nothing comes."""
    from nlp_pipeline.chart_layer import ChartReview  # heavy; a door must open without it

    gc.set_threshold(OBJECTS_BEFORE_GARBAGE)
    opened: Order | None = None
    try:
        review = ChartReview.load()
        connection.send({})
        while True:
            visits: VisitPart = connection.recv()
            if visits.order != opened:
                opened = visits.order
                review.open(folder, opened)
            connection.send(compare(review, visits))
    except (EOFError, OSError):
        return  # the parent has gone
    except Exception as error:  # the same in every try; only the kind is told, for its message could quote a note
        connection.send(f"The visits cannot be laid side by side ({type(error).__name__}).")
