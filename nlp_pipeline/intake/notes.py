"""Fields to notes: what makes a row a note, and what makes it a rejected one."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b

from nlp_pipeline.intake.days import read_day
from nlp_pipeline.intake.decoding import is_decoded
from nlp_pipeline.intake.received import Place, Received, Rejected, reject
from nlp_pipeline.intake.recognition import Field, bare, recognition
from nlp_pipeline.records.schema import note_from_json


@dataclass(frozen=True, slots=True)
class FrontDesk:
    """What is known of every visit of a run where its row does not say."""

    date_of_service: date | None = None
    payer: str | None = None
    discipline: str | None = None


class SeenIds:
    """Remembers which ids have come by, in a private temporary database, so that memory does not grow with the run."""

    def __init__(self) -> None:
        import sqlite3  # read only when a bulk run starts

        self._seen = sqlite3.connect("", isolation_level=None)
        self._seen.execute("PRAGMA journal_mode = OFF")
        self._seen.execute("PRAGMA synchronous = OFF")
        self._seen.execute("CREATE TABLE seen (digest BLOB PRIMARY KEY) WITHOUT ROWID")
        self._seen.execute("BEGIN")

    def add(self, note_id: str) -> bool:
        """Remember an id; False if it has been here before."""
        digest = blake2b(note_id.encode(), digest_size=16).digest()
        return self._seen.execute("INSERT OR IGNORE INTO seen VALUES (?)", (digest,)).rowcount == 1

    def close(self) -> None:
        """Forget all."""
        self._seen.close()


@dataclass(slots=True)
class NoteMaker:
    """Turns fields into notes. `notices` counts what was read in one of several possible ways."""

    desk: FrontDesk
    seen: SeenIds
    notices: Counter[str] = field(default_factory=Counter)

    def make(self, fields: Mapping[Field, object], place: Place) -> Received | Rejected:
        """Make a note of the fields, or say why they are none."""
        text = fields.get("text")
        note_id = _said(fields.get("id")) or (place.source if place.row is None else f"{place.source}#{place.row}")
        if not all(is_decoded(value) for value in fields.values() if isinstance(value, str)):
            return reject("undecodable", place, note_id if is_decoded(note_id) else None)
        if trouble := _trouble(text, place, note_id):
            return trouble
        written = _said(fields.get("date_of_service"))
        day = read_day(written) if written else None
        if written and day is None:
            return reject("unreadable-date", place, note_id)
        if not self.seen.add(note_id):
            return reject("duplicate-id", place, note_id)
        if day and day.notice:
            self.notices[day.notice] += 1
        discipline = _said(fields.get("discipline"))
        return Received(
            note_from_json(
                {
                    "id": note_id,
                    "text": text,
                    "date_of_service": day.date if day else self.desk.date_of_service,
                    "payer": _said(fields.get("payer")) or self.desk.payer,
                    "discipline": read_discipline(discipline) if discipline else self.desk.discipline,
                }
            ),
            place,
        )


def read_discipline(written: str) -> str:
    """Write a discipline by its usual letters; one that is not known stays as it is.

    >>> read_discipline("Physical Therapy"), read_discipline("Wound care")
    ('PT', 'Wound care')
    """
    return recognition().disciplines.get(bare(written), written)


def _trouble(text: object, place: Place, note_id: str) -> Rejected | None:
    """Say what keeps a text from being a note, if anything does."""
    if text is None:
        return reject("empty-note", place, note_id)
    if not isinstance(text, str):
        return reject("text-not-text", place, note_id)
    limit = recognition().note_characters
    if len(text) > limit:
        return reject("oversized-note", place, note_id, characters=len(text), limit=limit)
    return None if text.strip("\ufeff\0 \t\r\n\v\f\xa0") else reject("empty-note", place, note_id)


def _said(value: object) -> str | None:
    """Read a field as text, zeros and all; None where the export wrote that it is empty."""
    said = value.strip() if isinstance(value, str) else "" if value is None else str(value)
    return None if said.casefold() in recognition().empty_words else said
