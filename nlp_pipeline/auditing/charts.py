"""What visits show together: the passes over them, each holding one patient or one therapist-day at a time.

First the boilerplate of the run is told from what was written about patients; then each patient's visits are read in order; then each therapist's days.
A pass may go over a part of the visits alone: a patient's must be in one part of the second, a therapist-day's in one of the third.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby

from nlp_pipeline.auditing.carried_evidence import carried_findings, finding_of
from nlp_pipeline.auditing.chart_law import ChartLaw, Found
from nlp_pipeline.auditing.chart_words import ChartWords
from nlp_pipeline.auditing.cloning import PatientText, news_of
from nlp_pipeline.auditing.copies import Copies, OwnWords, Print
from nlp_pipeline.auditing.episodes import Episodes
from nlp_pipeline.auditing.passages import passages_of
from nlp_pipeline.auditing.symmetry import weigh
from nlp_pipeline.auditing.tallies import Tallies
from nlp_pipeline.auditing.timeline import Timeline
from nlp_pipeline.records.chart import NoteFinding
from nlp_pipeline.records.finding import Finding
from nlp_pipeline.records.visit import Visit


class Charts:
    """The second and the third pass over some visits; what they come to stands in `tallies`."""

    def __init__(self, words: ChartWords, law: ChartLaw) -> None:
        self._words, self._law, self.tallies = words, law, Tallies(words)

    def patients(self, visits: Iterable[Visit], boilerplate: frozenset[int]) -> Iterator[Found | Print]:
        """Read visits by patient and day: findings, what is new in each, episodes, and the fingerprints that the third pass needs."""
        for patient, mine in groupby(visits, key=self._patient_of):
            if patient is None:
                self._count_alone(mine)
            else:
                yield from self._chart(patient, mine, boilerplate)

    def days(self, visits: Iterable[Visit], copies: Copies) -> Iterator[Found]:
        """Look at visits by therapist and day, and at what was copied from other patients; outlines of visits are enough."""
        waiting: list[Found] = []

        def passing() -> Iterator[Visit]:
            for visit in visits:
                found = tuple(copies.findings(visit))
                self.tallies.patterns.add(visit, found)
                waiting.extend(NoteFinding(visit.id, finding) for finding in found)
                yield visit

        timeline = Timeline(self._words, self._law, self.tallies.days)
        for day in timeline.days(passing()):
            yield from waiting
            waiting.clear()
            by_id = {visit.id: visit for visit in day.visits}
            for each in timeline.look(day):
                if isinstance(each, NoteFinding):
                    self.tallies.patterns.add(by_id[each.note_id], (each.finding,))
                yield each
        yield from waiting
        self.tallies.count_copies(copies)

    def _patient_of(self, visit: Visit) -> str | None:
        return visit.patient if self._words.is_a_person(visit.patient) else None

    def _count_alone(self, visits: Iterable[Visit]) -> None:
        """Count visits that name no patient: each stands alone."""
        for visit in visits:
            self._count(visit)
            self.tallies.elements.add(visit, None)
            self.tallies.patterns.add(visit, visit.findings)

    def _chart(self, patient: str, visits: Iterable[Visit], boilerplate: frozenset[int]) -> Iterator[Found | Print]:
        """Read one patient's visits in order."""
        text, episodes, own = PatientText(self._words, boilerplate), Episodes(self._words, self._law), OwnWords(self._words, boilerplate)
        self.tallies.patients += 1
        for visit in visits:
            self._count(visit)
            last = text.last
            passages = list(passages_of(visit.text))
            carried = text.read(visit, passages)
            self.tallies.elements.add(visit, carried)
            if fingerprint := own.print_of(visit, passages):
                yield fingerprint
            found = [*carried_findings(visit, carried, self._words), *episodes.follow(visit), *self._ledger(visit)]
            self.tallies.patterns.add(visit, (*visit.findings, *found))
            yield from (NoteFinding(visit.id, finding) for finding in found)
            if last:
                self.tallies.clones.add(visit, carried)
                yield news_of(visit, passages, carried, last)
        yield from episodes.lines(patient)

    def _count(self, visit: Visit) -> None:
        self.tallies.count(visit, tuple(weigh(visit, self._law)))

    def _ledger(self, visit: Visit) -> Iterator[Finding]:
        for use in self._law.passed(visit):
            yield finding_of("kx-passed-within-run", self._words, (), after=f"${use.after:,}", amount=f"${use.amount:,}")
