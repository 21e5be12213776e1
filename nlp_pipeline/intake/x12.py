"""The grammar of X12: interchanges to numbered segments, tolerant of what senders get wrong."""

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nlp_pipeline.errors import UnreadableInput

HEADER = re.compile(r"(?:^|(?<=[~\r\n\x1c|'])|(?<=\s))ISA(?=[^A-Za-z0-9\s])")
HEADER_LENGTH = 106
GIVE_WHOLE = "Ask the sender for the whole file again; it must begin with its ISA segment and hold each segment's end."
MISSING_LIBRARY = "Install unitwise with its extra 'audit'."


@dataclass(frozen=True, slots=True)
class X12Segment:
    """One segment, its number in the file counted from 1 at the first ISA, and its elements; the first is the segment's name."""

    name: str
    number: int
    elements: Sequence[str]
    sign: str

    def text(self, number: int) -> str:
        """Give an element; an empty one where the segment is shorter.

        >>> X12Segment("LX", 7, ("LX", "1"), ":").text(1)
        '1'
        """
        return self.elements[number].strip() if number < len(self.elements) else ""

    def parts(self, number: int) -> list[str]:
        """Give the components of an element."""
        return [part.strip() for part in self.text(number).split(self.sign)]


@dataclass(frozen=True, slots=True)
class Broken:
    """An interchange that breaks off: after which segment, and why."""

    number: int
    why: str


def segments_of(text: str, source: str) -> Iterator[X12Segment | Broken]:
    """Give the segments of every interchange of a file; one that is broken is told, and the next goes on."""
    starts = [found.start() for found in HEADER.finditer(text)]
    if not starts:
        raise UnreadableInput(source, "it holds no X12 interchange: there is no ISA segment", GIVE_WHOLE)
    number = 0
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        for each in _interchange(text[start:end].rstrip(), number):
            number = each.number
            yield each


def _interchange(text: str, number: int) -> Iterator[X12Segment | Broken]:
    try:
        from pyx12.errors import X12Error
        from pyx12.x12file import X12Reader
    except ImportError:
        raise UnreadableInput("X12", "the reader of X12 is not installed", MISSING_LIBRARY) from None

    text = _mended(text)
    end = text[HEADER_LENGTH - 1 : HEADER_LENGTH]
    if len(text) > HEADER_LENGTH and not text.endswith(end):
        text += end  # the last segment of some files has no end of its own
    closed = False
    try:
        for number, segment in enumerate(X12Reader(io.StringIO(text)), number + 1):  # noqa: B020 - the count goes on over interchanges
            elements = [segment.get_seg_id() or "", *(element.format() for element in segment.elements)]
            closed = elements[0] == "IEA"
            yield X12Segment(elements[0], number, elements, segment.subele_term)
    except X12Error:
        yield Broken(number + 1, "its ISA segment is not as long as it must be, or of another version than 00401 and 00501")
        return
    except (IndexError, ValueError, TypeError, AttributeError):  # what the library makes of loops that close more than they open
        yield Broken(number + 1, "segments close more loops than they open, or are empty")
        return
    if not closed:
        yield Broken(number, "it ends before its IEA segment")


def _mended(text: str) -> str:
    """Give an ISA segment that lost the blanks which fill its elements the length that it must have."""
    sign = text[3:4]
    elements = re.split(re.escape(sign), text[: 2 * HEADER_LENGTH], maxsplit=16) if sign else []
    if len(elements) != 17 or len(elements[16]) < 2:
        return text
    head = sign.join(elements[:16])
    rest = text[len(head) + 1 :]
    return sign.join(element.ljust(width)[:width] for element, width in zip(elements[:16], WIDTHS, strict=True)) + sign + rest


WIDTHS = (3, 2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1)
