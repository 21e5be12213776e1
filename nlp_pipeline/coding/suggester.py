"""One code for each intervention, with the words that decided: weights times features, nothing else."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from nlp_pipeline.coding.features import SETTLED, Columns, Observed, Observer
from nlp_pipeline.coding.words import PhraseTree, split
from nlp_pipeline.records.facts import Facts
from nlp_pipeline.records.note import Note
from nlp_pipeline.records.suggestion import Contribution, Suggestion

BATCH = 256  # notes to one matrix
_DECISIVE = 25.0  # log-odds of a settled header: beyond what words add up to
_SHOWN = 8  # contributions named one by one; the others are added up in one

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class CoderPart:
    """What a model pack holds for coding. `weights` has a row a column of the features, a column a code; `targets` are the codes decided by purpose.

    `settled` codes are those that a header decides by house policy, whatever stands below it.
    """

    columns: Columns
    weights: Floats
    bias: Floats
    codes: tuple[str, ...]
    targets: tuple[str, ...]
    settled: tuple[str, ...]
    phrases: Mapping[str, Mapping[str, float]]
    reasons: Mapping[str, str]
    temperature: float
    review_below: float


def _with_settled(part: CoderPart) -> tuple[Floats, Columns]:
    """Add a row for each settled code, heavy enough that its header decides; it adds up with the others like any weight."""
    settled = [code for code in part.settled if code in part.codes]
    rows = np.zeros((len(settled), len(part.codes)), np.float32)
    rows[range(len(settled)), [part.codes.index(code) for code in settled]] = _DECISIVE
    size = len(part.weights)
    return np.concatenate([part.weights.astype(np.float32), rows]), {**part.columns, SETTLED: {code: size + k for k, code in enumerate(settled)}}


class CodeSuggester:
    """Weighs each intervention and says which code its documentation supports."""

    def __init__(self, part: CoderPart) -> None:
        self.part = part
        self._weights, columns = _with_settled(part)
        self._observer = Observer(columns)
        self._phrases = PhraseTree((phrase.split(" "), shares) for phrase, shares in part.phrases.items())
        self._targets = np.array([part.codes.index(code) for code in part.targets])

    def suggest(self, facts: Iterable[Facts]) -> Iterator[tuple[Facts, tuple[Suggestion, ...]]]:
        """Give each note's facts back with one suggestion for each of its interventions; a batch of notes is one matrix."""
        stream = iter(facts)
        while batch := list(islice(stream, BATCH)):
            observed = [self.observe(each) for each in batch]
            scores = iter(self.scores([one for several in observed for one in several]))
            for each, several in zip(batch, observed, strict=True):
                yield each, tuple(self._suggestion(each, place, one, next(scores)) for place, one in enumerate(several))

    def observe(self, facts: Facts) -> list[Observed]:
        """List the features of one note's interventions."""
        if not facts.interventions:
            return []
        return self._observer.observe(split(facts.note.text), facts.interventions, facts.blocks, self._phrases)

    def scores(self, observed: Sequence[Observed]) -> Floats:
        """Score interventions: (interventions, codes), before calibration."""
        sizes = np.array([len(one.columns) for one in observed], np.intp)
        columns = np.fromiter((column for one in observed for column in one.columns), np.intp, int(sizes.sum()))
        values = np.fromiter((value for one in observed for value in one.values), np.float32, int(sizes.sum()))
        totals = np.repeat(self.part.bias[None], len(observed), axis=0)
        filled = np.flatnonzero(sizes)
        if len(filled):
            begins = (np.cumsum(sizes) - sizes)[filled]
            totals[filled] += np.add.reduceat(self._weights[columns] * values[:, None], begins, axis=0)
        return totals

    def _suggestion(self, facts: Facts, place: int, one: Observed, scores: Floats) -> Suggestion:
        part = self.part
        best, second = (int(k) for k in np.argsort(-scores)[:2])
        code = part.codes[best]
        chances = np.exp((scores - scores[best]) / part.temperature)
        confidence = float(chances[best] / chances.sum())
        probabilities = None
        if code in part.targets:
            among = chances[self._targets] / chances[self._targets].sum()
            probabilities = {each: float(share) for each, share in zip(part.targets, among, strict=True)}
            confidence = probabilities[code]
        shown = self._contributions(facts.note, one, best, second)
        stated = facts.interventions[place].stated_code
        review = confidence < part.review_below or (stated is not None and stated != code and stated in part.targets)
        intercept = float(part.bias[best]) - float(part.bias[second])
        margin = intercept + sum(each.weight for each in shown)
        return Suggestion(code, confidence, probabilities, review, self._reason(code, shown), shown, intercept, margin)

    def _contributions(self, note: Note, one: Observed, best: int, second: int) -> tuple[Contribution, ...]:
        """Add weights up word by word; beyond the strongest, one entry holds the rest, on the stretch they stand on."""
        if not one.columns:
            return ()
        weights = self._weights[one.columns]
        differences = (weights[:, best].astype(float) - weights[:, second]) * np.array(one.values)
        by_place: dict[tuple[int, int], float] = {}
        for place, difference in zip(one.places, differences.tolist(), strict=True):
            by_place[place] = by_place.get(place, 0.0) + difference
        ranked = sorted(by_place.items(), key=lambda item: (-abs(item[1]), item[0]))
        rest = ranked[_SHOWN:]
        shown = [*ranked[:_SHOWN]]
        if rest:
            shown.append(((min(place[0] for place, _ in rest), max(place[1] for place, _ in rest)), sum(weight for _, weight in rest)))
        codes = self.part.codes
        return tuple(Contribution(note.span(*place), codes[best] if weight >= 0 else codes[second], weight) for place, weight in shown)

    def _reason(self, code: str, shown: Sequence[Contribution]) -> str:
        words = [each.span.text for each in shown[:_SHOWN] if each.toward == code and each.weight > 0][:3]
        told = self.part.reasons.get(code, "the closest of the known services")
        return f"{told}: {', '.join(repr(word) for word in words)}" if words else told
