r"""The grammar of HL7 version 2: messages, segments, fields, repetitions, components and escapes."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from io import BufferedReader

from nlp_pipeline.errors import UnreadableInput
from nlp_pipeline.intake.decoding import decode
from nlp_pipeline.intake.recognition import recognition

BLOCK = 1 << 16
ENDS = re.compile(rb"\r\n|[\r\n\x1c]")
USUAL_SIGNS = "|^~\\&"
ONE_LINE = re.compile(r"\.(?:br|sp|ce|fi|nf|in|ti)[+-]?\d*|X(?:0D)?0A|X0D", re.IGNORECASE)
FRAMES = frozenset({"FHS", "BHS", "BTS", "FTS"})


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment, its number within the message, and the five signs that part it."""

    name: str
    number: int
    fields: Sequence[str]
    signs: str = USUAL_SIGNS

    def text(self, number: int) -> str:
        """Give a field as it stands; an empty one where the segment is shorter."""
        return self.fields[number] if number < len(self.fields) else ""

    def repetitions(self, number: int) -> list[str]:
        """Give the repetitions of a field."""
        return self.text(number).split(self.signs[2])

    def component_of(self, number: int, component: int) -> str:
        """Give a component of a field's first repetition, counted from 1, its escapes resolved."""
        parts = self.repetitions(number)[0].split(self.signs[1])
        return self.unescaped(parts[component - 1]).strip() if component <= len(parts) else ""

    def unescaped(self, text: str) -> str:
        r"""Resolve escapes, once.

        >>> Segment("OBX", 1, []).unescaped(r"15 min\.br\SLS \T\ gait 5\X2F\5")
        '15 min\nSLS & gait 5/5'
        """
        if self.signs[3] not in text:
            return text
        return _escapes(self.signs[3]).sub(lambda found: _meaning(found[1], self.signs), text)


@dataclass(frozen=True)
class Message:
    """The segments from one MSH to the next; `header` is None where they do not begin with one."""

    segments: tuple[Segment, ...] = field(default=())

    @cached_property
    def header(self) -> Segment | None:
        """Give the MSH segment."""
        return self.segments[0] if self.segments and self.segments[0].name == "MSH" else None

    @property
    def id(self) -> str | None:
        """Give the message's control id."""
        return (self.header.text(10) if self.header else "") or None

    @property
    def event(self) -> str:
        """Give the event that the message tells of, as in MDM^T02."""
        return self.header.component_of(9, 2) if self.header else ""

    def all(self, name: str) -> list[Segment]:
        """Give all segments of a name."""
        return [segment for segment in self.segments if segment.name == name]


def messages_of(stream: BufferedReader, source: str) -> Iterator[Message]:
    """Cut a stream into messages, holding one at a time; what frames a batch is left out."""
    lines: list[str] = []
    length, limit = 0, 2 * recognition().document_bytes
    for raw in _lines_of(stream, source):
        line = raw.lstrip("\x0b\ufeff")
        if line[:3] in FRAMES or not line.strip():
            continue
        if line.startswith("MSH") and lines:
            yield _message(lines)
            lines, length = [], 0
        lines.append(line)
        length += len(line)
        if length > limit:
            raise UnreadableInput(source, f"a message is longer than {limit} bytes", "Check that each message begins with its MSH segment.")
    if lines:
        yield _message(lines)


def _message(lines: list[str]) -> Message:
    """Cut a message into segments; a line that begins none goes on where the one before it ended, its line end not having been escaped."""
    signs = lines[0][3:8] if lines[0].startswith("MSH") and len(lines[0]) > 8 else USUAL_SIGNS
    sign, mark = re.escape(signs[0]), signs[3]
    alone = re.compile(rf"(?<!{sign}){sign}(?!{sign})")  # fields that end a segment stand side by side; a sign alone is text
    whole: list[list[str]] = []
    for line in lines:
        if not whole or _begins_segment(line, signs[0]):
            whole.append([line])
        else:
            whole[-1].append(alone.sub(lambda _: f"{mark}F{mark}", line))
    return Message(tuple(_segment(f"{mark}.br{mark}".join(parts), number, signs) for number, parts in enumerate(whole, 1)))


def _begins_segment(line: str, sign: str) -> bool:
    name = line[:3]
    return line[3:4] in (sign, "") and (name in recognition().segments or (name[:1] == "Z" and name.isalnum() and name.isupper()))


def _segment(line: str, number: int, signs: str) -> Segment:
    fields = line.split(signs[0])
    if fields[0] == "MSH":
        fields[1:1] = [signs[0]]  # the sign that parts fields is itself the first field of a header
    return Segment(fields[0], number, fields, signs)


def _lines_of(stream: BufferedReader, source: str) -> Iterator[str]:
    """Give the lines of a stream; segments end with CR, some senders write LF."""
    limit, length, rest = 2 * recognition().document_bytes, 0, list[bytes]()
    while block := stream.read1(BLOCK):
        first, *others = ENDS.split(block)
        rest.append(first)
        length += len(first)
        if length > limit:
            raise UnreadableInput(source, f"a segment is longer than {limit} bytes", "Check that the export ends each segment with a carriage return.")
        if others:
            yield decode(b"".join(rest))
            yield from map(decode, others[:-1])
            rest, length = [others[-1]], len(others[-1])
    yield decode(b"".join(rest))


@lru_cache(maxsize=16)
def _escapes(sign: str) -> re.Pattern[str]:
    mark = re.escape(sign)
    return re.compile(rf"{mark}([FSTREHN]|\.[a-z]{{2}}[+-]?\d*|X(?:[0-9A-F]{{2}})+|Z\w*|[CM][0-9A-F]{{4,6}}){mark}", re.IGNORECASE)


def _meaning(escape: str, signs: str) -> str:
    """Say what an escape stands for; one that only changes the looks stands for nothing."""
    if ONE_LINE.fullmatch(escape):
        return "\n"
    if escape[0] in "Xx":
        return decode(bytes.fromhex(escape[1:]))
    if escape.lower().startswith(".sk"):
        return " " * min(int(escape[3:] or 1), 80)
    return {"F": signs[0], "S": signs[1], "R": signs[2], "E": signs[3], "T": signs[4]}.get(escape.upper(), "")
