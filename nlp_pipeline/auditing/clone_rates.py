"""How much of a run's text was carried forward: in all, by tenths, and by therapist."""

from dataclasses import dataclass, field
from typing import Self

from nlp_pipeline.auditing.chart_words import ChartWords
from nlp_pipeline.auditing.cloning import Carried
from nlp_pipeline.records.chart import BINS, CloneRate, Cloning
from nlp_pipeline.records.visit import Visit


@dataclass(slots=True)
class CloneRates:
    """Adds up the visits that have an earlier one of their patient."""

    words: ChartWords
    _sums: dict[str, list[int]] = field(default_factory=dict)
    _bins: list[int] = field(default_factory=lambda: [0] * BINS)

    def add(self, visit: Visit, carried: Carried) -> None:
        """Count a visit, in all and for its therapist."""
        cloned = carried.words >= self.words.thresholds["cloned_words"] and carried.share >= self.words.thresholds["cloned_share"]
        self._bins[min(int(carried.share * BINS), BINS - 1)] += 1
        for name in ("", visit.therapist):
            if name is not None:
                sums = self._sums.setdefault(name, [0] * 5)
                for at, count in enumerate((1, carried.words, carried.carried_words, carried.boilerplate_words, cloned)):
                    sums[at] += count

    def merge(self, other: Self) -> None:
        """Take in what was added up of other visits."""
        self._bins = [sum(pair) for pair in zip(self._bins, other._bins, strict=True)]
        for name, more in other._sums.items():
            self._sums[name] = [sum(pair) for pair in zip(self._sums.get(name, [0] * len(more)), more, strict=True)]

    def told(self, between_patients: int, between_authors: int) -> Cloning:
        """Give the rates, therapists in the order of their names."""
        whole = CloneRate("", *self._sums.get("", [0] * 5))
        therapists = tuple(CloneRate(name, *sums) for name, sums in sorted(self._sums.items()) if name)
        return Cloning(whole, tuple(self._bins), therapists, between_patients, between_authors)
