"""Put more lines into marked notes: activities from other hands, in frames that say what became of them.

A frame is a line or a sentence with places for activities. Beside frames in which they were done stand those in which they were planned, held, set for home
or only talked of, and lines that look alike and hold none (docs/corpus.md). A reader that has seen an activity in many frames leans on the frame,
not on a list of names.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TypeVar, cast

import numpy as np

from nlp_pipeline.errors import CorpusError
from nlp_pipeline.records.facts import STATUSES, Element, Status
from training.corpus import CORPUS, MarkedElement, MarkedHeader, MarkedIntervention, MarkedMinutes, MarkedNote

FRAMES = "frames.tsv"
NONE = "none"
_FILLER = "filler:"
_SLOT = re.compile(r"\{(\w+)\}")
_LINE_END = "⏎"  # as it is written in the file
_BETWEEN = (", ", ", ", ", ", "; ", " / ", " + ")
_SHOWS: Mapping[str, Element] = {"cue": "skilled_cueing", "resp": "patient_response", "score": "objective_measure"}
_LISTED = (2, 7)  # activities of a list, from and below
_NUMBERS = (2, 31)
_TITLED = 0.6  # how often an activity that begins a line has a capital
_NEAR = 120  # characters behind something done

Mark = TypeVar("Mark", MarkedHeader, MarkedIntervention, MarkedMinutes, MarkedElement)


@dataclass(frozen=True, slots=True)
class FramingRecipe:
    """How many frames a note is given at most, and how often each kind is taken; `prose` is how often a sentence goes into a paragraph."""

    most: int = 3
    performed: float = 0.6
    none: float = 0.12
    prose: float = 0.5


@dataclass(frozen=True, slots=True)
class Lent:
    """An activity in somebody's words, and the code that it has there."""

    words: str
    code: str


@dataclass(frozen=True, slots=True)
class Frames:
    """Frames by kind (a status, or none), and the words for places that hold no activity."""

    by_kind: Mapping[str, tuple[str, ...]]
    fillers: Mapping[str, tuple[str, ...]]

    @classmethod
    def read(cls, path: Path = CORPUS / FRAMES) -> "Frames":
        """Read a file of lines "kind, tab, frame"; a kind or a place that is not known is refused."""
        found: dict[str, list[str]] = {}
        lines = path.read_text("utf-8").splitlines()
        for line in lines:
            kind, _, words = line.partition("\t")
            found.setdefault(kind, []).append(words.replace(_LINE_END, "\n"))
        fillers = {kind.removeprefix(_FILLER): tuple(words) for kind, words in found.items() if kind.startswith(_FILLER)}
        for number, line in enumerate(lines, 1):
            kind, _, words = line.partition("\t")
            if not kind.startswith(_FILLER) and (
                kind not in {*STATUSES, NONE} or {each.lower() for each in _SLOT.findall(words)} - {"a", "list", "n", *fillers}
            ):
                raise CorpusError(path, number, "a frame of an unknown kind, or with an unknown place")
        return cls({kind: tuple(words) for kind, words in found.items() if not kind.startswith(_FILLER)}, fillers)


@cache
def read_frames() -> Frames:
    """Read the corpus' own frames."""
    return Frames.read()


@dataclass(slots=True)
class _Filling:
    """A frame while it is being filled."""

    frames: Frames
    lent: Sequence[Lent]
    chance: np.random.Generator
    text: str = ""
    activities: tuple[tuple[int, int, str], ...] = ()
    elements: tuple[tuple[int, int, Element], ...] = ()

    def fill(self, frame: str) -> None:
        """Put words in every place."""
        at, between = 0, self.pick(_BETWEEN)
        for slot in _SLOT.finditer(frame):
            self.text += frame[at : slot.start()]
            self._fill_place(slot[1], between)
            at = slot.end()
        self.text += frame[at:]

    def pick(self, among: Sequence[str]) -> str:
        """Take one of several."""
        return among[int(self.chance.integers(len(among)))]

    def _fill_place(self, name: str, between: str) -> None:
        begins_line = self.text[-1:] in {"", "\n"}
        if name.lower() == "a":
            self._add_activity(name == "A" or (begins_line and self.chance.random() < _TITLED))
        elif name == "list":
            for number in range(int(self.chance.integers(*_LISTED))):
                self.text += between if number else ""
                self._add_activity(False)
        elif name == "n":
            self.text += str(int(self.chance.integers(*_NUMBERS)))
        else:
            words, begin = self.pick(self.frames.fillers[name.lower()]), len(self.text)
            self.text += _titled(words) if name[0].isupper() else words
            if name.lower() in _SHOWS:
                self.elements += ((begin, len(self.text), _SHOWS[name.lower()]),)

    def _add_activity(self, titled: bool) -> None:
        lent = self.lent[int(self.chance.integers(len(self.lent)))]
        words = _titled(lent.words) if titled else lent.words
        self.activities += ((len(self.text), len(self.text) + len(words), lent.code),)
        self.text += words


def framed(note: MarkedNote, lent: Sequence[Lent], recipe: FramingRecipe, chance: np.random.Generator) -> MarkedNote:
    """Put frames into a note, near what was done in it; marks that were there stay on their words."""
    frames = read_frames()
    for _ in range(int(chance.integers(1, recipe.most + 1)) if recipe.most else 0):
        draw = chance.random()
        kinds = [kind for kind in frames.by_kind if kind not in {"performed", NONE}]
        kind = "performed" if draw < recipe.performed else NONE if draw < recipe.performed + recipe.none else kinds[int(chance.integers(len(kinds)))]
        filling = _Filling(frames, lent, chance)
        filling.fill(filling.pick(frames.by_kind[kind]))
        note = _with(note, filling, kind, chance.random() < recipe.prose)
    return note


def _with(note: MarkedNote, filling: _Filling, kind: str, prose: bool) -> MarkedNote:
    """Put a filled frame into a note, behind a line or a sentence."""
    sentence = prose and filling.text.endswith(".") and "\n" not in filling.text
    places = _places(note, sentence)
    place = places[int(filling.chance.integers(len(places)))]
    before = " " if sentence else "\n"
    longer, shift = _inserted(note, place, before + filling.text), place + len(before)
    marks, shown = [*longer.interventions], [*longer.elements]
    if kind != NONE:
        marks += [MarkedIntervention(shift + start, shift + end, cast("Status", kind), code, True, None) for start, end, code in filling.activities]
    if kind == "performed":
        shown += [MarkedElement(shift + start, shift + end, element) for start, end, element in filling.elements]
    return replace(longer, interventions=tuple(sorted(marks, key=lambda each: each.start)), elements=tuple(sorted(shown, key=lambda each: each.start)))


def _inserted(note: MarkedNote, place: int, words: str) -> MarkedNote:
    """Put words in; marks behind the place move on, one that ends there stays."""
    by = len(words)
    return replace(
        note,
        text=note.text[:place] + words + note.text[place:],
        headers=tuple(_moved(each, place, by) for each in note.headers),
        interventions=tuple(_moved(each, place, by) for each in note.interventions),
        minutes=tuple(_moved(each, place, by) for each in note.minutes),
        elements=tuple(_moved(each, place, by) for each in note.elements),
    )


def _moved(mark: Mark, place: int, by: int) -> Mark:
    return replace(mark, start=mark.start + by * (mark.start >= place), end=mark.end + by * (mark.end > place))


def _places(note: MarkedNote, sentence: bool) -> list[int]:
    """List the ends of lines, or of sentences, that lie in no mark; where something was done, only those close behind it."""
    marks: list[MarkedHeader | MarkedIntervention | MarkedMinutes | MarkedElement] = [*note.interventions, *note.minutes, *note.elements, *note.headers]
    ends = [found.end() for found in re.finditer(r"\.(?=\s)" if sentence else r"[^\n](?=\n|$)", note.text)] or [len(note.text)]
    free = [end for end in ends if not any(each.start < end < each.end for each in marks)] or [len(note.text)]
    done = [each.end for each in note.interventions if each.status == "performed"]
    return [end for end in free if any(0 <= end - each < _NEAR for each in done)] or free


def _titled(words: str) -> str:
    return words[:1].upper() + words[1:]
