"""What many visits show together: three passes over a shelf of visits, each holding one patient or one therapist-day at a time.

First the boilerplate of the run is told from what was written about patients; then each patient's visits are read in order; then each therapist's days.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby

from nlp_pipeline.auditing.boilerplate import boilerplate_keys
from nlp_pipeline.auditing.carried_evidence import ElementTally, carried_findings, finding_of
from nlp_pipeline.auditing.chart_law import ChartLaw, Found
from nlp_pipeline.auditing.chart_words import ChartWords
from nlp_pipeline.auditing.clone_rates import CloneRates
from nlp_pipeline.auditing.cloning import PatientText, news_of
from nlp_pipeline.auditing.copies import Copies
from nlp_pipeline.auditing.episodes import Episodes
from nlp_pipeline.auditing.passages import SEED, passages_of
from nlp_pipeline.auditing.patterns import Patterns
from nlp_pipeline.auditing.symmetry import Symmetry
from nlp_pipeline.auditing.timeline import Timeline
from nlp_pipeline.records.chart import ChartResult, NoteFinding
from nlp_pipeline.records.finding import Finding
from nlp_pipeline.records.visit import Visit, VisitShelf


class Charts:
    """One review across notes; made anew for each run."""

    def __init__(self, words: ChartWords, law: ChartLaw) -> None:
        self._words, self._law = words, law
        self._patterns, self._symmetry = Patterns(words), Symmetry(law)
        self._clones, self._elements = CloneRates(words), ElementTally()
        self._timeline = Timeline(words, law)
        self._left_out: Counter[str] = Counter()
        self._visits = self._patients = 0
        self._therapists: set[str] = set()
        self._between = (0, 0)

    def review(self, shelf: VisitShelf) -> Iterator[Found]:
        """Find what notes show together; the findings of one note may come in several passes."""
        boilerplate = boilerplate_keys(shelf.in_order(), self._words)
        copies = Copies(self._words, boilerplate)
        for patient, visits in groupby(shelf.by_patient(), key=self._patient_of):
            yield from self._chart(patient, visits, boilerplate, copies)
        copies.pair()
        yield from self._days(shelf.by_therapist(), copies)
        self._between = (copies.between_patients, copies.between_authors)
        copies.close()

    def result(self) -> ChartResult:
        """Give the totals, once everything was reviewed."""
        return ChartResult(
            visits=self._visits,
            patients=self._patients,
            therapists=len(self._therapists),
            patterns=self._patterns.told(),
            balances=self._symmetry.balances(),
            cloning=self._clones.told(*self._between),
            elements=self._elements.counts(),
            days=self._timeline.worth_showing(),
            day_counts=self._timeline.day_counts(),
            findings=self._patterns.counts(),
            left_out={name: count for name, count in sorted(self._left_out.items()) if count},
            limits=tuple(self._words.phrases["limits"]),
            seed=SEED,
        )

    def _patient_of(self, visit: Visit) -> str | None:
        return visit.patient if self._words.is_a_person(visit.patient) else None

    def _chart(self, patient: str | None, visits: Iterable[Visit], boilerplate: frozenset[int], copies: Copies) -> Iterator[Found]:
        """Read one patient's visits in order; those without a patient stand each alone."""
        text, episodes = PatientText(self._words, boilerplate), Episodes(self._words, self._law)
        self._patients += patient is not None
        for visit in visits:
            self._count(visit)
            if patient is None:
                self._elements.add(visit, None)
                self._patterns.add(visit, visit.findings)
                continue
            last = text.last
            passages = list(passages_of(visit.text))
            carried = text.read(visit, passages)
            self._elements.add(visit, carried)
            copies.keep(visit, passages)
            found = [*carried_findings(visit, carried, self._words), *episodes.follow(visit), *self._ledger(visit)]
            self._patterns.add(visit, (*visit.findings, *found))
            yield from (NoteFinding(visit.id, finding) for finding in found)
            if last:
                self._clones.add(visit, carried)
                yield news_of(visit, passages, carried, last)
        if patient is not None:
            yield from episodes.lines(patient)

    def _count(self, visit: Visit) -> None:
        self._visits += 1
        self._patterns.count_visit(visit)
        self._symmetry.add(visit)
        if visit.therapist:
            self._therapists.add(visit.therapist)
        for name in ("patient", "therapist"):
            self._left_out[name] += not self._words.is_a_person(getattr(visit, name))
        self._left_out["day"] += visit.day is None

    def _ledger(self, visit: Visit) -> Iterator[Finding]:
        for use in self._law.passed(visit):
            yield finding_of("kx-passed-within-run", self._words, (), after=f"${use.after:,}", amount=f"${use.amount:,}")

    def _days(self, visits: Iterable[Visit], copies: Copies) -> Iterator[Found]:
        """Look at each therapist's days, and at what was copied from other patients on the way."""
        by_id: dict[str, Visit] = {}

        def passing() -> Iterator[Visit]:
            for visit in visits:
                found = tuple(copies.findings(visit))
                self._patterns.add(visit, found)
                waiting.extend(NoteFinding(visit.id, finding) for finding in found)
                yield visit

        waiting: list[Found] = []
        for day in self._timeline.days(passing()):
            by_id = {visit.id: visit for visit in day.visits}
            for each in self._timeline.look(day):
                if isinstance(each, NoteFinding):
                    self._patterns.add(by_id[each.note_id], (each.finding,))
                yield each
            yield from waiting
            waiting.clear()
        yield from waiting
