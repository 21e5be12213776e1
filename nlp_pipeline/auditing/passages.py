"""A note in passages: sentences and lines as words, with keys that are the same for the same words, and fingerprints that are near for near ones."""

import re
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import NamedTuple

from rapidfuzz.distance import LCSseq
from rensa import RMinHash

SEED = 20_260_101  # of every fingerprint; the same for every run, so that runs can be compared
KEY_BYTES = 8
_WORD = re.compile(r"[^\W_]+(?:[./:'-][^\W_]+)*")
_PASSAGE = re.compile(r"[^\s](?:[^\n.;!?]+|[.;!?](?!\s))*")


class Passage(NamedTuple):
    """A sentence or a line: where it stands, its words in small letters, and a key that passages of the same words share."""

    start: int
    end: int
    words: tuple[str, ...]
    key: int


def passages_of(text: str, fewest: int = 1) -> Iterator[Passage]:
    r"""Cut a text at line ends and sentence ends; passages of fewer words are left out.

    >>> [each.words for each in passages_of("SLS on foam. Tolerated well,\nBBS 45/56", 2)]
    [('sls', 'on', 'foam'), ('tolerated', 'well'), ('bbs', '45/56')]
    """
    small = text.lower()
    in_place = len(small) == len(text)  # a few letters become two when small, and every place after them another
    for found in _PASSAGE.finditer(text):
        words = tuple(_WORD.findall(small, *found.span()) if in_place else map(str.lower, _WORD.findall(found[0])))
        if len(words) >= fewest:
            yield Passage(found.start(), found.end(), words, key_of(words))


def key_of(words: Iterable[str]) -> int:
    """Give words a number that is the same in every run."""
    return int.from_bytes(blake2b(" ".join(words).encode("utf-8", "surrogatepass"), digest_size=KEY_BYTES).digest(), "little", signed=True)


def word_places(text: str, passage: Passage) -> list[tuple[int, int]]:
    """Give the places of a passage's words in the text."""
    return [found.span() for found in _WORD.finditer(text, passage.start, passage.end)]


def fingerprint(words: Sequence[str], run: int, permutations: int, rows: int) -> list[int]:
    """Give the bands of a MinHash over runs of words: two texts that share a band are worth aligning."""
    minhash = RMinHash(num_perm=permutations, seed=SEED)
    minhash.update(list(map(" ".join, zip(*(words[at:] for at in range(run)), strict=False))))
    digest = minhash.digest()
    bands = zip(range(permutations // rows), *(digest[at::rows] for at in range(rows)), strict=True)
    return list(map(hash, bands))  # hashes of whole numbers: the same in every run


def runs_in_common(words: Sequence[object], others: Sequence[object], fewest: int) -> list[tuple[int, int]]:
    """Align two texts word by word, and give the stretches of the first that stand in the other in the same order, each of `fewest` words or more.

    >>> runs_in_common("a b c d x e f".split(), "a b c d e f".split(), 3)
    [(0, 4)]
    """
    return [(each.src_start, each.src_end) for each in LCSseq.opcodes(words, others) if each.tag == "equal" and each.src_end - each.src_start >= fewest]


def merged(places: Iterable[tuple[int, int]], text: str) -> list[tuple[int, int]]:
    """Join places with nothing but space and points between them."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if joined and (start <= joined[-1][1] or not any(map(str.isalnum, text[joined[-1][1] : start]))):
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined
