"""Notes that no tokenizer cache and no model has seen: the corpus' lines in a new order, with new numbers, new names and new slips of the pen.

A round pairs the notes of each author by chance, every note in one pair, and weaves the lines of each pair into one note: words and layout
are real, the whole never stood anywhere, and **no line of the corpus comes twice in a round**. That last is what makes the measure honest. A tokenizer keeps
what it has split, so each text that comes back is cheaper than a new one, and a round that draws its lines with replacement flatters
spaCy's tokenizer three- to fourfold: in daily use a note is read once. Every number is drawn anew with as many digits, every pair of initials
becomes an invented surname, and one word in a hundred has two letters swapped. The seed is drawn at each run, so two runs share no text either;
give it again to repeat a run.
"""

import random
import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import count, zip_longest

from training.corpus import read_notes

SLIPS = 0.01

_NUMBER = re.compile(r"(?<![\w.])\d{1,3}(?!\d)")
_INITIALS = re.compile(r"\b[A-Z]\.\s?[A-Z]\.(?!\w)")
_WORD = re.compile(r"\b[a-z]{5,}\b")
_SYLLABLES = ("bar", "dor", "el", "fen", "gar", "hol", "in", "kas", "lor", "mar", "nor", "ost", "pel", "rin", "sa", "tor", "ul", "ver", "wen", "zim")


def fresh_notes(seed: int) -> list[str]:
    """Make one round of notes, in which each line of the corpus stands at most once; the same ones for the same seed."""
    chance = random.Random(seed)
    by_author = defaultdict(list)
    for note in read_notes():
        by_author[note.author].append(note.text)
    notes = []
    for _, texts in sorted(by_author.items()):
        chance.shuffle(texts)
        notes += [_woven(first, second) for first, second in zip(texts[::2], texts[1::2], strict=False)]
    chance.shuffle(notes)
    return [_varied(text, chance) for text in notes]


def endless_notes(seed: int) -> Iterator[str]:
    """Make round after round: words come again, as they do in a clinic's year, whole notes and numbers do not."""
    for number in count(seed):
        yield from fresh_notes(number)


def _woven(first: str, second: str) -> str:
    """Lay the lines of two notes one between the other."""
    pairs = zip_longest(first.splitlines(), second.splitlines())
    return "\n".join(line for pair in pairs for line in pair if line is not None)


def _varied(text: str, chance: random.Random) -> str:
    text = _NUMBER.sub(lambda found: _number_like(found[0], chance), text)
    text = _INITIALS.sub(lambda _: "".join(chance.sample(_SYLLABLES, 3)).capitalize(), text)
    return _WORD.sub(lambda found: _slipped(found[0], chance) if chance.random() < SLIPS else found[0], text)


def _number_like(digits: str, chance: random.Random) -> str:
    return str(chance.randint(10 ** (len(digits) - 1), 10 ** len(digits) - 1))


def _slipped(word: str, chance: random.Random) -> str:
    at = chance.randrange(len(word) - 1)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
