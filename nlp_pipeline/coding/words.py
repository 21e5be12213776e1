"""The words of a note as the coder sees them, and the known phrases among them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_WORD = re.compile(r"[\r\n]\s*|[^\W\d_]+|\d+|[^\w\s]|_")
_STOPS = frozenset(".!?")
_END = ""


@dataclass(frozen=True, slots=True)
class Words:
    """A note's words in lower case, with offsets, and the number of the sentence that each stands in."""

    words: Sequence[str]
    starts: Sequence[int]
    ends: Sequence[int]
    sentences: Sequence[int]


def split(text: str) -> Words:
    """Cut a text into runs of letters, runs of digits and single signs; a line break is one word.

    >>> split("SLS on foam, 2x30s.").words
    ['sls', 'on', 'foam', ',', '2', 'x', '30', 's', '.']
    """
    words, starts, ends, sentences = [], [], [], []
    sentence, stopped = 0, False
    for found in _WORD.finditer(text):
        word = found.group()
        if stopped and (word[0].isupper() or word[0].isdigit()):
            sentence += 1
        broken = word[0] in "\r\n"
        words.append("<line>" if broken else word.lower())
        starts.append(found.start())
        ends.append(found.end())
        sentences.append(sentence)
        sentence += broken
        stopped = word in _STOPS
    return Words(words, starts, ends, sentences)


class PhraseTree:
    """Known phrases, and the share of each code among those who listed them."""

    def __init__(self, phrases: Iterable[tuple[Sequence[str], Mapping[str, float]]]) -> None:
        self._tree: dict[str, Any] = {}
        for words, shares in phrases:
            node = self._tree
            for word in words:
                node = node.setdefault(word, {})
            node[_END] = shares

    def longest(self, words: Sequence[str], begin: int, end: int) -> tuple[int, int, Mapping[str, float]] | None:
        """Find the longest known phrase between two positions; the first of equals. A single sign or letter is none."""
        best: tuple[int, int, Mapping[str, float]] | None = None
        for start in range(begin, end):
            node, at = self._tree, start
            while at < end and (deeper := node.get(words[at])) is not None:
                node, at = deeper, at + 1
                if _END in node and (best is None or at - start > best[1] - best[0]) and (at - start > 1 or len(words[start]) > 1):
                    best = (start, at, node[_END])
        return best
