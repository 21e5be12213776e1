"""Notes that are word for word those of another patient, by the same author or another.

Each note's own words (boilerplate left out) get a fingerprint; notes that share a band of it are aligned word by word before anything is said.
Fingerprints and word numbers lie in a table on disk, never the words, so that memory does not grow with the run.
"""

import sqlite3
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Self
from zlib import crc32

from nlp_pipeline.auditing.carried_evidence import finding_of
from nlp_pipeline.auditing.chart_words import ChartWords
from nlp_pipeline.auditing.passages import Passage, fingerprint, merged, passages_of, runs_in_common, word_places
from nlp_pipeline.records.finding import Finding
from nlp_pipeline.records.note import Span
from nlp_pipeline.records.visit import Visit

RUN, PERMUTATIONS, ROWS = 3, 64, 4  # notes with four words in five in common share a band in 99 cases of 100
MOST_ALIGNED = 3


@dataclass(frozen=True, slots=True)
class Print:
    """The fingerprint of a note: whose it is, its own words as numbers, and the bands that near notes share."""

    note_id: str
    patient: str
    therapist: str | None
    day: str
    numbers: bytes
    bands: tuple[int, ...]


class OwnWords:
    """Finds the words of a note that are not boilerplate."""

    __slots__ = ("_boilerplate", "_words")

    def __init__(self, words: ChartWords, boilerplate: frozenset[int]) -> None:
        self._words, self._boilerplate = words, boilerplate

    def print_of(self, visit: Visit, passages: Iterable[Passage]) -> Print | None:
        """Fingerprint a note, cut in passages; one without a patient, or with few words of its own, is left out."""
        if visit.patient is None:
            return None
        said = [word for passage in self._own(passages) for word in passage.words]
        if len(said) < self._words.thresholds["copied_words"]:
            return None
        day = visit.day.isoformat() if visit.day else "9999"
        numbers = array("I", map(_number, said)).tobytes()
        return Print(visit.id, visit.patient, visit.therapist, day, numbers, tuple(fingerprint(said, RUN, PERMUTATIONS, ROWS)))

    def spans(self, visit: Visit, runs: Iterable[tuple[int, int]]) -> tuple[Span, ...]:
        """Give the places of runs of a note's own words."""
        places = [place for passage in self._own(passages_of(visit.text)) for place in word_places(visit.text, passage)]
        found = ((places[start][0], places[end - 1][1]) for start, end in runs)
        return tuple([visit.span(*place) for place in merged(found, visit.text)])

    def _own(self, passages: Iterable[Passage]) -> Iterator[Passage]:
        fewest = self._words.count("passage_words")
        return (passage for passage in passages if len(passage.words) >= fewest and passage.key not in self._boilerplate)


class Copies:
    """The fingerprints of a run's notes; with a path they can be read by other processes, once they are paired."""

    def __init__(self, words: ChartWords, own: OwnWords, held: sqlite3.Connection) -> None:
        self._words, self._own, self._held = words, own, held
        self._seq = 0
        self.between_patients = self.between_authors = 0

    @classmethod
    def begun(cls, words: ChartWords, own: OwnWords, path: Path | None = None) -> Self:
        """Begin a table: a private file that goes when it is closed, or a file anew."""
        if path is not None:
            path.unlink(missing_ok=True)
        held = sqlite3.connect(path or "")
        for setting in ("journal_mode = OFF", "synchronous = OFF"):
            held.execute(f"PRAGMA {setting}")
        held.execute("CREATE TABLE note (seq INTEGER PRIMARY KEY, id TEXT, therapist TEXT, words BLOB)")
        held.execute("CREATE TABLE band (band INTEGER, day TEXT, seq INTEGER, patient TEXT)")
        held.execute("CREATE TABLE source (id TEXT, turn INTEGER, note INTEGER, earlier INTEGER, PRIMARY KEY (id, turn)) WITHOUT ROWID")
        return cls(words, own, held)

    @classmethod
    def opened(cls, words: ChartWords, own: OwnWords, path: Path) -> Self:
        """Open the table that another process has paired."""
        return cls(words, own, sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True))

    def close(self) -> None:
        """Let the table go."""
        self._held.close()

    def keep(self, prints: Sequence[Print]) -> None:
        """Keep fingerprints."""
        numbered = list(enumerate(prints, self._seq + 1))
        self._seq += len(numbered)
        self._held.executemany("INSERT INTO note VALUES (?, ?, ?, ?)", [(seq, each.note_id, each.therapist, each.numbers) for seq, each in numbered])
        self._held.executemany("INSERT INTO band VALUES (?, ?, ?, ?)", ((band, each.day, seq, each.patient) for seq, each in numbered for band in each.bands))

    def pair(self) -> None:
        """Lay notes of different patients that share a band beside each other, the later against earlier ones."""
        shared: dict[int, Counter[int]] = {}
        for later, earlier in _neighbours(self._held.execute("SELECT band, day, seq, patient FROM band ORDER BY band, day, seq")):
            shared.setdefault(later, Counter())[earlier] += 1
        nearest = ((turn, earlier, later) for later, near in shared.items() for turn, (earlier, _) in enumerate(near.most_common(MOST_ALIGNED)))
        self._held.executemany("INSERT OR REPLACE INTO source SELECT id, ?, seq, ? FROM note WHERE seq = ?", nearest)
        self._held.execute("DROP TABLE band")
        self._held.commit()

    def findings(self, visit: Visit) -> Iterator[Finding]:
        """Say which earlier note of another patient a note copies, where it does."""
        for own, other, therapist, words in self._held.execute(
            "SELECT mine.words, note.id, note.therapist, note.words FROM source JOIN note AS mine ON mine.seq = source.note"
            " JOIN note ON note.seq = source.earlier WHERE source.id = ? ORDER BY turn",
            (visit.id,),
        ):
            numbers = array("I", own)
            runs = runs_in_common(numbers, array("I", words), self._words.count("run_words"))
            copied = sum(end - start for start, end in runs)
            if copied >= max(self._words.thresholds["copied_share"] * len(numbers), 1):
                self.between_patients += 1
                self.between_authors += therapist != visit.therapist
                author = "" if therapist == visit.therapist else " by another author"
                share = int(100 * copied / len(numbers))
                yield finding_of("copied-from-another-patient", self._words, self._own.spans(visit, runs), share=share, other=other, author=author)
                return


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
