"""What a note carries forward from the patient's earlier notes: word for word, or edited; and what is new since the visit before.

Near passages are found by MinHash and verified by aligning their words: only words that stand in the same order, in runs, count as carried.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from nlp_pipeline.auditing.chart_words import ChartWords
from nlp_pipeline.auditing.passages import Passage, fingerprint, merged, passages_of, runs_in_common, word_places
from nlp_pipeline.records.chart import VisitNews
from nlp_pipeline.records.note import Span
from nlp_pipeline.records.visit import Visit

RUN, PERMUTATIONS, ROWS = 2, 24, 2  # a passage with one word in twelve changed shares a band in 99 cases of 100
MOST_ALIGNED = 3  # earlier passages, the likeliest first
NEW, CARRIED, BOILERPLATE = 0, 1, 2
_SAME = re.compile(rb"\x00+|\x01+|\x02+")


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier note of the patient."""

    note_id: str
    day: date | None


@dataclass(frozen=True, slots=True)
class Carried:
    """What of a note stood before: a mark for each character, the counts of words, and the earlier note that most of it comes from."""

    marks: bytes
    words: int
    carried_words: int
    boilerplate_words: int
    source: Earlier | None

    @property
    def share(self) -> float:
        """Give the carried share of the words, boilerplate left out."""
        return self.carried_words / self.words if self.words else 0.0

    def kind_of(self, span: Span) -> int:
        """Say whether a span is new, wholly carried forward (or partly boilerplate), or wholly boilerplate."""
        marks = self.marks[span.start : span.end]
        if not marks or NEW in marks:
            return NEW
        return CARRIED if CARRIED in marks else BOILERPLATE


class PatientText:
    """The passages of one patient's notes so far."""

    __slots__ = ("_bands", "_boilerplate", "_held", "_keys", "_notes", "_words")

    def __init__(self, words: ChartWords, boilerplate: frozenset[int]) -> None:
        self._words, self._boilerplate = words, boilerplate
        self._notes: list[Earlier] = []
        self._keys: dict[int, int] = {}  # of a passage, to the latest note that it stands in
        self._held: list[tuple[tuple[str, ...], int]] = []
        self._bands: dict[int, list[int]] = {}

    @property
    def last(self) -> Earlier | None:
        """Give the note before."""
        return self._notes[-1] if self._notes else None

    def read(self, visit: Visit, passages: Sequence[Passage]) -> Carried:
        """Compare a note, cut in passages, with those before it, then keep it."""
        marks = bytearray(len(visit.text))
        sources: Counter[int] = Counter()
        words = carried = boilerplate = 0
        fresh: list[tuple[Passage, list[int]]] = []
        fewest, before = self._words.count("passage_words"), (0, NEW)
        for passage in passages:
            size = len(passage.words)
            if size < fewest:
                continue
            if passage.key in self._boilerplate:
                marks[passage.start : passage.end] = bytes((BOILERPLATE,)) * (passage.end - passage.start)
                boilerplate += size
                before = (passage.end, BOILERPLATE)
                continue
            words += size
            stretches, source, bands = self._stretches(passage, visit.text)
            if bands:
                fresh.append((passage, bands))
            for start, end, count in stretches:
                marks[start:end] = bytes((CARRIED,)) * (end - start)
                carried += count
                sources[source] += count
            if before[1] != NEW and stretches and stretches[0][0] == passage.start:  # what stands between two such passages is neither's
                marks[before[0] : passage.start] = bytes((CARRIED,)) * (passage.start - before[0])
            before = (passage.end, CARRIED if stretches and stretches[-1][1] >= passage.end - 1 else NEW)
            self._keys[passage.key] = len(self._notes)
        origin = self._notes[max(sources, key=lambda note: (sources[note], note))] if sources else None
        self._keep(visit, fresh)
        return Carried(bytes(marks), words, carried, boilerplate, origin)

    def _stretches(self, passage: Passage, text: str) -> tuple[list[tuple[int, int, int]], int, list[int]]:
        """Find what of a passage stood before: its places and words, the note it comes from, and the passage's bands where it is to be kept."""
        known = self._keys.get(passage.key)
        if known is not None and known < len(self._notes):
            return [(passage.start, passage.end, len(passage.words))], known, []
        if len(passage.words) < self._words.count("short_passage"):
            return [], 0, []
        bands = fingerprint(passage.words, RUN, PERMUTATIONS, ROWS)
        near = [other for band in bands if band in self._bands for other in self._bands[band]]
        for other, _ in Counter(near).most_common(MOST_ALIGNED) if near else ():
            words, note = self._held[other]
            runs = runs_in_common(passage.words, words, self._words.count("run_words"))
            if sum(end - start for start, end in runs) >= self._words.thresholds["near_share"] * len(passage.words):
                places = word_places(text, passage)
                return [(places[start][0], places[end - 1][1], end - start) for start, end in runs], note, bands
        return [], 0, bands

    def _keep(self, visit: Visit, fresh: Sequence[tuple[Passage, list[int]]]) -> None:
        for passage, bands in fresh:
            for band in bands:
                self._bands.setdefault(band, []).append(len(self._held))
            self._held.append((passage.words, len(self._notes)))
        self._notes.append(Earlier(visit.id, visit.day))


def news_of(visit: Visit, passages: Sequence[Passage], carried: Carried, last: Earlier) -> VisitNews:
    """Tell what of a note is new since the patient's visit before."""
    stretches: dict[int, list[tuple[int, int]]] = {NEW: [], CARRIED: [], BOILERPLATE: []}
    for passage in passages:
        for kind, start, end in _stretches_of(carried.marks, passage):
            if any(map(str.isalnum, visit.text[start:end])):
                stretches[kind].append((start, end))
    told = {kind: tuple([visit.span(*place) for place in merged(places, visit.text)]) for kind, places in stretches.items()}
    new = carried.words - carried.carried_words
    return VisitNews(visit.id, last.day, told[NEW], told[CARRIED], told[BOILERPLATE], carried.words, new, carried.carried_words)


def carried_spans(visit: Visit, carried: Carried) -> tuple[Span, ...]:
    """Give the stretches of a note that were carried forward."""
    found = ((start, end) for passage in passages_of(visit.text) for kind, start, end in _stretches_of(carried.marks, passage) if kind == CARRIED)
    return tuple([visit.span(*place) for place in merged(found, visit.text)])


def _stretches_of(marks: bytes, passage: Passage) -> Iterator[tuple[int, int, int]]:
    """Part a passage where its marks change."""
    for found in _SAME.finditer(marks, passage.start, passage.end):
        yield marks[found.start()], found.start(), found.end()
