"""A stand-in for what looks across notes: each visit after a patient's first is a clone of the one before, and everything is counted."""

import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing import parent_process
from pathlib import Path
from typing import ClassVar, Self

from nlp_pipeline.records.chart import ChartFinding, ChartResult, CloneRate, Cloning, DayCounts, NoteFinding, Pattern, VisitNews
from nlp_pipeline.records.finding import Finding
from nlp_pipeline.records.visit import Order, Sketch, Visit

ONCE = "fell"  # in the folder of the papers, once a worker has died


@dataclass
class Part:
    """What a part of the visits comes to."""

    visits: int = 0
    clones: list[str] = field(default_factory=list)


class ChartReview:
    """Answers as the real one does, in three passes; a word in a note stands for what may go wrong with a worker."""

    SEED: ClassVar = 7

    def __init__(self) -> None:
        self._whole, self._part, self._folder = Part(), Part(), Path()

    @classmethod
    def load(cls) -> Self:
        """Need nothing."""
        return cls()

    def passes(self, folder: Path) -> Iterator[Order]:
        """Leave a paper after the first pass, as the real one does."""
        yield "in_order"
        (folder / "seen").write_text(str(self._whole.visits), encoding="utf-8")
        yield "by_patient"
        yield "by_therapist"

    def open(self, folder: Path, order: Order) -> None:
        """Make sure that the paper is there in time."""
        self._folder = folder
        assert order == "in_order" or (folder / "seen").exists()

    def read(self, order: Order, visits: Iterable[Visit | Sketch]) -> Iterator[NoteFinding | ChartFinding | VisitNews]:
        """Look at some visits in one of the orders."""
        if order == "in_order":
            self._part.visits += sum(1 for _ in visits)
            return
        before = None
        for visit in visits:
            if order == "by_patient":
                self._fall(visit.text)
                yield from self._clone(visit, before)
                before = visit
            elif visit.therapist == "T1":
                yield NoteFinding(visit.id, Finding("overlapping-visits", "warning", "Two patients at one time.", (), "MBPM ch. 15"))
                yield ChartFinding("overlapping-visits", "warning", "Two patients at one time.", "therapist", "T1", visit.day, (visit.id,), "MBPM ch. 15")

    def part(self) -> Part:
        """Give what a part came to."""
        given, self._part = self._part, Part()
        return given

    def join(self, part: Part) -> None:
        """Add a part up."""
        self._whole = Part(self._whole.visits + part.visits, self._whole.clones + part.clones)

    def result(self) -> ChartResult:
        """Count."""
        visits, clones = self._whole.visits, self._whole.clones
        pattern = Pattern("cloned", f"{len(clones)} visits repeat the one before.", "error", len(clones), 1, tuple(clones[:5]), "none", ("cloned-note",))
        rate = CloneRate("all", visits, 3 * visits, 3 * len(clones), 0, len(clones))
        return ChartResult(visits, 1, 1, (pattern,), (), Cloning(rate, (0,) * 10, ()), (), (), DayCounts(), seed=self.SEED)

    def _clone(self, visit: Visit, before: Visit | None) -> Iterator[NoteFinding | VisitNews]:
        if visit.patient and before and before.patient == visit.patient:
            self._part.clones.append(visit.id)
            evidence = (visit.span(0, 3),)
            yield NoteFinding(visit.id, Finding("cloned-note", "error", "The text of the visit before stands again.", evidence, "MBPM ch. 15"))
            yield VisitNews(visit.id, before.day, (), evidence, (), 3, 0, 3)

    def _fall(self, text: str) -> None:
        """Die over a word, in a worker: over one of them the first time only."""
        if "SLOW" in text:
            time.sleep(0.02)
        if parent_process() is None:
            return
        if "FALLS ONCE" in text and not (self._folder / ONCE).exists():
            (self._folder / ONCE).touch()
            os._exit(9)
        if "FALLS EVERY TIME" in text:
            os._exit(9)
        if "BREAKS" in text:
            raise ZeroDivisionError
