"""The smallest documented fact that would change a code: sums propose it, the coder itself confirms it, and nothing else is told."""

import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import combinations, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlp_pipeline.coding.edits import Edit, edited
from nlp_pipeline.coding.evidence import is_told
from nlp_pipeline.coding.reasons import lexicon
from nlp_pipeline.records.facts import Facts, Intervention
from nlp_pipeline.records.note import Note, Span
from nlp_pipeline.records.suggestion import Counterfactual, Suggestion

Floats = NDArray[np.float32]
Score = Callable[[Sequence[Facts]], Floats]  # a row for each intervention of the notes, a column a code

MOST_FACTS = 3  # that are left out together
TRIED_FIRST = 2  # candidates of each intervention that are run before the others are needed
_STRONGEST = 4  # facts that are combined
_NEARLY = 0.8  # share of the margin from which a sum may flip the code; words left out take their neighbourhoods along
_CLEARLY = 0.02  # log-odds by which the other code must win, so that no rounding decides
_CARRIER = "activity"  # an activity that tells nothing, on which purposes are weighed


@dataclass(frozen=True, slots=True)
class Purpose:
    """A plain purpose that may be tried in a note; `words` are set in after the activity."""

    name: str
    code: str
    says: str
    words: str


@dataclass(frozen=True, slots=True)
class Wording:
    """Questions by what is asked about, and the purposes that may be tried."""

    questions: dict[str, str]
    purposes: tuple[Purpose, ...]


@dataclass(frozen=True, slots=True)
class _Candidate:
    question: str
    without: tuple[Span, ...] = ()
    purpose: Purpose | None = None


@dataclass(frozen=True, slots=True)
class _Asked:
    """One intervention whose code a fact is looked for: its note, its place in it, its suggestion, its scores."""

    facts: Facts
    place: int
    suggestion: Suggestion
    scores: Floats

    @property
    def own(self) -> Intervention:
        return self.facts.interventions[self.place]


@cache
def wording() -> Wording:
    """Read counterfactuals.toml."""
    told: dict[str, Any] = tomllib.loads(resources.files("nlp_pipeline.coding").joinpath("counterfactuals.toml").read_text("utf-8"))
    return Wording(told["questions"], tuple(Purpose(**each) for each in told["purposes"]))


class Counterfactuals:
    """Finds counterfactuals with a coder's own scores."""

    def __init__(self, score: Score, codes: Sequence[str]) -> None:
        self._score, self._codes = score, codes
        self._gains: list[Floats] | None = None

    def of(self, batch: Sequence[Facts], suggestions: Sequence[Suggestion], scores: Floats) -> list[Counterfactual | None]:
        """Give one for each intervention of a batch, or None where no small fact changes the code; only what was performed is asked about."""
        asked = [(facts, place) for facts in batch for place in range(len(facts.interventions))]
        found: list[Counterfactual | None] = [None] * len(asked)
        waiting = {}
        for number, ((facts, place), suggestion) in enumerate(zip(asked, suggestions, strict=True)):
            if facts.interventions[place].status == "performed":
                each = _Asked(facts, place, suggestion, scores[number])
                waiting[number] = each, self._candidates(each)
        for reach in (slice(TRIED_FIRST), slice(TRIED_FIRST, None)):
            tried = [(number, each, candidate) for number, (each, candidates) in waiting.items() if not found[number] for candidate in candidates[reach]]
            for (number, _, candidate), code in zip(tried, self._codes_of([(each, candidate) for _, each, candidate in tried]), strict=True):
                if code and not found[number]:
                    found[number] = _told(candidate, code)
        return found

    def _codes_of(self, tried: Sequence[tuple[_Asked, _Candidate]]) -> Iterator[str | None]:
        """Run each candidate through the coder, all as one batch: the code that it gives, or None where that is no other."""
        notes = [edited(each.facts, _edit_of(each, candidate)) for each, candidate in tried]
        if not notes:
            return
        scores = self._score(notes)
        first = 0
        for (each, _), facts in zip(tried, notes, strict=True):
            row = scores[first + each.place]
            first += len(facts.interventions)
            best = int(row.argmax())
            yield self._codes[best] if row[best] - row[self._codes.index(each.suggestion.code)] > _CLEARLY else None

    def _candidates(self, each: _Asked) -> list[_Candidate]:
        """List what may change the code, by the sums alone: one fact before two, what is written before what is not."""
        margin, questions = each.suggestion.margin, wording().questions
        facts = _facts_of(each)
        single = [_Candidate(questions["without"], (span,)) for span, weight in facts if weight >= _NEARLY * margin]
        several: list[_Candidate] = []
        for size in range(2, MOST_FACTS + 1):
            groups = [group for group in combinations(facts[:_STRONGEST], size) if _apart(group) and sum(weight for _, weight in group) >= _NEARLY * margin]
            groups.sort(key=lambda group: -sum(weight for _, weight in group))
            several += [_Candidate(questions["without"], tuple(sorted((span for span, _ in group), key=_start))) for group in groups[:2]]
        header = [
            _Candidate(questions["header"], (part.span,)) for part in each.suggestion.contributions if part.kind == "header" and part.weight >= _NEARLY * margin
        ]
        kept = [candidate for candidate in single[:2] if _leaves_something(each, candidate)]
        late = [candidate for candidate in several if _leaves_something(each, candidate)]
        return [*kept, *self._purposes(each, facts), *late, *header]

    def _purposes(self, each: _Asked, facts: Sequence[tuple[Span, float]]) -> list[_Candidate]:
        """Try purposes of other codes: beside the activity where none is stated, else in place of the one that is."""
        if each.suggestion.probabilities is None:
            return []
        stated = [part for part in each.suggestion.contributions if part.kind == "purpose" and part.weight > 0]
        without = tuple(span for span, _ in facts if any(span.start <= part.span.start < span.end for part in stated))[:MOST_FACTS]
        lost = sum(part.weight for part in stated if any(span.start <= part.span.start < span.end for span in without))
        if stated and not without:
            return []
        current, found = self._codes.index(each.suggestion.code), []
        for purpose, gain in zip(wording().purposes, self._purpose_gains(), strict=True):
            scores = each.scores + gain
            rival = self._codes.index(purpose.code) if purpose.code in self._codes else current
            lead = float(scores[rival] - scores[current]) + lost
            if rival != current and lead > 0:
                found.append((lead, _Candidate(wording().questions["in_place" if without else "purpose"], tuple(sorted(without, key=_start)), purpose)))
        found.sort(key=lambda pair: -pair[0])
        return [candidate for _, candidate in found[:2] if _leaves_something(each, candidate)]

    def _purpose_gains(self) -> list[Floats]:
        """Weigh each purpose once, on an activity that tells nothing."""
        if self._gains is None:
            own = Intervention(Span(0, len(_CARRIER), _CARRIER), "performed", 1.0)
            plain = Facts(Note("", _CARRIER), interventions=(own,))
            edits = [Edit((), len(_CARRIER), purpose.words) for purpose in wording().purposes]
            scores = self._score([plain, *(edited(plain, edit) for edit in edits)])
            self._gains = list(scores[1:] - scores[0])
        return self._gains


def _facts_of(each: _Asked) -> list[tuple[Span, float]]:
    """List the stretches that speak for the code and could be left out, the strongest first, each with the words that lead it in."""
    others = [other.span for place, other in enumerate(each.facts.interventions) if place != each.place]
    others += [block.header for block in each.facts.blocks]
    found = []
    for part in each.suggestion.contributions:
        if part.weight > 0 and part.kind in ("activity", "purpose", "context"):
            span = _with_leads(each, part.span)
            if not any(span.start < other.end and other.start < span.end for other in others):
                found.append((span, part.weight))
    return found


def _with_leads(each: _Asked, span: Span) -> Span:
    """Reach back over the words that lead a fact in ("on foam"), on one line and not into another part of the sentence."""
    note, own = each.facts.note, each.own.span
    low = own.start if span.start >= own.start else 0
    low = own.end if span.start >= own.end else low
    start = span.start
    while start > low:
        before = note.text[low:start]
        word = before.rstrip(" ").rpartition(" ")[2]
        size = len(before) - len(before.rstrip(" ")) + len(word)
        if not before.endswith(" ") or word.casefold() not in lexicon().leads or start - size <= own.start < span.start:
            break
        start -= size
    return note.span(start, span.end)


def _apart(group: Sequence[tuple[Span, float]]) -> bool:
    spans = sorted((span for span, _ in group), key=_start)
    return all(one.end <= other.start for one, other in pairwise(spans))


def _leaves_something(each: _Asked, candidate: _Candidate) -> bool:
    """Say whether an activity is left to be coded."""
    own, text = each.own.span, each.facts.note.text
    left = [text[at] if not any(span.start <= at < span.end for span in candidate.without) else " " for at in range(own.start, own.end)]
    return is_told("".join(left))


def _edit_of(each: _Asked, candidate: _Candidate) -> Edit:
    without = tuple((span.start, span.end) for span in candidate.without)
    return Edit(without, each.own.span.end, candidate.purpose.words) if candidate.purpose else Edit(without)


def _told(candidate: _Candidate, code: str) -> Counterfactual:
    words = " and ".join(f"“{' '.join(span.text.split())}”" for span in candidate.without)
    purpose = candidate.purpose
    question = candidate.question.format(words=words, code=code, purpose=purpose.says if purpose else "")
    return Counterfactual(question, code, candidate.without, purpose.name if purpose else None)


def _start(span: Span) -> int:
    return span.start
