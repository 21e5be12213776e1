"""Read the headings that name no service: the plan, the goals, the home programme, the tally of minutes."""

import re
from functools import cache
from typing import Any, NamedTuple

from nlp_pipeline.reading.lexicon import read_lexicon

_WORD = re.compile(r"[a-z]+")
_SEAM = re.compile(r"[ /_'\-]{1,2}(?=[a-z])")
_BEFORE = re.compile(r"(?:\A|[\n|;]|(?P<weak>,)[ ]|[.!?)\]/\"][ ]|[ ]{2})[ <>*#+=~\-\"'\[\](){}_]{0,10}(?:(?:\d{1,2}|[a-d])[.)\]][ ]{1,2})?\Z")
_SIGN = re.compile(r"(?:[ ]?(?:\([^()\n]{0,30}\))?[ ]*[:=|\"]|[ ]+-|-[ ]|[.)/][ ]|[.][\n]|/(?![a-z]))|[ .]*(?:\n|\Z)")
_SIGNED_LATER = re.compile(r"[:=]")
_LOOK_BACK, _LONGEST = 16, 60


class Heading(NamedTuple):
    """A heading that is no service, and the kind of what stands under it."""

    start: int
    end: int
    kind: str


@cache
def heading_paths() -> dict[str, Any]:
    """Grow the tree of heading words; the empty word holds the kind, and whether the heading needs no sign."""
    table = read_lexicon("headings")
    bare = frozenset(table["bare"])
    root: dict[str, Any] = {}
    for kind, phrases in table.items():
        for phrase in phrases if kind not in ("bare", "source") else ():
            node = root
            for word in _WORD.findall(phrase):
                node = node.setdefault(word, {})
            node[""] = (kind, phrase in bare)
    return root


def heading_at(text: str, start: int, end: int, node: dict[str, Any]) -> Heading | None:
    """Read the longest heading that starts with the word from `start` to `end`, if its place and its sign or sentence make it one."""
    if text.startswith(", ", start - 2) and start > 1 and not _SIGNED_LATER.search(text, end, end + _LONGEST):
        return None  # the commonest case: a clause of a sentence
    place = None
    if text[start - 1 : start] != "\n":
        place = _BEFORE.search(text, max(0, start - _LOOK_BACK), start)
        if place is None:
            return None
    weak = place is not None and place["weak"] is not None
    best, at = None, end
    while True:
        if "" in node:
            kind, bare = node[""]
            signed = _SIGN.match(text, at) is not None
            if (signed and not weak) or (signed and text[at : at + 1] in (":", "=")) or (bare and not weak and text[at : at + 1] in " ,.;\n"):
                best = Heading(start, at, kind)
        seam = _SEAM.match(text, at)
        word = _WORD.match(text, seam.end()) if seam else None
        if word is None or word[0] not in node:
            return best
        node, at = node[word[0]], word.end()
