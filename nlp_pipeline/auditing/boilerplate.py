"""Template text told apart from what was written about a patient: a passage that the notes of many patients share belongs to the clinic.

A long passage that tells of treatment is the clinic's only where several authors share it; one author's treatment in the same long words
for many patients is copying, and stays visible as such. Keys lie in a temporary table on disk, so that memory does not grow with the run.
"""

import sqlite3
from collections.abc import Iterable, Iterator

from nlp_pipeline.auditing.chart_words import ChartWords
from nlp_pipeline.auditing.passages import Passage, passages_of
from nlp_pipeline.records.visit import Visit

AT_ONCE = 2_000  # visits whose keys are written together
FRESH_IN_KIND = ("objective_measure", "patient_response", "skilled_cueing")


def boilerplate_keys(visits: Iterable[Visit], words: ChartWords) -> frozenset[int]:
    """Give the keys of the passages that belong to the clinic and not to a patient; visits without a patient are left out."""
    held = sqlite3.connect("")  # a private file that goes with the connection
    held.execute("PRAGMA journal_mode=OFF")
    held.execute("CREATE TABLE passage (key INTEGER, patient INTEGER, therapist INTEGER, treats INTEGER)")
    rows: list[tuple[int, int, int, bool]] = []
    numbers: dict[str | None, int] = {}
    for count, visit in enumerate(visits, 1):
        rows += _rows(visit, numbers, words)
        if not count % AT_ONCE:
            held.executemany("INSERT INTO passage VALUES (?, ?, ?, ?)", rows)
            rows.clear()
    held.executemany("INSERT INTO passage VALUES (?, ?, ?, ?)", rows)
    shared = held.execute(
        "SELECT key FROM passage GROUP BY key HAVING COUNT(DISTINCT patient) >= ? AND (NOT MAX(treats) OR COUNT(DISTINCT therapist) >= ?)",
        (words.count("boilerplate_patients"), words.count("boilerplate_therapists")),
    )
    keys = frozenset(key for (key,) in shared)
    held.close()
    return keys


def _rows(visit: Visit, numbers: dict[str | None, int], words: ChartWords) -> Iterator[tuple[int, int, int, bool]]:
    if visit.patient is None or not words.is_a_person(visit.patient):
        return
    patient = numbers.setdefault("p" + visit.patient, len(numbers))
    therapist = numbers.setdefault(visit.therapist and "t" + visit.therapist, len(numbers))
    told = sorted([*(each.span.start for each in visit.activities), *(each.span.start for each in visit.evidence if each.element in FRESH_IN_KIND)])
    short = words.count("short_passage")
    at = 0
    for passage in passages_of(visit.text, words.count("passage_words")):
        while at < len(told) and told[at] < passage.start:
            at += 1
        yield passage.key, patient, therapist, len(passage.words) >= short and _tells(passage, told, at)


def _tells(passage: Passage, told: list[int], at: int) -> bool:
    return at < len(told) and told[at] < passage.end
