"""A bulk run's unit of work: a chunk of rows goes in, lines of text and counts come out."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import islice
from typing import Any, Final, Protocol

from nlp_pipeline.errors import RuleNotInForce
from nlp_pipeline.intake.received import Received, Rejected, reject
from nlp_pipeline.records.coded_note import CodedNote
from nlp_pipeline.records.note import Note
from nlp_pipeline.records.schema import write_line
from nlp_pipeline.records.visit import Visit, visit_of
from nlp_pipeline.records.visit_schema import visit_to_json
from nlp_pipeline.reporting.summary import Tally
from nlp_pipeline.reporting.tables import note_rows

ROWS_IN_A_CHUNK = 256
IN_ROWS: Final = frozenset({"csv", "parquet", "xlsx"})
REASONS: dict[type[Exception], str] = {RuleNotInForce: "rule-not-in-force"}


class Coder(Protocol):
    """What a run needs of the pipeline."""

    @property
    def model(self) -> str:
        """Name the model."""

    @property
    def digests(self) -> Mapping[str, str]:
        """Give the SHA-256 of each of its files."""

    def code(self, notes: Iterable[Note]) -> Iterator[CodedNote]:
        """Code notes in order, one answer for each note."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows that travel together; `seal` tells them from any others."""

    received: tuple[Received, ...]
    rejected: tuple[Rejected, ...]
    seal: bytes
    bytes_read: int

    @property
    def rows(self) -> int:
        """Count the rows that came in."""
        return len(self.received) + len(self.rejected)


@dataclass(slots=True)
class CodedChunk:
    """A chunk's answer: lines ready to be written, counts, and the notes that could not be coded, by their place in the chunk.

    A note has one line in each of `lines` (the public JSON), `visits`, `keys` (what visits are sorted by, and how long its visit's line is) and,
    for the forms that are tables, `rows`.
    """

    lines: str = ""
    visits: str = ""
    keys: str = ""
    rows: str = ""
    tally: Tally = field(default_factory=Tally)
    failures: list[tuple[int, str, str]] = field(default_factory=list)

    def add(self, other: "CodedChunk") -> None:
        """Take in the lines and counts of another answer."""
        self.lines += other.lines
        self.visits += other.visits
        self.keys += other.keys
        self.rows += other.rows
        self.tally.merge(other.tally)


_encode: Final = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


def chunks_of(rows: Iterable[Received | Rejected], bytes_read: Callable[[], int]) -> Iterator[Chunk]:
    """Cut rows into chunks, always at the same places."""
    coming = iter(rows)
    while taken := tuple(islice(coming, ROWS_IN_A_CHUNK)):
        received = tuple(row for row in taken if isinstance(row, Received))
        yield Chunk(received, tuple(row for row in taken if isinstance(row, Rejected)), _sealed(taken), bytes_read())


def chained(before: str, seal: bytes) -> str:
    """Seal a chunk together with all chunks before it."""
    return blake2b(bytes.fromhex(before) + seal, digest_size=16).hexdigest()


def code_chunk(coder: Coder, form: str, notes: Sequence[Note]) -> CodedChunk:
    """Code the notes of a chunk; where one of them breaks it, code each alone, so that only that one is lost."""
    answer = CodedChunk()
    try:
        answered = _answers(coder, form, notes, answer.tally)
    except Exception:  # whatever it is, the single notes will tell; one note must not cost a night's run
        answered = list(_answers_one_by_one(coder, form, notes, answer))
    answer.lines, answer.visits, answer.keys, answer.rows = ("".join(part) for part in zip(*answered, strict=True)) if answered else ("", "", "", "")
    return answer


def keys_of(visit: Visit, line: str) -> str:
    """Write what a visit is sorted by, and how long its line is."""
    return f"{_encode([visit.id, visit.patient, visit.therapist, visit.day.isoformat() if visit.day else None, len(line.encode())])}\n"


def made_with(coder: Coder) -> dict[str, Any]:
    """Say what notes are coded with: the model and the digests of its files."""
    return {"model": coder.model, "digests": dict(coder.digests)}


def failures_of(chunk: Chunk, answer: CodedChunk) -> Iterator[Rejected]:
    """Reject the notes of a chunk that could not be coded."""
    for index, reason, error in answer.failures:
        failed = chunk.received[index]
        yield reject(reason, failed.place, failed.note.id, error=error)


def _answers(coder: Coder, form: str, notes: Sequence[Note], tally: Tally) -> list[tuple[str, str, str, str]]:
    """Code notes and write each, and see to it that none is missing."""
    coded = [one for _, one in zip(notes, coder.code(notes), strict=True)]
    written = [_written(form, one) for one in coded]
    for one in coded:
        tally.add(one)
    return written


def _written(form: str, coded: CodedNote) -> tuple[str, str, str, str]:
    visit = visit_of(coded)
    line = visit_to_json(visit) + "\n"
    return f"{write_line(coded)}\n", line, keys_of(visit, line), f"{_encode(note_rows(coded))}\n" if form in IN_ROWS else ""


def _answers_one_by_one(coder: Coder, form: str, notes: Sequence[Note], answer: CodedChunk) -> Iterator[tuple[str, str, str, str]]:
    for index, note in enumerate(notes):
        try:
            yield from _answers(coder, form, [note], answer.tally)
        except Exception as error:  # only the kind of the error is told: its message could quote the note
            answer.failures.append((index, REASONS.get(type(error), "coding-failed"), type(error).__name__))


def _sealed(rows: Iterable[Received | Rejected]) -> bytes:
    seal = blake2b(digest_size=16)
    for row in rows:
        if isinstance(row, Received):
            note = row.note
            seal.update(
                f"{note.id}\0{note.date_of_service}\0{note.payer}\0{note.discipline}\0{note.patient}\0{note.therapist}\0{note.clinic}\0{note.text}\0".encode()
            )
        else:
            seal.update(f"{row.id}\0{row.place.source}\0{row.place.row}\0{row.reason}\0".encode())
    return seal.digest()
