"""Known phrases: the longest one that begins at a word marks it and the words after it."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from nlp_pipeline.reading.words import Ints

CLASSES = 8  # the commonest services one by one, all others together, and no service at all
MARKS = 1 + 2 * CLASSES  # outside; first word and further words of each class
_END = " "  # the key under which a path of words keeps its class: no word is a blank


class Gazetteer:
    """A tree of phrases, word by word, with the class that each suggests."""

    def __init__(self, phrases: Iterable[tuple[Sequence[str], int]]) -> None:
        self._tree: dict[str, Any] = {}
        for words, kind in phrases:
            node = self._tree
            for word in words:
                node = node.setdefault(word, {})
            node.setdefault(_END, kind)
        self.openings = frozenset(self._tree)

    def tag(self, words: Sequence[str], openings: Sequence[int] | None = None) -> Ints:
        """Mark words of known phrases: 0 outside, 2k + 1 where one of class k begins, 2k + 2 where it goes on. An empty word parts phrases.

        `openings` are the places of words that open a phrase, where they are known already.
        """
        marks = np.zeros(len(words), np.int32)
        tree, size, free = self._tree, len(words), 0
        for at in [place for place, word in enumerate(words) if word in tree] if openings is None else openings:
            if at < free:
                continue
            node, end, kind, reach = tree[words[at]], at, -1, at + 1
            while True:
                if _END in node:
                    end, kind = reach, node[_END]
                if reach >= size or (node := node.get(words[reach])) is None:
                    break
                reach += 1
            if kind >= 0 and not (end - at == 1 and len(words[at]) == 1):
                marks[at] = 2 * kind + 1
                marks[at + 1 : end] = 2 * kind + 2
                free = end
        return marks
