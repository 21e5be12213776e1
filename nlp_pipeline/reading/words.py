"""Tokens and word types: what the reader knows of a word before it looks at its neighbours.

A type is a token's exact spelling. Everything that depends on the spelling alone is worked out once per type, not once per token.
A text is cut in two ways that agree to the character: by spaCy's tokenizer, for a pipeline of spaCy's, and by one pattern, for many texts at once.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokenizer import Tokenizer

Ints = NDArray[np.int32]
Floats = NDArray[np.float32]

AFFIXES = 4  # first two and three letters, last two and three
AFFIX_BUCKETS = 4096
_SORTS = tuple(map(crc32, (b"2", b"p", b"e", b"s")))  # the affix's sort is hashed before its letters
SHAPES = 12
LINE_END = "<line>"  # how a line break is written as a word; two or more breaks are <gap>
GAP = "<gap>"
LONGEST_PIECE = 24  # letters of the longest word piece worth looking for
BLANK, BREAK, STOP, CAPITAL, NUMBER = 1, 2, 4, 8, 16  # marks of a spelling: what sentences are cut by, and numbers in digits
_CACHED_CHUNKS = 1_000_000  # spaCy's tokenizer keeps what it has split before

# Letters, digits and signs part wherever they meet: "15min", "SLS/tandem" and "sit-to-stand" are read piece by piece.
_PIECE = re.compile(r"(?:[^\W\d_]+|\d+|[^\w\s]|_) ?|\s+")  # a word with the blank behind it, as spaCy keeps it, or a run of blanks
_SEAM = re.compile(r"(?<=[^\W\d_])(?=[\d\W_])|(?<=\d)(?=[^\d])|(?<=[^\w\s]|_)(?=\S)")
_SAME = str.maketrans({"’": "'", "‘": "'", "′": "'", "ʹ": "'", "″": '"', "“": '"', "”": '"', "–": "-", "—": "-", "−": "-", "×": "x"})
_ROOM = 1024  # spellings that a table holds before it grows
_MOST_CUT = 20_000  # words whose pieces are kept at hand
_LARGEST_DAY = 31  # numbers up to here keep their value; larger ones keep their length


def blank_english() -> "Language":
    """Build the spaCy pipeline's root: English without special cases, so that the tokenizer's cache holds for every text."""
    from spacy.attrs import IS_SPACE  # half a second: what reads texts by our own cut does without
    from spacy.lang.en import English

    nlp = English(create_tokenizer=_tokenizer)
    vocab: Any = nlp.vocab
    vocab.lex_attr_getters = {IS_SPACE: str.isspace}  # all else that spaCy would work out for a new word is never asked for
    return nlp


def _tokenizer(nlp: "Language") -> "Tokenizer":
    from spacy.tokenizer import Tokenizer

    tokenizer = Tokenizer(nlp.vocab, infix_finditer=_SEAM.finditer)
    tokenizer.max_cache_size = _CACHED_CHUNKS
    return tokenizer


def cut(text: str) -> list[str]:
    """Cut a text into its tokens, each with the blank behind it; joined they are the text again.

    >>> cut("SLS 3x30s, held  it")
    ['SLS ', '3', 'x', '30', 's', ', ', 'held ', ' ', 'it']
    """
    return _PIECE.findall(text)


def normal(token: str) -> str:
    r"""Write a token the way the vocabulary does: lower case, one form of each quote and dash, large numbers by their length.

    >>> normal("Foam"), normal("15"), normal("120"), normal("\n\n")
    ('foam', '15', '<3 digits>', '<gap>')
    """
    if token.isalpha() and token.isascii():
        return token.lower()
    if token.isspace():
        return GAP if token.count("\n") + token.count("\r") // 2 > 1 else LINE_END
    if token.isdecimal():
        return token if len(token) < 3 and int(token) <= _LARGEST_DAY else f"<{min(len(token), 5)} digits>"
    return same_signs(token)


def same_signs(token: str) -> str:
    """Write a token in lower case with one form of each quote and dash."""
    return token.lower().translate(_SAME)


def distinct(words: Iterable[str]) -> tuple[list[str], Ints]:
    """List words once each, in the order in which they come, and say of every one where it stands in the list.

    >>> distinct(["foam", "mat", "foam"])[0]
    ['foam', 'mat']
    """
    places: dict[str, int] = {}
    which = [places.setdefault(word, len(places)) for word in words]
    return [*places], np.array(which, np.int32)


def marks_of(token: str) -> int:
    """Say whether a token is a blank, breaks the line, may end a sentence, may begin one, or is a number."""
    if token.isspace():
        return BREAK if "\n" in token or "\r" in token else BLANK
    if token.isdecimal():
        return CAPITAL | NUMBER
    return (STOP if token in {".", "!", "?"} else 0) | (CAPITAL if token[0].isupper() else 0)


def shape_of(token: str) -> int:
    """Give the number of a token's shape: breaks, digits by length, lower, upper, title, mixed, sign."""
    if token.isspace():
        return 0
    if token.isdecimal():
        return min(len(token), 4)
    if not token.isalpha():
        return 10
    if token.islower():
        return 5
    if token.isupper():
        return 6 if len(token) > 1 else 7
    return 8 if token[0].isupper() and token[1:].islower() else 9


@dataclass(frozen=True, slots=True)
class WordVectors:
    """Meanings of word pieces, made once from a small sentence encoder (training/vectors/README.md); a word is the mean of its pieces."""

    pieces: Mapping[str, int]
    vectors: Floats
    _cut: dict[str, list[int]] = field(default_factory=dict, repr=False, compare=False)

    def pieces_of(self, word: str) -> list[int]:
        """Cut a lower-case word into its longest known pieces, once for all that ask; unknown signs give no piece."""
        found = self._cut.get(word)
        if found is None:
            if len(self._cut) >= _MOST_CUT:
                self._cut.clear()
            found = self._cut[word] = self._pieces_of(word)
        return found

    def _pieces_of(self, word: str) -> list[int]:
        """Cut greedily from the left; later pieces bear the prefix "##"."""
        found: list[int] = []
        start, prefix = 0, ""
        while start < len(word):
            end = min(len(word), start + LONGEST_PIECE)
            while end > start and (piece := self.pieces.get(prefix + word[start:end])) is None:
                end -= 1
            if end == start or piece is None:
                return []
            found.append(piece)
            start, prefix = end, "##"
        return found

    def of(self, word: str) -> Floats:
        """Give a word's vector, zeros where nothing is known of it."""
        vector: Floats = self.table([word])[0]
        return vector

    def table(self, words: Sequence[str]) -> Floats:
        """Give the vectors of words, a row each."""
        found = [[] if word.startswith("<") and len(word) > 1 else self.pieces_of(word) for word in words]
        counts = np.array([*map(len, found)], np.int64)
        table = np.zeros((len(words), self.vectors.shape[1]), np.float32)
        for place in range(int(counts.max(initial=0))):  # piece by piece, so that sums are the same however many words come together
            held = np.flatnonzero(counts > place)
            table[held] += self.vectors[[found[word][place] for word in held.tolist()]]
        table /= np.maximum(counts, 1)[:, None].astype(np.float32)
        return table


def affixes_of(word: str) -> tuple[int, int, int, int]:
    """Hash a word's beginnings and ends into buckets."""
    parts = (word[:2], word[:3], word[-2:], word[-3:])
    first, second, third, fourth = (crc32(part.encode(), sort) % AFFIX_BUCKETS for part, sort in zip(parts, _SORTS, strict=True))
    return first, second, third, fourth


class _Numbers(dict[str, int]):
    """Numbers for pieces of text in the order in which they are met; `fresh` keeps those not yet learned."""

    def __init__(self) -> None:
        super().__init__()
        self.fresh: list[str] = []

    def __missing__(self, piece: str) -> int:
        number = self[piece] = len(self)
        self.fresh.append(piece)
        return number


class WordTypes:
    """Every spelling met so far, numbered; what is derived from a spelling grows along in tables.

    Each of `derives` takes the new spellings and gives one row for each, so that a network's first layer is a look-up.
    `marks` says of each type what `marks_of` says of its spelling.
    """

    def __init__(self, *derives: Callable[[Sequence[str]], Floats]) -> None:
        self._derives = derives
        self._pieces, self._numbers = _Numbers(), dict[str, int]()
        self._of_pieces: Ints = np.zeros((_ROOM, 3), np.int32)  # of each piece: its word's number, its length without and with the blank behind it
        self.normals: list[str] = []
        self.marks: NDArray[np.uint8] = np.zeros(_ROOM, np.uint8)
        self._among: dict[frozenset[str], tuple[int, NDArray[np.bool_]]] = {}
        self.tables: list[Floats] = [np.zeros((_ROOM, *derive([]).shape[1:]), np.float32) for derive in derives]

    @property
    def rows(self) -> Floats:
        """Give the first table."""
        return self.tables[0]

    def number(self, pieces: Sequence[str]) -> Ints:
        """Give for each piece of text its word's number and its length without and with the blank behind it; what was not met before is learned first."""
        found = np.fromiter(map(self._pieces.__getitem__, pieces), np.int64, len(pieces))
        if self._pieces.fresh:
            self._learn_pieces(self._pieces.fresh)
            self._pieces.fresh = []
        return self._of_pieces[found]

    def among(self, words: frozenset[str]) -> NDArray[np.bool_]:
        """Say of each type whether its word is one of some words; asked again, only the types learned since are looked at."""
        looked, flags = self._among.get(words, (0, np.zeros(_ROOM, bool)))
        size = len(self.normals)
        if looked < size:
            flags = _with_room(flags, looked, size)
            flags[looked:size] = [word in words for word in self.normals[looked:]]
            self._among[words] = size, flags
        return flags

    def _learn_pieces(self, fresh: Sequence[str]) -> None:
        words = [piece[:-1] if piece[-1] == " " and not piece.isspace() else piece for piece in fresh]
        new = [word for word in dict.fromkeys(words) if word not in self._numbers]
        self._numbers.update(zip(new, range(len(self.normals), len(self.normals) + len(new)), strict=True))
        last = len(self._pieces)
        first = last - len(fresh)
        self._of_pieces = _with_room(self._of_pieces, first, last)
        self._of_pieces[first:last] = [(self._numbers[word], len(word), len(piece)) for word, piece in zip(words, fresh, strict=True)]
        if new:
            self._learn(new)

    def _learn(self, spellings: Sequence[str]) -> None:
        first = len(self.normals)
        self.normals.extend(map(normal, spellings))
        last = len(self.normals)
        self.marks = _with_room(self.marks, first, last)
        self.marks[first:last] = [*map(marks_of, spellings)]
        for place, derive in enumerate(self._derives):
            self.tables[place] = _with_room(self.tables[place], first, last)
            self.tables[place][first:last] = derive(spellings)


def _with_room(table: NDArray[Any], used: int, needed: int) -> NDArray[Any]:
    """Give the table itself, or one twice as large where it is full."""
    if needed <= len(table):
        return table
    larger = np.zeros((2 * needed, *table.shape[1:]), table.dtype)
    larger[:used] = table[:used]
    return larger
