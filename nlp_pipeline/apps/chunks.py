"""A bulk run's unit of work: a chunk of rows goes in, lines of text and counts come out."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import islice
from typing import Protocol

from nlp_pipeline.errors import RuleNotInForce
from nlp_pipeline.intake.received import Received, Rejected, reject
from nlp_pipeline.records.coded_note import CodedNote
from nlp_pipeline.records.note import Note
from nlp_pipeline.records.schema import write_line
from nlp_pipeline.reporting.summary import Tally
from nlp_pipeline.reporting.tables import claim_rows

ROWS_IN_A_CHUNK = 256
REASONS: dict[type[Exception], str] = {RuleNotInForce: "rule-not-in-force"}


class Coder(Protocol):
    """What a run needs of the pipeline."""

    def code(self, notes: Iterable[Note]) -> Iterator[CodedNote]:
        """Code notes in order, one answer for each note."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows that travel together; `digest` seals them and all rows before them."""

    received: tuple[Received, ...]
    rejected: tuple[Rejected, ...]
    digest: bytes
    bytes_read: int

    @property
    def rows(self) -> int:
        """Count the rows that came in."""
        return len(self.received) + len(self.rejected)


@dataclass(slots=True)
class CodedChunk:
    """A chunk's answer: result lines ready to be written, counts, and the notes that could not be coded, by their place in the chunk."""

    lines: str = ""
    tally: Tally = field(default_factory=Tally)
    failures: list[tuple[int, str, str]] = field(default_factory=list)


def json_line(coded: CodedNote) -> str:
    """Write a coded note as a line of JSON Lines."""
    return write_line(coded) + "\n"


WRITERS: dict[str, Callable[[CodedNote], str]] = {"jsonl": json_line, "csv": claim_rows}


def chunks_of(rows: Iterable[Received | Rejected], bytes_read: Callable[[], int]) -> Iterator[Chunk]:
    """Cut rows into chunks, always at the same places."""
    coming, digest = iter(rows), b""
    while taken := tuple(islice(coming, ROWS_IN_A_CHUNK)):
        digest = _sealed(digest, taken)
        received = tuple(row for row in taken if isinstance(row, Received))
        yield Chunk(received, tuple(row for row in taken if isinstance(row, Rejected)), digest, bytes_read())


def code_chunk(coder: Coder, form: str, notes: Sequence[Note]) -> CodedChunk:
    """Code the notes of a chunk; where one of them breaks it, code each alone, so that only that one is lost."""
    answer = CodedChunk()
    try:
        answered = _answers(coder, form, notes)
    except Exception:  # whatever it is, the single notes will tell; one note must not cost a night's run
        answered = list(_answers_one_by_one(coder, form, notes, answer))
    answer.lines = "".join(line for _, line in answered)
    for coded, _ in answered:
        answer.tally.add(coded)
    return answer


def failures_of(chunk: Chunk, answer: CodedChunk) -> Iterator[Rejected]:
    """Reject the notes of a chunk that could not be coded."""
    for index, reason, error in answer.failures:
        failed = chunk.received[index]
        yield reject(reason, failed.place, failed.note.id, error=error)


def _answers(coder: Coder, form: str, notes: Sequence[Note]) -> list[tuple[CodedNote, str]]:
    """Code notes and write each, and see to it that none is missing."""
    write = WRITERS[form]
    return [(coded, write(coded)) for _, coded in zip(notes, coder.code(notes), strict=True)]


def _answers_one_by_one(coder: Coder, form: str, notes: Sequence[Note], answer: CodedChunk) -> Iterator[tuple[CodedNote, str]]:
    for index, note in enumerate(notes):
        try:
            yield from _answers(coder, form, [note])
        except Exception as error:  # only the kind of the error is told: its message could quote the note
            answer.failures.append((index, REASONS.get(type(error), "coding-failed"), type(error).__name__))


def _sealed(before: bytes, rows: Iterable[Received | Rejected]) -> bytes:
    seal = blake2b(before, digest_size=16)
    for row in rows:
        if isinstance(row, Received):
            note = row.note
            seal.update(f"{note.id}\0{note.date_of_service}\0{note.payer}\0{note.discipline}\0{note.text}\0".encode())
        else:
            seal.update(f"{row.id}\0{row.place.source}\0{row.place.row}\0{row.reason}\0".encode())
    return seal.digest()
