"""What the notes of an audit show together: the findings of each note that only its neighbours let be seen."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from nlp_pipeline.chart_layer import ChartReview
from nlp_pipeline.records.chart import ChartFinding, NoteFinding
from nlp_pipeline.records.coded_note import CodedNote
from nlp_pipeline.records.finding import Finding
from nlp_pipeline.records.visit import Visit, visit_of


@dataclass(frozen=True, slots=True)
class VisitsInMemory:
    """The visits of an audit in the three orders in which they are looked at; what has no name or no day comes last."""

    visits: Sequence[Visit]

    def in_order(self) -> Iterator[Visit]:
        """Give the visits in the order of the input."""
        yield from self.visits

    def by_patient(self) -> Iterator[Visit]:
        """Give the visits by patient, then day."""
        yield from sorted(self.visits, key=lambda visit: (visit.patient is None, visit.patient or "", visit.day or date.max))

    def by_therapist(self) -> Iterator[Visit]:
        """Give the visits by therapist, then day, then patient."""
        yield from sorted(self.visits, key=lambda visit: (visit.therapist is None, visit.therapist or "", visit.day or date.max, visit.patient or ""))


def across_notes(coded: Iterable[CodedNote]) -> Mapping[str, Sequence[Finding]]:
    """Give the findings of each note that only the other notes of the run show, by the note's id."""
    found: dict[str, list[Finding]] = {}
    for each in ChartReview.load().review(VisitsInMemory([visit_of(one) for one in coded])):
        if isinstance(each, NoteFinding):
            found.setdefault(each.note_id, []).append(each.finding)
        elif isinstance(each, ChartFinding):
            finding = Finding(each.code, each.severity, each.message, (), each.source, each.mark, each.remedy)
            for name in each.notes:
                found.setdefault(name, []).append(finding)
    return found
