"""Notes that are word for word those of another patient, by the same author or another.

Each note's own words (boilerplate left out) get a fingerprint; notes that share a band of it are aligned word by word before anything is said.
Fingerprints and word numbers lie in a temporary table on disk, never the words, so that memory does not grow with the run.
"""

import sqlite3
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

from nlp_pipeline.auditing.carried_evidence import finding_of
from nlp_pipeline.auditing.chart_words import ChartWords
from nlp_pipeline.auditing.passages import Passage, fingerprint, merged, passages_of, runs_in_common, word_places
from nlp_pipeline.records.finding import Finding
from nlp_pipeline.records.note import Span
from nlp_pipeline.records.visit import Visit

RUN, PERMUTATIONS, ROWS = 3, 64, 4  # notes with four words in five in common share a band in 99 cases of 100
MOST_ALIGNED = 3
AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class OwnWords:
    """The words of a note that are not boilerplate, as numbers, and where they stand."""

    numbers: "array[int]"
    places: tuple[tuple[int, int], ...]


class Copies:
    """The fingerprints of a run's notes."""

    def __init__(self, words: ChartWords, boilerplate: frozenset[int]) -> None:
        self._words, self._boilerplate = words, boilerplate
        self._held = sqlite3.connect("")  # a private file that goes with the connection
        self._held.execute("PRAGMA journal_mode=OFF")
        self._held.execute("CREATE TABLE note (seq INTEGER PRIMARY KEY, id TEXT, patient TEXT, therapist TEXT, day TEXT, words BLOB)")
        self._held.execute("CREATE TABLE band (band INTEGER, day TEXT, seq INTEGER, patient TEXT)")
        self._seq = 0
        self._notes: list[tuple[object, ...]] = []
        self._bands: list[tuple[int, str, int, str]] = []
        self._sources: dict[str, tuple[int, ...]] = {}
        self.between_patients = self.between_authors = 0

    def close(self) -> None:
        """Let the temporary table go."""
        self._held.close()

    def keep(self, visit: Visit, passages: Sequence[Passage]) -> None:
        """Fingerprint a note, cut in passages; one without a patient, or with few words of its own, is left out."""
        if visit.patient is None:
            return
        said = [word for passage in self._own(passages) for word in passage.words]
        if len(said) < self._words.thresholds["copied_words"]:
            return
        self._seq += 1
        day = visit.day.isoformat() if visit.day else "9999"
        self._notes.append((self._seq, visit.id, visit.patient, visit.therapist, day, array("I", map(_number, said)).tobytes()))
        self._bands += [(band, day, self._seq, visit.patient) for band in fingerprint(said, RUN, PERMUTATIONS, ROWS)]
        if len(self._notes) >= AT_ONCE:
            self._write()

    def pair(self) -> None:
        """Lay notes of different patients that share a band beside each other, the later against earlier ones."""
        self._write()
        shared: dict[int, Counter[int]] = {}
        for later, earlier in _neighbours(self._held.execute("SELECT band, day, seq, patient FROM band ORDER BY band, day, seq")):
            shared.setdefault(later, Counter())[earlier] += 1
        for later, near in shared.items():
            (note_id,) = self._held.execute("SELECT id FROM note WHERE seq = ?", (later,)).fetchone()
            self._sources[note_id] = tuple(seq for seq, _ in near.most_common(MOST_ALIGNED))
        self._held.execute("DROP TABLE band")

    def findings(self, visit: Visit) -> Iterator[Finding]:
        """Say which earlier note of another patient a note copies, where it does."""
        sources = self._sources.get(visit.id)
        if not sources:
            return
        own = self._own_words(visit)
        for source in sources:
            other, _, therapist, words = self._held.execute("SELECT id, patient, therapist, words FROM note WHERE seq = ?", (source,)).fetchone()
            runs = runs_in_common(own.numbers, array("I", words), self._words.count("run_words"))
            copied = sum(end - start for start, end in runs)
            if copied >= max(self._words.thresholds["copied_share"] * len(own.numbers), 1):
                self.between_patients += 1
                self.between_authors += therapist != visit.therapist
                author = "" if therapist == visit.therapist else " by another author"
                share = int(100 * copied / len(own.numbers))
                yield finding_of("copied-from-another-patient", self._words, _spans(visit, own, runs), share=share, other=other, author=author)
                return

    def _write(self) -> None:
        self._held.executemany("INSERT INTO note VALUES (?, ?, ?, ?, ?, ?)", self._notes)
        self._held.executemany("INSERT INTO band VALUES (?, ?, ?, ?)", self._bands)
        self._notes.clear()
        self._bands.clear()

    def _own(self, passages: Iterable[Passage]) -> list[Passage]:
        fewest = self._words.count("passage_words")
        return [passage for passage in passages if len(passage.words) >= fewest and passage.key not in self._boilerplate]

    def _own_words(self, visit: Visit) -> OwnWords:
        kept = self._own(passages_of(visit.text))
        numbers = array("I", [_number(word) for passage in kept for word in passage.words])
        return OwnWords(numbers, tuple(place for passage in kept for place in word_places(visit.text, passage)))


@lru_cache(maxsize=1 << 16)
def _number(word: str) -> int:
    return crc32(word.encode("utf-8", "surrogatepass"))


def _neighbours(rows: Iterable[tuple[int, str, int, str]]) -> Iterator[tuple[int, int]]:
    """Pair each note with the first note of its band, and with the nearest before it, of another patient."""
    current: int | None = None
    first = last = other = (0, "")
    for band, _, seq, patient in rows:
        if band != current:
            current, first, last, other = band, (seq, patient), (seq, patient), (0, "")
            continue
        if last[1] != patient:
            other = last
        for earlier in {first[0]: first, other[0]: other}.values():
            if earlier[0] and earlier[1] != patient:
                yield seq, earlier[0]
        last = (seq, patient)


def _spans(visit: Visit, own: OwnWords, runs: Iterable[tuple[int, int]]) -> tuple[Span, ...]:
    places = ((own.places[start][0], own.places[end - 1][1]) for start, end in runs)
    return tuple([visit.span(*place) for place in merged(places, visit.text)])
