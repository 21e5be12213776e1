"""Figures by group: notes told apart by author, discipline and layout."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from nlp_pipeline.pipeline import Pipeline
from training.corpus import MarkedNote
from training.scoring import Scores, answer_of

Layout = Literal["table", "short lines", "mixed", "prose"]
Group = tuple[str, str]  # what notes are told apart by, and its value
Scored = dict[Group, Scores]

_CELL_MARKS = ("|", "\t")
_TABLE = 0.3  # share of lines with cells
_SHORT, _LONG = 9, 25  # mean words of a line


def layout_of(text: str) -> Layout:
    r"""Tell how a note is laid out, by its lines.

    >>> layout_of("SLR 2x10\nbridges 2x10"), layout_of("| squats | 2x10 |"), layout_of("Pt seen today. " * 20)
    ('short lines', 'table', 'prose')
    """
    lines = [line for line in text.splitlines() if line.strip()] or [""]
    if sum(any(mark in line for mark in _CELL_MARKS) for line in lines) >= _TABLE * len(lines):
        return "table"
    words = sum(len(line.split()) for line in lines) / len(lines)
    return "short lines" if words <= _SHORT else "prose" if words >= _LONG else "mixed"


def groups_of(note: MarkedNote) -> tuple[Group, ...]:
    """List the groups that a note is counted in."""
    return ("author", note.author), ("discipline", note.discipline or "not said"), ("layout", layout_of(note.text))


def score_groups(notes: Sequence[MarkedNote], pipeline: Pipeline) -> Scored:
    """Read notes, a batch for each author, and score the answers by group."""
    found: Scored = {}
    for author in sorted({note.author for note in notes}):
        own = [note for note in notes if note.author == author]
        answers = [answer_of(note) for note in own]
        for note, answer, coded in zip(own, answers, pipeline.code(each.note for each in answers), strict=True):
            for group in groups_of(note):
                found.setdefault(group, Scores()).add(answer, coded)
    return found


def figures_of(parts: Iterable[Mapping[Group, Scores]]) -> dict[str, Any]:
    """Give the figures of all notes together, then by author, discipline and layout."""
    joined: Scored = {}
    for part in parts:
        for group, scores in part.items():
            joined.setdefault(group, Scores()).merge(scores)
    whole = Scores()
    for (kind, _), scores in joined.items():
        if kind == "author":
            whole.merge(scores)
    told: dict[str, Any] = {"all": whole.figures()}
    for kind in ("author", "discipline", "layout"):
        told[f"by_{kind}"] = {name: joined[kind, name].figures() for name in sorted(each for of, each in joined if of == kind)}
    return told
