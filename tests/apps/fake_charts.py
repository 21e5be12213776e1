"""A stand-in for what looks across notes: each visit after a patient's first is a clone of the one before, and everything is counted."""

from collections.abc import Iterator
from typing import ClassVar, Self

from nlp_pipeline.records.chart import ChartFinding, ChartResult, CloneRate, Cloning, DayCounts, NoteFinding, Pattern, VisitNews
from nlp_pipeline.records.finding import Finding
from nlp_pipeline.records.visit import VisitShelf


class ChartReview:
    """Answers as the real one does, in three passes."""

    SEED: ClassVar = 7

    def __init__(self) -> None:
        self._visits, self._clones = 0, list[str]()

    @classmethod
    def load(cls) -> Self:
        """Need nothing."""
        return cls()

    def review(self, shelf: VisitShelf) -> Iterator[NoteFinding | ChartFinding | VisitNews]:
        """Look at every visit in each order."""
        for _ in shelf.in_order():
            self._visits += 1
        before = None
        for visit in shelf.by_patient():
            if visit.patient and before and before.patient == visit.patient:
                self._clones.append(visit.id)
                evidence = (visit.span(0, 3),)
                yield NoteFinding(visit.id, Finding("cloned-note", "error", "The text of the visit before stands again.", evidence, "MBPM ch. 15"))
                yield VisitNews(visit.id, before.day, (), evidence, (), 3, 0, 3)
            before = visit
        for visit in shelf.by_therapist():
            if visit.therapist == "T1":
                yield NoteFinding(visit.id, Finding("overlapping-visits", "warning", "Two patients at one time.", (), "MBPM ch. 15"))
                yield ChartFinding("overlapping-visits", "warning", "Two patients at one time.", "therapist", "T1", visit.day, (visit.id,), "MBPM ch. 15")

    def result(self) -> ChartResult:
        """Count."""
        pattern = Pattern(
            "cloned", f"{len(self._clones)} visits repeat the one before.", "error", len(self._clones), 1, tuple(self._clones[:5]), "none", ("cloned-note",)
        )
        rate = CloneRate("all", self._visits, 3 * self._visits, 3 * len(self._clones), 0, len(self._clones))
        return ChartResult(self._visits, 1, 1, (pattern,), (), Cloning(rate, (0,) * 10, ()), (), (), DayCounts(), seed=self.SEED)
