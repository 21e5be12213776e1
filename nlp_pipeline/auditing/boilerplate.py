"""Template text told apart from what was written about a patient: a passage that the notes of many patients share belongs to the clinic.

A long passage that tells of treatment is the clinic's only where several authors share it; one author's treatment in the same long words
for many patients is copying, and stays visible as such. Keys lie in a temporary table on disk, so that memory does not grow with the run.
"""

import sqlite3
from array import array
from collections.abc import Iterable, Iterator

from nlp_pipeline.auditing.chart_words import ChartWords
from nlp_pipeline.auditing.passages import Passage, key_of, passages_of
from nlp_pipeline.records.visit import Sketch

FIELDS = 4  # of a passage: its key, the patient's and the therapist's, whether it tells of treatment


class SharedPassages:
    """The keys of a run's passages, with who wrote them of whom."""

    def __init__(self, words: ChartWords) -> None:
        self._words = words
        self._held = sqlite3.connect("")  # a private file that goes with the connection
        self._held.execute("PRAGMA journal_mode=OFF")
        self._held.execute("CREATE TABLE passage (key INTEGER, patient INTEGER, therapist INTEGER, treats INTEGER)")

    def take(self, told: "array[int]") -> None:
        """Take in the passages of some visits."""
        each = iter(told)
        self._held.executemany("INSERT INTO passage VALUES (?, ?, ?, ?)", zip(*[each] * FIELDS, strict=True))

    def keys(self) -> frozenset[int]:
        """Give the keys of the passages that belong to the clinic and not to a patient, and let the table go."""
        shared = self._held.execute(
            "SELECT key FROM passage GROUP BY key HAVING COUNT(DISTINCT patient) >= ? AND (NOT MAX(treats) OR COUNT(DISTINCT therapist) >= ?)",
            (self._words.count("boilerplate_patients"), self._words.count("boilerplate_therapists")),
        )
        keys = frozenset(key for (key,) in shared)
        self._held.close()
        return keys


def passages_told(visits: Iterable[Sketch], words: ChartWords) -> "array[int]":
    """Lay out the passages of some visits, each once; visits without a patient are left out."""
    rows = dict.fromkeys(row for visit in visits for row in _rows(visit, words))
    return array("q", [number for row in rows for number in row])


def _rows(visit: Sketch, words: ChartWords) -> Iterator[tuple[int, int, int, bool]]:
    if visit.patient is None or not words.is_a_person(visit.patient):
        return
    patient, therapist = key_of((visit.patient,)), key_of((visit.therapist or "",))
    told, short = visit.told, words.count("short_passage")
    at = 0
    for passage in passages_of(visit.text, words.count("passage_words")):
        while at < len(told) and told[at] < passage.start:
            at += 1
        yield passage.key, patient, therapist, len(passage.words) >= short and _tells(passage, told, at)


def _tells(passage: Passage, told: tuple[int, ...], at: int) -> bool:
    return at < len(told) and told[at] < passage.end
