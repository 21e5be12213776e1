"""Interventions become columns and values: look-ups by the number of a spelling, for all interventions of a batch at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from nlp_pipeline.coding.features import HEADER_ROLES, ONCE_ROLES, PAIR_ROLES, ROLES, WHOLE, WORD_ROLES, Columns, Look, letter_runs, look
from nlp_pipeline.coding.words import MOST_SPELLINGS, PhraseTree, Places, Spellings, WordRow
from nlp_pipeline.records.facts import Facts

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]
Stretch = tuple[int, int]  # offsets into the texts of a row

KNOWN, HEADER = -1, -2  # places that are no single word: the known phrase, the header


@dataclass(slots=True)
class Features:
    """Features side by side: whose each is, its column, its value, and the word it stands on (KNOWN and HEADER stand on their own spans)."""

    owners: Places
    columns: Places
    values: Floats
    places: Places

    @classmethod
    def of(cls, rows: Sequence[tuple[int, int, float, int]]) -> "Features":
        """Lay single features out."""
        table = np.array(rows, np.float64).reshape(len(rows), 4)
        return cls(table[:, 0].astype(np.int64), table[:, 1].astype(np.int64), table[:, 2], table[:, 3].astype(np.int64))

    @classmethod
    def joined(cls, parts: Sequence["Features"]) -> "Features":
        """Put features after one another."""
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in cls.__slots__))


@dataclass(frozen=True, slots=True)
class Observed:
    """Everything observed of a batch. `letters` are the columns of the letter runs of each word that `runs` counts; spans are offsets into the row's texts."""

    row: WordRow
    look: Look
    features: Features
    runs: Features
    letters: Sequence[tuple[int, ...]]
    known: Mapping[int, Stretch]
    headers: Mapping[int, Stretch]


class Observer:
    """Turns interventions into features; what the columns do not know is passed over."""

    def __init__(self, columns: Columns, phrases: PhraseTree) -> None:
        self.columns, self._phrases = columns, phrases
        self._pairs = _Pairs([columns[role] for role in PAIR_ROLES])
        self._start_afresh()

    def _start_afresh(self) -> None:
        self._spellings = Spellings()
        self._by_word: Ints = np.zeros((0, len(WORD_ROLES)), np.int32)
        self._letters: dict[str, tuple[int, ...]] = {}

    def observe(self, batch: Sequence[Facts]) -> Observed:
        """List the features of the interventions of notes."""
        if len(self._spellings.words) > MOST_SPELLINGS:
            self._start_afresh()
        row = WordRow.of([each.note.text for each in batch], self._spellings)
        self._learn(self._spellings.words[len(self._by_word) :])
        seen = look(row, [each.interventions for each in batch])
        own = _own_words(row, seen)
        known, phrases = self._known(row, seen, own)
        headers, under = self._headers(row, seen, own, _stated(row, seen, batch), known)
        runs, letters = self._runs(row, seen)
        features = Features.joined([self._words(row, seen), self._pairs_of(row, seen), phrases, under])
        return Observed(row, seen, features, runs, letters, known, headers)

    def _learn(self, words: Sequence[str]) -> None:
        if words:
            fresh = [[*(self.columns[role].get(word, -1) for word in words)] for role in WORD_ROLES]
            self._by_word = np.concatenate([self._by_word, np.array(fresh, np.int32).T])
            self._pairs.learn(words, len(self._by_word))

    def _words(self, row: WordRow, seen: Look) -> Features:
        stretches = [_between(*seen.ranges[role]) for role in WORD_ROLES]
        first = _first_in_sentence(row) if len(seen.owners) else np.zeros(0, bool)
        for place, role in enumerate(WORD_ROLES):
            if role in ONCE_ROLES:
                owners, words = stretches[place]
                once = first[words]
                stretches[place] = owners[once], words[once]
        sizes = [len(words) for _, words in stretches]
        owners, words = (np.concatenate(each) for each in zip(*stretches, strict=True))
        columns = self._by_word[row.types[words], np.repeat(np.arange(len(sizes)), sizes)]
        values = np.repeat([ROLES[role] for role in WORD_ROLES], sizes)
        return _held(owners, columns, values, words)

    def _pairs_of(self, row: WordRow, seen: Look) -> Features:
        parts = []
        for number, role in enumerate(PAIR_ROLES):
            owners, words = _between(*seen.ranges[role])
            columns = self._pairs.columns(row.types[words - 1], row.types[words], number)
            parts.append(_held(owners, columns, np.full(len(words), ROLES[role]), words))
        return Features.joined(parts)

    def _runs(self, row: WordRow, seen: Look) -> tuple[Features, list[tuple[int, ...]]]:
        owners, words = _between(*seen.ranges["inside"])
        kinds, which = np.unique(row.types[words], return_inverse=True)
        letters = [self._letters_of(row.spellings.words[kind]) for kind in kinds.tolist()]
        return _held(
            owners, np.where([bool(each) for each in letters], np.arange(len(letters)), -1)[which], np.full(len(words), ROLES["letters"]), words
        ), letters

    def _letters_of(self, word: str) -> tuple[int, ...]:
        known = self._letters.get(word)
        if known is None:
            columns = (self.columns["letters"].get(run) for run in letter_runs(word))
            known = self._letters[word] = tuple(column for column in columns if column is not None)
        return known

    def _known(self, row: WordRow, seen: Look, own: Sequence[Sequence[str]]) -> tuple[dict[int, Stretch], Features]:
        """Take the longest known phrase in each intervention, with the share of each code it was listed under."""
        columns, spans, found = self.columns["known"], {}, []
        for owner, (words, begin) in enumerate(zip(own, seen.begins.tolist(), strict=True)):
            phrase = self._phrases.longest(words)
            if phrase:
                first, last, shares = phrase
                weight = ROLES["known"] * (WHOLE if last - first == len(words) else 1)
                place = begin + first if last - first == 1 else KNOWN
                if place == KNOWN:
                    spans[owner] = int(row.starts[begin + first]), int(row.ends[begin + last - 1])
                found += [(owner, columns[code], share * weight, place) for code, share in shares.items() if code in columns]
        return spans, Features.of(found)

    def _headers(
        self, row: WordRow, seen: Look, own: Sequence[Sequence[str]], stated: Iterable[tuple[str | None, int, int]], known: Mapping[int, Stretch]
    ) -> tuple[dict[int, Stretch], Features]:
        """Take the header's code, alone and with each word; under a settled header the house policy decides."""
        spans, found, columns = {}, [], self.columns
        by_word = columns["header word"]
        filed = [(owner, code, start, end) for owner, (code, start, end) in enumerate(stated) if code]
        places = _single_words(row, [(start, end) for _, _, start, end in filed])
        begins = seen.begins.tolist()
        for (owner, code, start, end), at in zip(filed, places, strict=True):
            words, begin = own[owner], begins[owner]
            place = at if at >= 0 else KNOWN if known.get(owner) == (start, end) else HEADER
            spans[owner] = start, end
            found += [(owner, columns[role][code], ROLES[role], place) for role in HEADER_ROLES if code in columns[role]]
            keys = [f"{code} {word}" for word in words]
            found += [(owner, by_word[key], ROLES["header word"], at) for at, key in enumerate(keys, begin) if key in by_word]
        return spans, Features.of(found)


def _single_words(row: WordRow, spans: Sequence[Stretch]) -> list[int]:
    """Give the position of the word that each span is, -1 where a span is no single word."""
    wanted = np.array(spans, np.int64).reshape(len(spans), 2)
    at = np.minimum(np.searchsorted(row.starts, wanted[:, 0]), len(row.starts) - 1)
    places: list[int] = np.where((row.starts[at] == wanted[:, 0]) & (row.ends[at] == wanted[:, 1]), at, -1).tolist()
    return places


def _own_words(row: WordRow, seen: Look) -> list[list[str]]:
    """List the words of each intervention itself."""
    words, types = row.spellings.words, row.types.tolist()
    return [[words[kind] for kind in types[begin:end]] for begin, end in zip(seen.begins.tolist(), seen.ends.tolist(), strict=True)]


class _Pairs:
    """Columns of pairs of words, for each role, found by the numbers of their spellings."""

    def __init__(self, roles: Sequence[Mapping[str, int]]) -> None:
        pairs = [*dict.fromkeys(chain.from_iterable(roles))]
        self._vocabulary = {word: number for number, word in enumerate(dict.fromkeys(chain.from_iterable(pair.split(" ") for pair in pairs)))}
        keys = np.array([self._key(*pair.split(" ")) for pair in pairs], np.int64)
        order = np.argsort(keys)
        self._keys = np.append(keys[order], -1)  # the last is found where a pair is past all others
        self._columns = np.array([[*(role.get(pair, -1) for pair in pairs), -1] for role in roles], np.int64)[:, np.append(order, len(pairs))]
        self._numbers: Places = np.zeros(0, np.int64)

    def _key(self, one: str, other: str) -> int:
        return self._vocabulary[one] * len(self._vocabulary) + self._vocabulary[other]

    def learn(self, words: Sequence[str], size: int) -> None:
        """Take in the words of new spellings, the last of `size` in all."""
        fresh = np.array([self._vocabulary.get(word, -1) for word in words], np.int64)
        self._numbers = np.concatenate([self._numbers[: size - len(words)], fresh])

    def columns(self, before: Places, words: Places, role: int) -> Places:
        """Give the column of each pair of spellings in a role, -1 where it has none."""
        one, other = self._numbers[before], self._numbers[words]
        keys = np.where((one >= 0) & (other >= 0), one * len(self._vocabulary) + other, -2)
        at = np.searchsorted(self._keys[:-1], keys)
        return np.where(self._keys[at] == keys, self._columns[role, at], -1)


def _held(owners: Places, columns: NDArray[np.signedinteger], values: Floats, places: Places) -> Features:
    """Leave out what has no column."""
    held = np.flatnonzero(columns >= 0)
    return Features(owners[held], columns[held].astype(np.int64), values[held], places[held])


def _between(begins: Places, ends: Places) -> tuple[Places, Places]:
    """List each position of some ranges, with the number of the range that it belongs to."""
    lengths = np.maximum(ends - begins, 0)
    owners = np.repeat(np.arange(len(begins)), lengths)
    return owners, np.arange(len(owners)) + np.repeat(begins - np.cumsum(lengths) + lengths, lengths)


def _first_in_sentence(row: WordRow) -> NDArray[np.bool_]:
    """Say of each word whether it stands in its sentence for the first time, however it is spelt."""
    keys = row.low * len(row.spellings.words) + row.spellings.first[row.types]
    order = np.argsort(keys)
    begins = np.flatnonzero(np.diff(keys[order], prepend=-1))
    first = np.zeros(len(keys), bool)
    first[np.minimum.reduceat(order, begins)] = True
    return first


def _stated(row: WordRow, seen: Look, batch: Sequence[Facts]) -> Iterable[tuple[str | None, int, int]]:
    """Give the code that each intervention is filed under, and where its header stands."""
    stated: list[tuple[str | None, int, int]] = []
    for base, facts in zip(row.bases.tolist(), batch, strict=False):
        headers = {block.id: block.header for block in facts.blocks}
        for each in facts.interventions:
            header = headers.get(each.block or "")
            stated.append((each.stated_code, base + header.start, base + header.end) if each.stated_code and header else (None, 0, 0))
    return [stated[owner] for owner in seen.owners.tolist()]
