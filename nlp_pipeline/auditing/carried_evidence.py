"""Evidence that lies in carried-forward text: discounted, labelled, and counted apart."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Self

from nlp_pipeline.auditing.chart_words import ChartWords
from nlp_pipeline.auditing.cloning import BOILERPLATE, CARRIED, NEW, Carried, carried_spans
from nlp_pipeline.records.chart import ElementCount
from nlp_pipeline.records.facts import ELEMENTS, Element
from nlp_pipeline.records.finding import Finding
from nlp_pipeline.records.note import Span
from nlp_pipeline.records.visit import Visit


def finding_of(code: str, wordings: ChartWords, evidence: Sequence[Span], /, **values: object) -> Finding:
    """Word a finding of one note."""
    told = wordings.findings[code]
    return Finding(code, told.severity, told.message.format_map(values), tuple(evidence), told.source, told.mark, told.remedy)


def carried_findings(visit: Visit, carried: Carried, words: ChartWords) -> Iterator[Finding]:
    """Say what a note, its evidence and its codes owe to earlier notes and to boilerplate."""
    source = carried.source
    day = source.day.isoformat() if source and source.day else words.phrases["an_earlier_visit"]
    if source and carried.words >= words.thresholds["cloned_words"] and carried.share >= words.thresholds["cloned_share"]:
        counts = {"share": int(100 * carried.share), "new": carried.words - carried.carried_words, "words": carried.words}
        yield finding_of("cloned-note", words, carried_spans(visit, carried), day=day, **counts)
    kinds = element_kinds(visit, carried)
    for code, kind in (("evidence-carried-forward", CARRIED), ("evidence-in-boilerplate", BOILERPLATE)):
        fresh = [element for element, found in kinds.items() if found == kind and element in words.listed("fresh_elements")]
        if fresh and visit.activities:
            what = " and ".join(words.phrases["elements"][element] for element in fresh)
            yield finding_of(code, words, [each.span for each in visit.evidence if each.element in fresh], what=what, day=day)
    if codes := carried_codes(visit, carried):
        spans = sorted({span for found in codes.values() for span in found}, key=lambda span: (span.start, span.end))
        yield finding_of("code-support-carried-forward", words, spans, codes=", ".join(codes), day=day)


def element_kinds(visit: Visit, carried: Carried) -> dict[Element, int]:
    """Say of each element that the note holds whether any of its evidence is new; else whether it is carried forward or boilerplate."""
    found: dict[Element, int] = {}
    for each in visit.evidence:
        kind = carried.kind_of(each.span)
        found[each.element] = min(found.get(each.element, kind), kind)
    return {element: found[element] for element in ELEMENTS if element in found}


def carried_codes(visit: Visit, carried: Carried) -> dict[str, list[Span]]:
    """Name the codes all of whose support is carried: every activity with its line, the words that speak for the code, and a skilled part to go with them."""
    skilled = [each for each in visit.evidence if each.element == "skilled_cueing"]
    if not skilled or any(carried.kind_of(each.span) == NEW for each in skilled):
        return {}
    spans: dict[str, list[Span]] = {}
    fresh: set[str] = set()
    for each in visit.activities:
        mine = (each.span, *each.basis, *each.cueing)
        spans.setdefault(each.code, []).extend(mine)
        if any(carried.kind_of(span) == NEW for span in mine) or _line_has_news(visit, carried, each.span):
            fresh.add(each.code)
    return {code: found for code, found in sorted(spans.items()) if code not in fresh and any(carried.kind_of(span) == CARRIED for span in found)}


def _line_has_news(visit: Visit, carried: Carried, span: Span) -> bool:
    """Say whether anything on the lines of a span is new: another dose, another cue, another result."""
    start, end = visit.text.rfind("\n", 0, span.start) + 1, visit.text.find("\n", span.end)
    line = range(start, len(visit.text) if end < 0 else end)
    return any(carried.marks[at] == NEW and visit.text[at].isalnum() for at in line)


class ElementTally:
    """Counts in how many visits with treatment each element stands, and in how many only in text that is not the visit's own."""

    def __init__(self) -> None:
        self._visits = 0
        self._counts: Mapping[Element, list[int]] = {element: [0, 0, 0] for element in ELEMENTS}

    def add(self, visit: Visit, carried: Carried | None) -> None:
        """Count a visit; one that stands alone has nothing carried."""
        if not visit.activities:
            return
        self._visits += 1
        kinds = element_kinds(visit, carried) if carried else dict.fromkeys((each.element for each in visit.evidence), NEW)
        for element, kind in kinds.items():
            counts = self._counts[element]
            counts[0] += 1
            if kind != NEW:
                counts[kind] += 1

    def merge(self, other: Self) -> None:
        """Take in what was counted of other visits."""
        self._visits += other._visits
        for element, more in other._counts.items():
            self._counts[element][:] = [sum(pair) for pair in zip(self._counts[element], more, strict=True)]

    def counts(self) -> tuple[ElementCount, ...]:
        """Give the counts of every element."""
        return tuple(ElementCount(element, self._visits, *counts) for element, counts in self._counts.items())
