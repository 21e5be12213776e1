"""One code for each intervention, with the words that decided: weights times features, nothing else."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlp_pipeline.coding.features import SETTLED, Columns
from nlp_pipeline.coding.observer import Observer
from nlp_pipeline.coding.weighing import SHOWN, Scales, Weighed
from nlp_pipeline.coding.words import PhraseTree, Places
from nlp_pipeline.records.facts import Facts
from nlp_pipeline.records.note import Span
from nlp_pipeline.records.suggestion import Contribution, Suggestion

BATCH = 256  # notes to one matrix
_DECISIVE = 25.0  # log-odds of a settled header: beyond what words add up to
DIGITS = 6  # of a weight or a chance; weights add up as they are written

Floats = NDArray[np.float32]
Judged = tuple[int, int, float, list[float]]  # the best code and the second, the chance of the best, chances of the targets
Shown = Sequence[tuple[int, int, float]]  # offsets into the note, and the weight as it is written


@dataclass(frozen=True, slots=True)
class CoderPart:
    """What a model pack holds for coding. `weights` has a row a column of the features, a column a code; `targets` are the codes decided by purpose.

    `settled` codes are those that a header decides by house policy, whatever stands below it. `sets` holds the coverage that prediction
    sets promise, the thresholds that keep it and what was measured; a pack made without them gives no sets.
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
    sets: Mapping[str, Any] | None = None


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
        weights, columns = _with_settled(part)
        self._scales = Scales(weights)
        self._observer = Observer(columns, PhraseTree((phrase.split(" "), shares) for phrase, shares in part.phrases.items()))
        apart = part.bias[:, None].astype(np.float64) - part.bias
        self._intercepts: list[list[float]] = np.round(apart, DIGITS).tolist()
        self._targets = np.array([part.codes.index(code) for code in part.targets])

    def suggest(self, facts: Iterable[Facts]) -> Iterator[tuple[Facts, tuple[Suggestion, ...]]]:
        """Give each note's facts back with one suggestion for each of its interventions; a batch of notes is one matrix."""
        stream = iter(facts)
        while batch := list(islice(stream, BATCH)):
            suggestions = self._suggestions(batch)
            for each in batch:
                yield each, tuple(islice(suggestions, len(each.interventions)))

    def _suggestions(self, batch: Sequence[Facts]) -> Iterator[Suggestion]:
        """Suggest a code for each intervention of a batch, in order."""
        asked = [note for note, facts in enumerate(batch) for _ in facts.interventions]  # the note of each
        if not asked:
            return
        observed = self._observer.observe(batch)
        scores = np.repeat(self.part.bias[None], len(asked), axis=0)
        scores[observed.look.owners] = self._scales.scores(observed, self.part.bias)
        ranked = np.argsort(-scores, axis=1)[:, :2]
        owners = observed.look.owners
        weighed = self._scales.differences(observed, *ranked[owners].T)
        notes = np.array(asked, np.int64)
        shown: list[Shown] = [()] * len(asked)
        for owner, each in zip(owners.tolist(), _told(weighed, observed.row.bases[notes[owners]]), strict=True):
            shown[owner] = each
        for note, chances, best, told in zip(asked, self._chances(scores, ranked), ranked.tolist(), shown, strict=True):
            yield self._suggestion(batch[note].note.text, (*best, *chances), told)

    def _chances(self, scores: Floats, ranked: NDArray[np.intp]) -> list[tuple[float, list[float]]]:
        """Give each intervention's chance of its best code among all, and the chances of the target codes among themselves."""
        best = np.take_along_axis(scores, ranked[:, :1], axis=1)
        chances = np.exp((scores - best) / np.float32(self.part.temperature))
        among = scores[:, self._targets]
        among = np.exp((among - among.max(axis=1, keepdims=True)) / np.float32(self.part.temperature))
        among /= among.sum(axis=1, keepdims=True)
        return [*zip((1 / chances.sum(axis=1)).tolist(), among.tolist(), strict=True)]

    def _suggestion(self, text: str, judged: Judged, shown: Shown) -> Suggestion:
        part, (best, second, chance, among) = self.part, judged
        code, other = part.codes[best], part.codes[second]
        probabilities = dict(zip(part.targets, among, strict=True)) if code in part.targets else None
        confidence = probabilities[code] if probabilities else chance
        review = confidence < part.review_below
        contributions = tuple([Contribution(Span(start, end, text[start:end]), code if weight >= 0 else other, weight) for start, end, weight in shown])
        intercept = self._intercepts[best][second]
        margin = round(intercept + sum([weight for _, _, weight in shown]), DIGITS)
        reason = self._reason(code, [each.span.text for each in contributions[:SHOWN] if each.weight > 0 and _is_word(each.span.text)])
        return Suggestion(code, confidence, probabilities, review, reason, contributions, intercept, margin)

    def _reason(self, code: str, words: Sequence[str]) -> str:
        told = self.part.reasons.get(code, "the closest of the known services")
        return f"{told}: {', '.join(map(repr, words[:3]))}" if words else told


def _told(weighed: Weighed, bases: Places) -> Iterator[Shown]:
    """List what was weighed, intervention by intervention, as offsets into the own text, which begins at its base."""
    starts, ends = (weighed.starts - bases[:, None]).tolist(), (weighed.ends - bases[:, None]).tolist()
    for named, *entries in zip(weighed.named.tolist(), starts, ends, np.round(weighed.weights, DIGITS).tolist(), strict=True):
        yield [*zip(*entries, strict=True)][:named]


def _is_word(text: str) -> bool:
    """Say whether a stretch tells a reader anything: signs, numbers and single letters weigh, but do not explain."""
    return sum(map(str.isalpha, text)) > 1
