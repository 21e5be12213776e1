"""The words of notes as the coder sees them, many texts in one row, and the known phrases among them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

LINE, COLON, STOP, CAPITAL, PURPOSE, BLANK = 1, 2, 4, 8, 16, 32  # marks of a spelling
MOST_SPELLINGS = 60_000  # more than this and the list of spellings starts afresh, so that memory does not grow with a run

_PIECE = re.compile(r"[\r\n]\s*|(?:[^\W\d_]+|\d+|[^\w\s]|_)[^\S\r\n]*|[^\S\r\n]+")  # a word with the blanks behind it; leaves nothing of a text out
_STOPS = frozenset(".!?")
_PURPOSE = frozenset(
    {
        *("to", "for", "so", "aimed", "aiming", "targeting", "emphasizing", "emphasising", "focusing", "focus", "promoting", "promote", "improve", "improving"),
        *("increase", "increasing", "facilitate", "facilitating", "address", "addressing", "challenge", "challenging"),
        *("restore", "restoring", "normalize", "normalise"),
    }
)
_END = ""

Places = NDArray[np.int64]


def split(text: str) -> list[str]:
    """Cut a text into runs of letters, runs of digits and single signs, in lower case; a line break is one word.

    >>> split("SLS on foam, 2x30s.")
    ['sls', 'on', 'foam', ',', '2', 'x', '30', 's', '.']
    """
    return [_word(piece) for piece in _PIECE.findall(text) if piece[0] in "\r\n" or not piece.isspace()]


def _word(piece: str) -> str:
    return "<line>" if piece[0] in "\r\n" else piece.rstrip().lower()


def _known(piece: str) -> tuple[int, int, int]:
    """Give the marks of a piece, and how many signs it has without and with the blanks behind its word."""
    if piece.isspace():
        return LINE if piece[0] in "\r\n" else BLANK, len(piece), len(piece)
    word = piece.rstrip()
    marks = (CAPITAL if word[0].isupper() or word[0].isdigit() else 0) | (COLON if word == ":" else 0)
    return marks | (STOP if word in _STOPS else 0) | (PURPOSE if word.lower() in _PURPOSE else 0), len(word), len(piece)


class _Numbers(dict[str, int]):
    """Numbers for pieces in the order in which they are met; `fresh` keeps those not yet learned."""

    def __init__(self) -> None:
        super().__init__()
        self.fresh: list[str] = []

    def __missing__(self, piece: str) -> int:
        number = self[piece] = len(self)
        self.fresh.append(piece)
        return number


class Spellings:
    """Every spelling met so far, numbered: the word that it stands for, the first spelling of that word, its marks, its size without and with blanks."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.first: Places = np.zeros(0, np.int64)
        self.marks: NDArray[np.uint8] = np.zeros(0, np.uint8)
        self.sizes: Places = np.zeros((0, 2), np.int64)
        self._numbers = _Numbers()
        self._first: dict[str, int] = {}

    def number(self, pieces: Sequence[str]) -> Places:
        """Give each piece the number of its spelling; what was not met before is learned first."""
        numbers = np.fromiter(map(self._numbers.__getitem__, pieces), np.int64, len(pieces))
        if self._numbers.fresh:
            self._learn(self._numbers.fresh)
            self._numbers.fresh = []
        return numbers

    def _learn(self, fresh: Sequence[str]) -> None:
        words = [*map(_word, fresh)]
        first = [self._first.setdefault(word, number) for number, word in enumerate(words, len(self.words))]
        known = np.array([*map(_known, fresh)], np.int64)
        self.first = np.concatenate([self.first, np.array(first, np.int64)])
        self.words.extend(words)
        self.marks = np.concatenate([self.marks, known[:, 0].astype(np.uint8)])
        self.sizes = np.concatenate([self.sizes, known[:, 1:]])


@dataclass(frozen=True, slots=True)
class WordRow:
    """The words of several texts, one after another.

    `starts` and `ends` are offsets into all texts laid end to end; `bases` is where each text begins there, `firsts` its first word,
    with one more entry for the end of the row. `low` and `high` bound the sentence that a word stands in.
    """

    spellings: Spellings
    types: Places
    starts: Places
    ends: Places
    bases: Places
    firsts: Places
    low: Places
    high: Places

    @classmethod
    def of(cls, texts: Sequence[str], spellings: Spellings) -> "WordRow":
        """Cut texts into words."""
        cut = [_PIECE.findall(text) for text in texts]
        pieces = [*chain.from_iterable(cut)]
        numbers = spellings.number(pieces)
        sizes = spellings.sizes[numbers]
        after = _sums([*map(len, cut)])
        starts = np.cumsum(sizes[:, 1]) - sizes[:, 1] + np.repeat(np.arange(len(texts)), np.diff(after))  # texts stand one sign apart
        kept = (spellings.marks[numbers] & BLANK) == 0
        bases = _sums([len(text) + 1 for text in texts])
        firsts = np.append(0, np.cumsum(kept))[after]
        types, starts = numbers[kept], starts[kept]
        return cls(spellings, types, starts, starts + sizes[kept, 0], bases, firsts, *_sentences(spellings.marks[types], firsts))

    def marked(self, mark: int) -> Places:
        """List the positions of the words that bear a mark."""
        return np.flatnonzero(self.spellings.marks[self.types] & mark)

    def word(self, at: int) -> str:
        """Give the word at a position."""
        number: int = self.types[at].item()
        return self.spellings.words[number]


def _sums(sizes: Sequence[int]) -> Places:
    return np.append(0, np.cumsum(np.array(sizes, np.int64)))


def _sentences(marks: NDArray[np.uint8], firsts: Places) -> tuple[Places, Places]:
    """Bound each word's sentence: one begins after a line break, with a capital after a full stop, and with a text."""
    begins = np.zeros(len(marks) + 1, bool)
    begins[firsts] = True
    if len(marks):
        begins[1:-1] |= ((marks[:-1] & LINE) > 0) | (((marks[:-1] & STOP) > 0) & ((marks[1:] & CAPITAL) > 0))
    edges = np.flatnonzero(begins)
    number = np.cumsum(begins[:-1]) - 1
    return edges[number], edges[np.minimum(number + 1, len(edges) - 1)]


class PhraseTree:
    """Known phrases, and the share of each code among those who listed them."""

    def __init__(self, phrases: Iterable[tuple[Sequence[str], Mapping[str, float]]]) -> None:
        self._tree: dict[str, Any] = {}
        for words, shares in phrases:
            node = self._tree
            for word in words:
                node = node.setdefault(word, {})
            node[_END] = shares

    def longest(self, words: Sequence[str]) -> tuple[int, int, Mapping[str, float]] | None:
        """Find the longest known phrase among words; the first of equals. A single sign or letter is none."""
        best: tuple[int, int, Mapping[str, float]] | None = None
        size, longest = len(words), 0
        for start in range(size):
            node, at = self._tree, start
            while at < size and (deeper := node.get(words[at])) is not None:
                node, at = deeper, at + 1
                if at - start > longest and _END in node and (at - start > 1 or len(words[start]) > 1):
                    best, longest = (start, at, node[_END]), at - start
        return best
