"""What the coder weighs about an intervention: its own words, the words around it, the purpose, the header, the known phrases.

Every feature rests on characters of the note, so that its weight can be shown where it stands. A feature that changes its
meaning needs a new FEATURES name: training takes features from here, and a pack with another name is refused.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from nlp_pipeline.coding.words import PhraseTree, Words
from nlp_pipeline.records.facts import Block, Intervention
from nlp_pipeline.records.note import Span

FEATURES = "facts.v1"

AFTER_WORDS = 14  # of the same sentence, up to the next intervention
BEFORE_WORDS = 6
PURPOSE_WORDS = 8  # that follow "to improve", "for", "in order to" …
LABEL_REACH = 60  # words back that the start of a line is looked for
LABEL_WORDS = 8  # from the start of a line to the colon of its label
LETTERS = (3, 4, 5)  # lengths of the letter runs that make unknown words comparable

ROLES: Mapping[str, float] = {
    "inside": 1.0, "pair": 1.0, "letters": 0.3, "first": 1.0, "last": 1.0, "after": 0.7, "after pair": 0.5, "purpose": 1.0, "before": 0.5,
    "just before": 1.0, "sentence": 0.3, "next": 0.15, "label": 0.7, "header": 1.0, "header word": 0.5, "known": 1.0, "settled": 1.0,
}  # fmt: skip
SETTLED = "settled"  # the role of headers that decide by house policy
_WHOLE = 1.5  # a known phrase that is all of the intervention counts more than one that is a part

_PURPOSE = frozenset(
    "to for so aimed aiming targeting emphasizing emphasising focusing focus promoting promote improve improving increase increasing facilitate facilitating"
    " address addressing challenge challenging restore restoring normalize normalise".split()
)  # fmt: skip

Columns = Mapping[str, Mapping[str, int]]  # role -> what was observed -> column of the weights


@dataclass(slots=True)
class Observed:
    """The features of one intervention: columns of the weights, values, and where in the note each stands."""

    columns: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    places: list[tuple[int, int]] = field(default_factory=list)


class Observer:
    """Turns interventions into features; what the columns do not know is passed over."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self._letters: dict[str, tuple[int, ...]] = {}

    def observe(self, words: Words, interventions: Sequence[Intervention], blocks: Sequence[Block], phrases: PhraseTree) -> list[Observed]:
        """List the features of each intervention of one note, in the order given."""
        order = sorted(range(len(interventions)), key=lambda k: interventions[k].span.start)
        headers = {block.id: block.header for block in blocks}
        found = [Observed() for _ in interventions]
        for place, k in enumerate(order):
            each = interventions[k]
            begin = max(0, bisect_right(words.starts, each.span.start) - 1)
            end = max(begin + 1, bisect_left(words.starts, each.span.end))
            if end > len(words.words):
                continue
            limit = bisect_left(words.starts, interventions[order[place + 1]].span.start) if place + 1 < len(order) else len(words.words)
            look = _Look(self, words, range(begin, end), found[k])
            look.inside()
            look.around(max(end, limit))
            look.label()
            look.known(phrases)
            if each.stated_code and each.block in headers:
                look.header(each.stated_code, headers[each.block])
        return found

    def letters(self, word: str) -> tuple[int, ...]:
        """Give the columns of a word's letter runs."""
        known = self._letters.get(word)
        if known is None:
            edged, columns = f"^{word}$", self.columns["letters"]
            runs = (columns.get(edged[at : at + length]) for length in LETTERS for at in range(len(edged) - length + 1))
            known = self._letters[word] = tuple(run for run in runs if run is not None)
        return known


class _Look:
    """One intervention among its neighbours, as positions in the note's words."""

    def __init__(self, observer: Observer, words: Words, own: range, into: Observed) -> None:
        self.observer, self.words, self.own, self.into = observer, words, own, into

    def _add(self, role: str, key: str, at: int) -> None:
        column = self.observer.columns[role].get(key)
        if column is not None:
            self.into.columns.append(column)
            self.into.values.append(ROLES[role])
            self.into.places.append((self.words.starts[at], self.words.ends[at]))

    def inside(self) -> None:
        """Take the intervention's own words, their pairs and letter runs."""
        words, into = self.words.words, self.into
        for at in self.own:
            word = words[at]
            self._add("inside", word, at)
            if len(word) > 3 and word.isalpha():
                runs = self.observer.letters(word)
                into.columns.extend(runs)
                into.values.extend([ROLES["letters"]] * len(runs))
                into.places.extend([(self.words.starts[at], self.words.ends[at])] * len(runs))
        for at in self.own[1:]:
            self._add("pair", f"{words[at - 1]} {words[at]}", at)
        self._add("first", words[self.own.start], self.own.start)
        self._add("last", words[self.own.stop - 1], self.own.stop - 1)

    def around(self, limit: int) -> None:
        """Take the words before and after, the purpose, the sentence and the next one."""
        words, sentences = self.words.words, self.words.sentences
        begin, end = self.own.start, self.own.stop
        low, high = bisect_left(sentences, sentences[begin]), bisect_right(sentences, sentences[begin])
        stop = max(end, min(limit, high, end + AFTER_WORDS))
        for at in range(end, stop):
            self._add("after", words[at], at)
        for at in range(end + 1, stop):
            self._add("after pair", f"{words[at - 1]} {words[at]}", at)
        cue = next((at for at in range(end, stop) if words[at] in _PURPOSE), stop)
        for at in range(cue + 1, min(stop, cue + 1 + PURPOSE_WORDS)):
            self._add("purpose", words[at], at)
        for at in range(max(low, begin - BEFORE_WORDS), begin):
            self._add("before", words[at], at)
        if begin > low:
            self._add("just before", words[begin - 1], begin - 1)
        self._once("sentence", low, high)
        if high < len(words):
            self._once("next", high, bisect_right(sentences, sentences[high]))

    def _once(self, role: str, low: int, high: int) -> None:
        words = self.words.words
        for word, at in {words[at]: at for at in range(high - 1, low - 1, -1)}.items():
            self._add(role, word, at)

    def label(self) -> None:
        """Take the words before the first colon of the line ("Tactile: finger paint")."""
        words, begin = self.words.words, self.own.start
        line = next((at for at in range(begin - 1, max(-1, begin - LABEL_REACH), -1) if words[at] == "<line>"), -1)
        colon = next((at for at in range(line + 1, min(begin, line + LABEL_WORDS)) if words[at] == ":"), None)
        for at in range(line + 1, colon if colon is not None else 0):
            self._add("label", words[at], at)

    def known(self, phrases: PhraseTree) -> None:
        """Take the longest known phrase among the words, with the share of each code it was listed under."""
        found = phrases.longest(self.words.words, self.own.start, self.own.stop)
        if found:
            first, last, shares = found
            weight = ROLES["known"] * (_WHOLE if last - first == len(self.own) else 1)
            for code, share in shares.items():
                column = self.observer.columns["known"].get(code)
                if column is not None:
                    self.into.columns.append(column)
                    self.into.values.append(share * weight)
                    self.into.places.append((self.words.starts[first], self.words.ends[last - 1]))

    def header(self, code: str, header: Span) -> None:
        """Take the header's code, alone and with each word; under a settled header the house policy decides."""
        for role in ("header", SETTLED):
            column = self.observer.columns[role].get(code)
            if column is not None:
                self.into.columns.append(column)
                self.into.values.append(ROLES[role])
                self.into.places.append((header.start, header.end))
        for at in self.own:
            self._add("header word", f"{code} {self.words.words[at]}", at)
