"""What comes out of intake: a note and where it came from, or a rejected row and why."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from nlp_pipeline.records.note import Note


@dataclass(frozen=True, slots=True)
class Place:
    """Where a note came from: the input, and its row where an input holds many (the first row after a header is 1)."""

    source: str
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """A note that got in."""

    note: Note
    place: Place


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that could not become a coded note. It never holds note text."""

    place: Place
    reason: str
    message: str
    remedy: str
    id: str | None = None
    whole_input: bool = False

    def to_json(self) -> dict[str, Any]:
        """Lay out the row as a line of `rejected.jsonl`."""
        return {
            "source": self.place.source,
            "row": self.place.row,
            "id": self.id,
            "reason": self.reason,
            "message": self.message,
            "remedy": self.remedy,
        }


@cache
def _reasons() -> Mapping[str, dict[str, Any]]:
    return tomllib.loads(resources.files("nlp_pipeline.intake").joinpath("rejections.toml").read_text("utf-8"))


def reject(reason: str, place: Place, note_id: str | None = None, **values: object) -> Rejected:
    """Reject what came from a place, in the words of `rejections.toml`.

    >>> reject("oversized-note", Place("notes.csv", 3), characters=9, limit=8).message
    'The note has 9 characters; the limit is 8.'
    """
    words = _reasons()[reason]
    return Rejected(
        place=place,
        reason=reason,
        message=words["message"].format(**values) + ".",
        remedy=words["remedy"].format(**values),
        id=note_id,
        whole_input=words.get("whole_input", False),
    )
