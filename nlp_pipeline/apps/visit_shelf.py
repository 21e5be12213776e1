"""All visits of a run in any order, and what is found across them: the lines lie in a file, their places in a small database beside it."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import groupby
from types import TracebackType
from typing import Final, Self

from nlp_pipeline.apps.work_folder import KEYS, SHELF, VISITS, WorkFolder
from nlp_pipeline.records.finding import Finding
from nlp_pipeline.records.note import Span
from nlp_pipeline.records.visit import Visit
from nlp_pipeline.records.visit_schema import visit_from_json

Found = tuple[tuple[Finding, ...], str]
NOTHING: Final[Found] = ((), "")

_TABLES = (
    "CREATE TABLE visit (number INTEGER PRIMARY KEY, id TEXT, patient TEXT, therapist TEXT, day TEXT, start INTEGER, length INTEGER)",
    "CREATE TABLE found (number INTEGER, place INTEGER, finding TEXT, PRIMARY KEY (number, place)) WITHOUT ROWID",
    "CREATE TABLE news (number INTEGER PRIMARY KEY, told TEXT)",
)
_INDEXES = (
    "CREATE INDEX by_id ON visit (id)",
    "CREATE INDEX by_patient ON visit (patient IS NULL, patient, day IS NULL, day, number)",
    "CREATE INDEX by_therapist ON visit (therapist IS NULL, therapist, day IS NULL, day, patient IS NULL, patient, number)",
)


class VisitShelf:
    """The visits of a run; each pass holds one of them at a time, and tells of each that it has passed."""

    def __init__(self, work: WorkFolder, passed: Callable[[], None] = lambda: None) -> None:
        self._path, self._visits, self._work, self._passed = work.path / SHELF, work.path / VISITS, work, passed
        self._places = 0
        self._store: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        self._store = sqlite3.connect(self._path, isolation_level=None)
        for setting in ("journal_mode = OFF", "synchronous = OFF"):  # what a stop leaves half done is done again from the start
            self._store.execute(f"PRAGMA {setting}")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._store is not None:
            self._store.close()

    def lay_out(self) -> None:
        """Enter the place of each visit, and forget what was found before."""
        with full_disk_told():
            for name in ("visit", "found", "news"):
                self._database.execute(f"DROP TABLE IF EXISTS {name}")
            for table in _TABLES:
                self._database.execute(table)
            self._database.execute("BEGIN")
            self._database.executemany("INSERT INTO visit VALUES (?, ?, ?, ?, ?, ?, ?)", self._rows())
            for index in _INDEXES:
                self._database.execute(index)
            self._database.execute("COMMIT")

    def in_order(self) -> Iterator[Visit]:
        """Give the visits in the order of the input."""
        for line in self._work.lines(VISITS):
            yield visit_from_json(line)
            self._passed()

    def by_patient(self) -> Iterator[Visit]:
        """Give the visits by patient, then day, then the order of the input."""
        return self._sorted("patient IS NULL, patient, day IS NULL, day, number")

    def by_therapist(self) -> Iterator[Visit]:
        """Give the visits by therapist, then day, then patient, then the order of the input."""
        return self._sorted("therapist IS NULL, therapist, day IS NULL, day, patient IS NULL, patient, number")

    def begin(self) -> None:
        """Begin to keep what is found."""
        self._database.execute("BEGIN")

    def keep_finding(self, note_id: str, finding: Finding) -> None:
        """Keep a finding of a note; several are kept in the order in which they come."""
        self._places += 1
        spans = [[span.start, span.end, span.text] for span in finding.evidence]
        told = json.dumps([finding.code, finding.severity, finding.message, spans, finding.source, finding.mark, finding.remedy], ensure_ascii=False)
        self._keep("INSERT INTO found SELECT number, ?, ? FROM visit WHERE id = ?", (self._places, told, note_id))

    def keep_news(self, note_id: str, told: str) -> None:
        """Keep what is new in a note, as JSON."""
        self._keep("INSERT OR REPLACE INTO news SELECT number, ? FROM visit WHERE id = ?", (told, note_id))

    def settle(self) -> None:
        """Bring all that was found to the disk."""
        with full_disk_told():
            self._database.execute("COMMIT")
        self._work.bring_to_disk(SHELF)

    def found(self) -> Iterator[Found]:
        """Give for each note, in the order of the input, what was found across it and others, and what is new in it."""
        rows = self._database.execute("SELECT number, finding FROM found ORDER BY number, place")
        groups = ((number, tuple(_finding(told) for _, told in some)) for number, some in groupby(rows, key=lambda row: row[0]))
        coming = next(groups, None)
        for number, told in self._database.execute("SELECT number, told FROM visit LEFT JOIN news USING (number) ORDER BY number"):
            findings: tuple[Finding, ...] = ()
            if coming and coming[0] == number:
                findings, coming = coming[1], next(groups, None)
            yield findings, told or ""

    @property
    def _database(self) -> sqlite3.Connection:
        assert self._store is not None
        return self._store

    def _rows(self) -> Iterator[tuple[object, ...]]:
        start = 0
        for number, line in enumerate(self._work.lines(KEYS)):
            note_id, patient, therapist, day, length = json.loads(line)
            yield number, note_id, patient, therapist, day, start, length
            start += length

    def _sorted(self, order: str) -> Iterator[Visit]:
        with self._visits.open("rb") as file:
            for start, length in self._database.execute(f"SELECT start, length FROM visit ORDER BY {order}"):
                file.seek(start)
                yield visit_from_json(file.read(length))
                self._passed()

    def _keep(self, order: str, values: tuple[object, ...]) -> None:
        with full_disk_told():
            self._database.execute(order, values)


@contextmanager
def full_disk_told() -> Iterator[None]:
    """Tell of a database that cannot be written as of any other file."""
    try:
        yield
    except sqlite3.OperationalError as trouble:
        raise OSError(f"the working papers cannot be written: {trouble}") from None


def _finding(told: str) -> Finding:
    code, severity, message, spans, source, mark, remedy = json.loads(told)
    return Finding(code, severity, message, tuple(Span(*span) for span in spans), source, mark, remedy)
