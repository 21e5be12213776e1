"""What comes out of intake: a note and where it came from, or a rejected row and why; and what readers make on the way there."""

import tomllib
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from nlp_pipeline.intake.recognition import Field
from nlp_pipeline.records.note import Note, Piece


@dataclass(frozen=True, slots=True)
class Place:
    """Where a note came from: the input, its row where an input holds many (the first row after a header is 1), and the part that the row stands in."""

    source: str
    row: int | None = None
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """The text that a document holds, where its pieces begin, and what was read in one of several possible ways."""

    text: str
    pieces: tuple[Piece, ...] = ()
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """What a reader found in a row: fields that may make a note."""

    fields: Mapping[Field, object]
    place: Place
    pieces: tuple[Piece, ...] = ()
    notices: tuple[str, ...] = ()


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
            "part": self.place.part,
            "id": self.id,
            "reason": self.reason,
            "message": self.message,
            "remedy": self.remedy,
        }


Drafts = Generator[Draft | Rejected, None, None]


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
        whole_input=words.get("whole_input", False) and place.row is None,
    )


def joined(pieces: Iterable[tuple[str, str]], notices: Iterable[str] = ()) -> Written:
    r"""Join named pieces of text, each on lines of its own; pieces without text are left out.

    >>> joined([("page 1", "SLS on foam"), ("page 2", ""), ("page 3", "15 min")])
    Written(text='SLS on foam\n15 min', pieces=(Piece(start=0, name='page 1'), Piece(start=12, name='page 3')), notices=())
    """
    texts: list[str] = []
    places: list[Piece] = []
    length = 0
    for name, text in pieces:
        if text.strip():
            places.append(Piece(length, name))
            texts.append(text if text.endswith("\n") else text + "\n")
            length += len(texts[-1])
    return Written("".join(texts).removesuffix("\n"), tuple(places), tuple(notices))
