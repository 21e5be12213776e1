"""Read the marked-up training notes and the phrase lists (docs/corpus.md shows the markup)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from nlp_pipeline.errors import CorpusError
from nlp_pipeline.records.facts import ELEMENTS, STATUSES, Element, MinuteKind, Status

CORPUS = Path(__file__).parent / "corpus"
UNSAID = ""  # the code of an activity that nobody has coded where it stands

_TAG = re.compile(r"\[\[(.*?)\]\]")
_CODE = re.compile(r"(\d{5}|G\d{4}|none)(\?)?")
_MINUTES = re.compile(r"M:(code|start_stop|timed_total|visit_total|dosage)(?::([^:]+))?:([\d.]+)")
_UNITS = re.compile(r"U:([^:]+):(\d+)")


@dataclass(frozen=True, slots=True)
class MarkedHeader:
    """A block header; `stated_code` None ends the block before it."""

    start: int
    end: int
    stated_code: str | None


@dataclass(frozen=True, slots=True)
class MarkedIntervention:
    """A marked activity, with the code that its documentation supports and the code of the header above it."""

    start: int
    end: int
    status: Status
    code: str
    ambiguous: bool
    stated_code: str | None


@dataclass(frozen=True, slots=True)
class MarkedMinutes:
    """A marked statement of time."""

    start: int
    end: int
    kind: MinuteKind
    code: str | None
    minutes: float


@dataclass(frozen=True, slots=True)
class MarkedElement:
    """Marked evidence for a documentation element."""

    start: int
    end: int
    element: Element


@dataclass(frozen=True, slots=True)
class MarkedNote:
    """One training note: its text without marks, and what a reader should find in it. `author` is the name of its file."""

    id: str
    author: str
    discipline: str | None
    style: str
    text: str
    headers: tuple[MarkedHeader, ...]
    interventions: tuple[MarkedIntervention, ...]
    minutes: tuple[MarkedMinutes, ...]
    elements: tuple[MarkedElement, ...]
    stated_units: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Phrase:
    """One line of a phrase list: words for an activity, and the code that they support on their own."""

    words: str
    code: str
    ambiguous: bool
    author: str


def read_notes(folder: Path = CORPUS / "authored") -> tuple[MarkedNote, ...]:
    """Read every `.note` file of a folder, files and notes in a fixed order.

    Raises CorpusError with file and line where a mark is malformed or an id comes twice.
    """
    notes: list[MarkedNote] = []
    seen: set[str] = set()
    for path in sorted(folder.glob("*.note")):
        for line, head, body in _split(path):
            note = _Unmarking(path, line).note(head, body)
            if not note.id or note.id in seen:
                raise CorpusError(path, line, f"missing or repeated id {note.id!r}")
            seen.add(note.id)
            notes.append(note)
    return tuple(notes)


def read_phrases(folder: Path = CORPUS / "lexicon") -> tuple[Phrase, ...]:
    """Read every phrase list: tab-separated phrase, code, ambiguous (0/1), body area, remark."""
    phrases = []
    for path in sorted(folder.glob("*.tsv")):
        for number, row in enumerate(path.read_text("utf-8").splitlines(), 1):
            if not row.strip():
                continue
            cells = row.split("\t")
            if len(cells) < 3 or not _CODE.fullmatch(cells[1]) or cells[2] not in {"0", "1"}:
                raise CorpusError(path, number, "expected phrase, code, 0 or 1, separated by tabs")
            phrases.append(Phrase(cells[0].strip(), cells[1], cells[2] == "1", path.stem))
    return tuple(phrases)


def _split(path: Path) -> Iterator[tuple[int, str, str]]:
    """Cut a file into (line of the heading, heading, body)."""
    head, start, body = "", 0, list[str]()
    for number, line in enumerate([*path.read_text("utf-8").split("\n"), "=== end"], 1):
        if line.startswith("=== "):
            if head:
                yield start, head, "\n".join(body).strip("\n")
            head, start, body = line, number, []
        elif head:
            body.append(line)
        elif line.strip():
            raise CorpusError(path, number, "text before the first note")


class _Unmarking:
    """Takes the marks out of one note and keeps what they say."""

    def __init__(self, path: Path, line: int) -> None:
        self.path, self.line = path, line
        self.stated: str | None = None
        self.headers: list[MarkedHeader] = []
        self.interventions: list[MarkedIntervention] = []
        self.minutes: list[MarkedMinutes] = []
        self.elements: list[MarkedElement] = []
        self.units: dict[str, int] = {}

    def note(self, head: str, body: str) -> MarkedNote:
        """Read heading and body into a note."""
        fields = {key.strip(): value.strip() for key, _, value in (part.partition(":") for part in head[3:].split("|"))}
        text, at = "", 0
        for found in _TAG.finditer(body):
            text += body[at : found.start()]
            at = found.end()
            label, _, shown = found.group(1).rpartition("|")
            if not label or not shown.strip():
                raise self._error(body, found, "empty mark")
            try:
                self._keep(label, len(text), len(text) + len(shown))
            except ValueError as error:
                raise self._error(body, found, str(error)) from None
            text += shown
        text += body[at:]
        if "[[" in text or "]]" in text:
            raise CorpusError(self.path, self.line, "stray brackets in this note")
        discipline = fields.get("discipline")
        return MarkedNote(
            fields.get("id", ""), self.path.stem, discipline if discipline in {"PT", "OT", "SLP"} else None, fields.get("style", ""), text,
            tuple(self.headers), tuple(self.interventions), tuple(self.minutes), tuple(self.elements), self.units,
        )  # fmt: skip

    def _keep(self, label: str, start: int, end: int) -> None:
        kind, _, rest = label.partition(":")
        if kind == "H" and rest:
            self.stated = None if rest == "-" else rest
            self.headers.append(MarkedHeader(start, end, self.stated))
        elif found := _MINUTES.fullmatch(label):
            code = found[2] if found[2] != "-" else None
            self.minutes.append(MarkedMinutes(start, end, cast(MinuteKind, found[1]), code, float(found[3])))
        elif found := _UNITS.fullmatch(label):
            self.units[found[1]] = int(found[2])
        elif kind == "D" and rest in ELEMENTS:
            self.elements.append(MarkedElement(start, end, rest))
        else:
            code, _, status = label.partition("|")
            found = _CODE.fullmatch(code)
            if not found or status not in STATUSES:
                raise ValueError(f"unknown mark {label!r}")
            self.interventions.append(MarkedIntervention(start, end, status, found[1], bool(found[2]), self.stated))

    def _error(self, body: str, found: re.Match[str], what: str) -> CorpusError:
        return CorpusError(self.path, self.line + 1 + body.count("\n", 0, found.start()), what)
