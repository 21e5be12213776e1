"""All visits of a run in any order, and what is found across them: the lines lie in a file, their places in a small database beside it."""

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from nlp_pipeline.apps.work_folder import KEYS, SHELF, VISITS, WorkFolder
from nlp_pipeline.records.finding import Finding
from nlp_pipeline.records.note import Span
from nlp_pipeline.records.visit import Order, Sketch, Visit, in_parts, owner_of
from nlp_pipeline.records.visit_schema import outline_from_json, sketch_from_json, visit_from_json

Found = tuple[tuple[Finding, ...], str]
Kept = tuple[str, str]  # JSON, and the id of the note that it is about
NOTHING: Final[Found] = ((), "")

_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

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


_ORDERS: Final[dict[Order, str]] = {
    "in_order": "number",
    "by_patient": "patient IS NULL, patient, day IS NULL, day, number",
    "by_therapist": "therapist IS NULL, therapist, day IS NULL, day, patient IS NULL, patient, number",
}


_READ: Final[dict[Order, Callable[[bytes], Visit | Sketch]]] = {"in_order": sketch_from_json, "by_patient": visit_from_json, "by_therapist": outline_from_json}


@dataclass(frozen=True, slots=True)
class VisitPart:
    """The places of some visits, next to one another in an order; any process can read them, one at a time, as much of each as its pass needs."""

    path: Path
    order: Order
    places: tuple[tuple[int, int], ...]

    def __len__(self) -> int:
        return len(self.places)

    def __iter__(self) -> Iterator[Visit | Sketch]:
        read = _READ[self.order]
        with self.path.open("rb") as file:
            for start, length in self.places:
                file.seek(start)
                yield read(file.read(length))


class VisitShelf:
    """The visits of a run; each pass holds a few of them at a time."""

    def __init__(self, work: WorkFolder) -> None:
        self._path, self._visits, self._work = work.path / SHELF, work.path / VISITS, work
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

    def lay_out(self) -> int:
        """Enter the place of each visit, and forget what was found before; the visits are counted."""
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
            (visits,) = self._database.execute("SELECT COUNT(*) FROM visit").fetchone()
        return int(visits)

    def in_order(self) -> Iterator[tuple[Visit, Callable[[], Visit]]]:
        """Give an outline of each visit in the order of the input, and what reads the whole of it."""
        for line in self._work.lines(VISITS):
            yield outline_from_json(line), partial(visit_from_json, line)

    def parts(self, order: Order) -> Iterator[VisitPart]:
        """Give the visits in an order, in parts that need not see each other."""
        rows = self._database.execute(f"SELECT patient, therapist, day, start, length FROM visit ORDER BY {_ORDERS[order]}")
        for part in in_parts(rows, lambda row: owner_of(order, *row[:3])):
            yield VisitPart(self._visits, order, tuple([row[3:] for row in part]))

    def begin(self) -> None:
        """Begin to keep what is found."""
        self._database.execute("BEGIN")

    def keep(self, findings: Sequence[Kept], news: Sequence[Kept]) -> None:
        """Keep findings of notes, in the order in which they come, and what is new in notes."""
        places = range(self._places, self._places + len(findings))
        self._places += len(findings)
        placed = [(place, *each) for place, each in zip(places, findings, strict=True)]
        self._database.executemany("INSERT INTO found SELECT number, ?, ? FROM visit WHERE id = ?", placed)
        self._database.executemany("INSERT OR REPLACE INTO news SELECT number, ? FROM visit WHERE id = ?", news)

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


@contextmanager
def full_disk_told() -> Iterator[None]:
    """Tell of a database that cannot be written as of any other file."""
    try:
        yield
    except sqlite3.OperationalError as trouble:
        raise OSError(f"the working papers cannot be written: {trouble}") from None


def finding_told(finding: Finding) -> str:
    """Write a finding as it is kept."""
    spans = [[span.start, span.end, span.text] for span in finding.evidence]
    return _encode([finding.code, finding.severity, finding.message, spans, finding.source, finding.mark, finding.remedy])


def _finding(told: str) -> Finding:
    code, severity, message, spans, source, mark, remedy = json.loads(told)
    return Finding(code, severity, message, tuple(Span(*span) for span in spans), source, mark, remedy)
