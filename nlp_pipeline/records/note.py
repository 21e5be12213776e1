"""The text as given, with what the front desk knows about it."""

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a note: character offsets into the text as given, end exclusive, and the words themselves."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Piece:
    """Where a stretch of a note's text begins that came from a part of its source: a page, a segment, a section, an addendum."""

    start: int
    name: str


@dataclass(frozen=True, slots=True)
class Origin:
    """What a note was read from: the input, its row, the part of the input that the row stands in, and the pieces that its text is made of."""

    source: str
    row: int | None = None
    part: str | None = None
    pieces: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """One visit's note, never altered after intake; every offset elsewhere points into `text`.

    `patient`, `therapist` and `clinic` are the names or numbers that the source gives them: what ties visits together.
    """

    id: str
    text: str
    date_of_service: date | None = None
    payer: str | None = None
    discipline: str | None = None
    origin: Origin | None = field(default=None, compare=False)
    patient: str | None = None
    therapist: str | None = None
    clinic: str | None = None

    def span(self, start: int, end: int) -> Span:
        """Cut a span out of the text.

        >>> Note("n1", "SLS on foam").span(7, 11)
        Span(start=7, end=11, text='foam')
        """
        return Span(start, end, self.text[start:end])
