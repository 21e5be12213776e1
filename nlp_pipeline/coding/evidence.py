"""What was weighed becomes what a coder reads: neighbouring words side by side, signs and fillers in the rest, the header as one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from nlp_pipeline.coding.reasons import lexicon
from nlp_pipeline.coding.weighing import SHOWN
from nlp_pipeline.records.note import Span
from nlp_pipeline.records.suggestion import Contribution, ContributionKind

DIGITS = 6  # of a weight; weights add up as they are written

Weighed = tuple[int, int, float]  # offsets into the note, and the weight as it is written

_REMEMBERED = 50_000  # stretches that are known to tell something or not
_JOINING = frozenset({"-", "/", "'", "&", "+", "<", ">"})
_BETWEEN = frozenset({"", " ", "-", "/", "'"})  # what may stand between two words that are read as one


@dataclass(frozen=True, slots=True)
class Around:
    """Where the parts of an intervention stand in its note, and the two codes that are compared; what is not there has no length."""

    text: str
    own: tuple[int, int]
    purpose: tuple[int, int]
    header: tuple[int, int]
    code: str
    other: str

    def kind(self, start: int, end: int) -> ContributionKind:
        """Say what a stretch belongs to."""
        if self.header[0] <= start and end <= self.header[1]:
            return "header"
        if self.own[0] <= start and end <= self.own[1]:
            return "activity"
        return "purpose" if self.purpose[0] <= start and end <= self.purpose[1] else "context"


@dataclass(slots=True)
class _Group:
    """Words that are read as one: those that tell something, and the fillers between them."""

    start: int
    end: int
    weight: float
    kind: ContributionKind
    waiting: list[Weighed] = field(default_factory=list)  # fillers at the end, which count when a telling word follows

    def reach(self) -> int:
        """Give the place from which the next word would be a neighbour."""
        return self.waiting[-1][1] if self.waiting else self.end

    def take(self, end: int, weight: float) -> None:
        """Take in the next telling word, and the fillers before it."""
        self.weight += weight + sum([each[2] for each in self.waiting])
        self.waiting.clear()
        self.end = max(self.end, end)


def contributions_of(weighed: Sequence[Weighed], around: Around, heard: Sequence[Weighed] = ()) -> tuple[Contribution, ...]:
    """Group what was weighed, beside what was heard in whole stretches; the sum of all weights stays what it was. The strongest come first, the rest last."""
    rest = list(weighed[SHOWN:])
    kept = _groups(weighed[:SHOWN], around, rest) + [_Group(*each, "heard") for each in heard]
    kept.sort(key=_weight, reverse=True)
    if rest:
        kept.append(_Group(min([each[0] for each in rest]), max([each[1] for each in rest]), sum([each[2] for each in rest]), "rest"))
    return tuple([_contribution(each, around) for each in kept])


def _groups(weighed: Sequence[Weighed], around: Around, rest: list[Weighed]) -> list[_Group]:
    """Put neighbours of one kind and one side together; what tells nothing goes to the rest."""
    text, groups = around.text, []
    header: _Group | None = None
    last: _Group | None = None
    for each in sorted(weighed, key=_place):
        start, end, weight = each
        kind = around.kind(start, end)
        if kind == "header":
            header = header or _Group(*around.header, 0.0, kind)
            header.weight += weight
            continue
        told = is_told(text[start:end])
        near = last is not None and last.kind == kind and (last.weight < 0) == (weight < 0) and (start < last.end or text[last.reach() : start] in _BETWEEN)
        if near and last is not None and told:
            last.take(end, weight)
        elif near and last is not None and _joins(text[start:end]):
            last.waiting.append(each)
        elif told:
            last = _Group(start, end, weight, kind)
            groups.append(last)
        else:
            rest.append(each)
    for group in groups:
        rest += group.waiting
    return [header, *groups] if header else groups


@lru_cache(_REMEMBERED)
def is_told(text: str) -> bool:
    """Say whether a stretch tells a reader anything: signs, numbers, single letters and fillers weigh, but do not explain.

    >>> is_told("foam"), is_told("w/c"), is_told("to the"), is_told("3")
    (True, True, False, False)
    """
    words = text.casefold().split()
    return sum(map(str.isalpha, text)) > 1 and not all(word in lexicon().fillers for word in words)


def _joins(text: str) -> bool:
    """Say whether a stretch that tells nothing may stand inside words that are read as one."""
    return text in _JOINING or any(map(str.isalpha, text))


def _contribution(group: _Group, around: Around) -> Contribution:
    weight = round(group.weight, DIGITS)
    span = Span(group.start, group.end, around.text[group.start : group.end])
    return Contribution(span, around.code if weight >= 0 else around.other, weight, group.kind)


def _place(each: Weighed) -> tuple[int, int]:
    return each[0], -each[1]


def _weight(group: _Group) -> float:
    return abs(group.weight)
