"""Fields to notes: what makes a row a note, and what makes it a rejected one."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import blake2b
from typing import Protocol

from nlp_pipeline.intake.days import read_day
from nlp_pipeline.intake.decoding import is_decoded
from nlp_pipeline.intake.profiles import Profile
from nlp_pipeline.intake.received import Draft, Place, Received, Rejected, reject
from nlp_pipeline.intake.recognition import bare, recognition
from nlp_pipeline.records.note import Origin
from nlp_pipeline.records.schema import note_from_json


@dataclass(frozen=True, slots=True)
class FrontDesk:
    """What is known of every visit of a run where its row does not say."""

    date_of_service: date | None = None
    payer: str | None = None
    discipline: str | None = None


class Ids(Protocol):
    """Knows which ids are taken."""

    def add(self, note_id: str) -> bool:
        """Take an id; False if an earlier note has it."""


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
    seen: Ids
    profile: Profile = field(default_factory=Profile)
    notices: Counter[str] = field(default_factory=Counter)

    def make(self, draft: Draft) -> Received | Rejected:
        """Make a note of a draft, or say why it is none."""
        fields, place = draft.fields, draft.place
        text = fields.get("text")
        note_id = id_of(draft)
        if not all(is_decoded(value) for value in fields.values() if isinstance(value, str)):
            return reject("undecodable", place, note_id if is_decoded(note_id) else None)
        if trouble := _trouble(text, place, note_id):
            return trouble
        written = said(fields.get("date_of_service"))
        day = read_day(written, day_first=self.profile.date_order == "day-first") if written else None
        if written and day is None:
            return reject("unreadable-date", place, note_id)
        if not self.seen.add(note_id):
            return reject("duplicate-id", place, note_id)
        self.notices.update(draft.notices if day is None or day.notice is None else (*draft.notices, day.notice))
        discipline = said(fields.get("discipline"))
        note = note_from_json(
            {
                "id": note_id,
                "text": text,
                "date_of_service": day.date if day else self.desk.date_of_service,
                "payer": said(fields.get("payer")) or self.desk.payer,
                "discipline": read_discipline(discipline) if discipline else self.desk.discipline,
                "patient": said(fields.get("patient")),
                "therapist": said(fields.get("therapist")),
                "clinic": said(fields.get("clinic")),
            }
        )
        return Received(replace(note, origin=Origin(place.source, place.row, place.part, draft.pieces)), place)


def id_of(draft: Draft) -> str:
    """Give the id of a draft; one that has none is named after its place."""
    place = draft.place
    part = "" if place.part is None else f"/{place.part}"
    return said(draft.fields.get("id")) or (f"{place.source}{part}" if place.row is None else f"{place.source}{part}#{place.row}")


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


def said(value: object) -> str | None:
    """Read a field as text, zeros and all; None where the export wrote that it is empty."""
    said = value.strip() if isinstance(value, str) else "" if value is None else str(value)
    return None if said.casefold() in recognition().empty_words else said
