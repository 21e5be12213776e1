"""Find the headings that name no service: the plan, the goals, the home programme, the tally of minutes."""

import re
from functools import cache
from typing import Any, NamedTuple

from nlp_pipeline.reading.labels import lexicon

_START = re.compile(r"(?:^|[\n|;]|(?<=[.!?)\]/,\"])[ ]|[ ]{2})[ <>*#+=~\-\"'\[\](){}_]{0,10}(?:(?:\d{1,2}|[a-d])[.)\]][ ]{1,2})?(?=[a-z])")
_WORD = re.compile(r"[a-z]+")
_SEAM = re.compile(r"[ /_'\-]{1,2}(?=[a-z])")
_SIGN = re.compile(r"(?:[ ]?(?:\([^()\n]{0,30}\))?[ ]*[:=|\"]|[ ]+-|-[ ]|[.)/][ ]|[.][\n]|/(?![a-z]))|[ .]*(?:\n|\Z)")
_AFTER_STOP = re.compile(r"[\n.;|!?]")


class Heading(NamedTuple):
    """A heading that is no service, and the kind of what stands under it."""

    start: int
    end: int
    kind: str


@cache
def _paths() -> dict[str, Any]:
    table = lexicon("headings")
    bare = frozenset(table["bare"])
    root: dict[str, Any] = {}
    for kind, phrases in table.items():
        for phrase in phrases if kind not in ("bare", "source") else ():
            node = root
            for word in _WORD.findall(phrase):
                node = node.setdefault(word, {})
            node[""] = (kind, phrase in bare)
    return root


def find_headings(text: str) -> tuple[Heading, ...]:
    """Find the headings of a levelled text in its own order."""
    root = _paths()
    found = []
    for start in _START.finditer(text):
        word = _WORD.match(text, start.end())
        if word and (node := root.get(word[0])) and (heading := _read(text, word, node)):
            strong = start.end() == 0 or _AFTER_STOP.search(text, start.start(), start.end()) or text[start.start() - 1] in ".!?\n"
            if heading[1] or strong or text[start.start() - 1] != ",":
                found.append(heading[0])
    return tuple(found)


def _read(text: str, word: re.Match[str], node: dict[str, Any]) -> tuple[Heading, bool] | None:
    """Read the longest heading that starts with a word, if its sign or its sentence makes it one."""
    best, at = None, word.end()
    while True:
        if "" in node:
            kind, bare = node[""]
            signed = _SIGN.match(text, at) is not None
            if signed or (bare and text[at : at + 1] in " ,.;\n"):
                best = (Heading(word.start(), at, kind), signed)
        seam = _SEAM.match(text, at)
        step = _WORD.match(text, seam.end()) if seam else None
        if step is None or (node := node.get(step[0])) is None:  # type: ignore[assignment]
            return best
        at = step.end()
