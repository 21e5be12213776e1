"""Everything that is added up over the visits of a run; what is added up of one part of them is joined with the rest, in the order of the parts."""

from collections import Counter
from typing import Self

from nlp_pipeline.auditing.carried_evidence import ElementTally
from nlp_pipeline.auditing.chart_words import ChartWords
from nlp_pipeline.auditing.clone_rates import CloneRates
from nlp_pipeline.auditing.copies import Copies
from nlp_pipeline.auditing.passages import SEED
from nlp_pipeline.auditing.patterns import Patterns
from nlp_pipeline.auditing.symmetry import Symmetry, Weighed
from nlp_pipeline.auditing.timeline import DaysSeen
from nlp_pipeline.records.chart import ChartResult
from nlp_pipeline.records.visit import Visit


class Tallies:
    """The totals so far."""

    def __init__(self, words: ChartWords) -> None:
        self._words = words
        self.patterns, self.symmetry = Patterns(words), Symmetry()
        self.clones, self.elements, self.days = CloneRates(words), ElementTally(), DaysSeen(words)
        self.visits = self.patients = self.between_patients = self.between_authors = 0
        self._left_out: Counter[str] = Counter()
        self._therapists: set[str] = set()

    def count(self, visit: Visit, weighed: tuple[Weighed, ...]) -> None:
        """Count a visit, with what was weighed of it."""
        self.visits += 1
        self.patterns.count_visit(visit)
        self.symmetry.add(visit, weighed)
        if visit.therapist:
            self._therapists.add(visit.therapist)
        for name in ("patient", "therapist"):
            self._left_out[name] += not self._words.is_a_person(getattr(visit, name))
        self._left_out["day"] += visit.day is None

    def count_copies(self, copies: Copies) -> None:
        """Count the notes that were found to be copies of another patient's, and forget them there."""
        self.between_patients += copies.between_patients
        self.between_authors += copies.between_authors
        copies.between_patients = copies.between_authors = 0

    def merge(self, later: Self) -> None:
        """Take in what was added up of other visits, after these."""
        self.patterns.merge(later.patterns)
        self.symmetry.merge(later.symmetry)
        self.clones.merge(later.clones)
        self.elements.merge(later.elements)
        self.days.merge(later.days)
        for name in ("visits", "patients", "between_patients", "between_authors"):
            setattr(self, name, getattr(self, name) + getattr(later, name))
        self._left_out.update(later._left_out)
        self._therapists |= later._therapists

    def result(self) -> ChartResult:
        """Give the totals."""
        return ChartResult(
            visits=self.visits,
            patients=self.patients,
            therapists=len(self._therapists),
            patterns=self.patterns.told(),
            balances=self.symmetry.balances(),
            cloning=self.clones.told(self.between_patients, self.between_authors),
            elements=self.elements.counts(),
            days=tuple(self.days.kept),
            day_counts=self.days.told(),
            findings=self.patterns.counts(),
            left_out={name: count for name, count in sorted(self._left_out.items()) if count},
            limits=tuple(self._words.phrases["limits"]),
            seed=SEED,
        )
