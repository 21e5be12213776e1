"""One code for each intervention, with the words that decided: weights times features, nothing else."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlp_pipeline.coding.counterfactual import Counterfactuals
from nlp_pipeline.coding.evidence import DIGITS, Around, contributions_of
from nlp_pipeline.coding.evidence import Weighed as Shown
from nlp_pipeline.coding.features import SETTLED, Columns
from nlp_pipeline.coding.hearing import Hearing
from nlp_pipeline.coding.observer import Observed, Observer
from nlp_pipeline.coding.prediction_set import PredictionSets
from nlp_pipeline.coding.reasons import reason_of
from nlp_pipeline.coding.review import intervention_reasons
from nlp_pipeline.coding.weighing import Scales, Weighed
from nlp_pipeline.coding.words import PhraseTree, Places
from nlp_pipeline.records.facts import Facts, Intervention
from nlp_pipeline.records.suggestion import Suggestion

BATCH = 256  # notes to one matrix
_DECISIVE = 25.0  # log-odds of a settled header: beyond what words add up to

Floats = NDArray[np.float32]
Listen = Callable[[Sequence[Facts]], Sequence[Facts]]
Stretch = tuple[int, int]  # offsets into the note
NOWHERE: Stretch = (0, 0)


@dataclass(frozen=True, slots=True)
class _Judged:
    """What is known of one intervention when its suggestion is written: its two best codes, chances, and what was weighed."""

    best: int
    second: int
    chance: float
    among: list[float]
    held: tuple[str, ...] | None
    shown: Sequence[Shown]
    purpose: Stretch


@dataclass(frozen=True, slots=True)
class CoderPart:
    """What a model pack holds for coding. `weights` has a row a column of the features, a column a code; `targets` are the codes decided by purpose.

    `settled` codes are those that a header decides by house policy, whatever stands below it. `sets` holds the coverage that prediction
    sets promise, the thresholds that keep it and what was measured; a pack made without them gives no sets. `heard` holds the codes that the careful
    reader hears, the share of it that counts, and the temperature and sets that hold with it.
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
    heard: Mapping[str, Any] | None = None


def _with_settled(part: CoderPart) -> tuple[Floats, Columns]:
    """Add a row for each settled code, heavy enough that its header decides; it adds up with the others like any weight."""
    settled = [code for code in part.settled if code in part.codes]
    rows = np.zeros((len(settled), len(part.codes)), np.float32)
    rows[range(len(settled)), [part.codes.index(code) for code in settled]] = _DECISIVE
    size = len(part.weights)
    return np.concatenate([part.weights.astype(np.float32), rows]), {**part.columns, SETTLED: {code: size + k for k, code in enumerate(settled)}}


class CodeSuggester:
    """Weighs each intervention and says which code its documentation supports.

    With `listen`, which hears again what the careful reader heard once words have changed, what it hears counts too.
    """

    def __init__(self, part: CoderPart, listen: Listen | None = None) -> None:
        self.part, self._listen = part, listen
        self._hearing = Hearing(part.heard, part.codes) if listen and part.heard else None
        calibration: Mapping[str, Any] = part.heard if self._hearing and part.heard else {"temperature": part.temperature, "sets": part.sets}
        self.temperature = np.float32(calibration["temperature"])
        sets = calibration["sets"]
        weights, columns = _with_settled(part)
        self._scales = Scales(weights)
        self._observer = Observer(columns, PhraseTree((phrase.split(" "), shares) for phrase, shares in part.phrases.items()))
        apart = part.bias[:, None].astype(np.float64) - part.bias
        self._intercepts: list[list[float]] = np.round(apart, DIGITS).tolist()
        self._targets = np.array([part.codes.index(code) for code in part.targets])
        self._sets = PredictionSets(sets, part.codes) if sets else None
        self._counterfactuals = Counterfactuals(self._scores, part.codes)

    def suggest(self, facts: Iterable[Facts], *, counterfactuals: bool = False) -> Iterator[tuple[Facts, tuple[Suggestion, ...]]]:
        """Give each note's facts back with one suggestion for each of its interventions; a batch of notes is one matrix.

        With `counterfactuals` each performed one also says which small fact would change its code; that takes several times as long.
        """
        stream = iter(facts)
        while batch := list(islice(stream, BATCH)):
            suggestions = iter(self._suggestions(batch, counterfactuals=counterfactuals))
            for each in batch:
                yield each, tuple(islice(suggestions, len(each.interventions)))

    def _suggestions(self, batch: Sequence[Facts], *, counterfactuals: bool) -> list[Suggestion]:
        """Suggest a code for each intervention of a batch, in order."""
        asked = [(facts, one) for facts in batch for one in facts.interventions]
        if not asked:
            return []
        observed, scores = self._observed(batch)
        given = [self._suggestion(*each, judged) for each, judged in zip(asked, self._judged(batch, observed, scores), strict=True)]
        if not counterfactuals:
            return given
        found = self._counterfactuals.of(batch, given, scores)
        return [replace(each, counterfactual=one) if one else each for each, one in zip(given, found, strict=True)]

    def _observed(self, batch: Sequence[Facts]) -> tuple[Observed, Floats]:
        """Observe a batch, and score each of its interventions for each code."""
        observed = self._observer.observe(batch)
        scores = np.repeat(self.part.bias[None], sum(len(facts.interventions) for facts in batch), axis=0)
        scores[observed.look.owners] = self._scales.scores(observed, self.part.bias)
        if self._hearing:
            scores += self._hearing.scores(batch)
        return observed, scores

    def _scores(self, batch: Sequence[Facts]) -> Floats:
        batch = self._listen(batch) if self._listen else batch
        parts = [self._observed(batch[start : start + BATCH])[1] for start in range(0, len(batch), BATCH)]
        return np.concatenate(parts)

    def _judged(self, batch: Sequence[Facts], observed: Observed, scores: Floats) -> Iterator[_Judged]:
        """Say of each intervention what its suggestion is written from."""
        owners = observed.look.owners
        ranked = np.argsort(-scores, axis=1)[:, :2]
        weighed = self._scales.differences(observed, *ranked[owners].T)
        notes = np.repeat(np.arange(len(batch)), [len(facts.interventions) for facts in batch])
        bases = observed.row.bases[notes[owners]]
        shown: list[Sequence[Shown]] = [()] * len(scores)
        purposes = [NOWHERE] * len(scores)
        for owner, each, purpose in zip(owners.tolist(), _told(weighed, bases), _purposes(observed, bases), strict=True):
            shown[owner], purposes[owner] = each, purpose
        chances = self._chances(scores, ranked)
        held = self._sets.of(chances) if self._sets else [None] * len(scores)
        best = np.take_along_axis(chances, ranked[:, :1], axis=1)[:, 0].tolist()
        return map(_Judged, *ranked.T.tolist(), best, self._among(scores), held, shown, purposes)

    def _chances(self, scores: Floats, ranked: NDArray[np.intp]) -> Floats:
        """Give each intervention's chances of all codes."""
        best = np.take_along_axis(scores, ranked[:, :1], axis=1)
        chances: Floats = np.exp((scores - best) / self.temperature)
        chances /= chances.sum(axis=1, keepdims=True)
        return chances

    def _among(self, scores: Floats) -> list[list[float]]:
        """Give each intervention's chances of the target codes among themselves."""
        among = scores[:, self._targets]
        among = np.exp((among - among.max(axis=1, keepdims=True)) / self.temperature)
        among /= among.sum(axis=1, keepdims=True)
        told: list[list[float]] = among.tolist()
        return told

    def _suggestion(self, facts: Facts, intervention: Intervention, judged: _Judged) -> Suggestion:
        part, best, second = self.part, judged.best, judged.second
        code, other, span = part.codes[best], part.codes[second], intervention.span
        probabilities = dict(zip(part.targets, judged.among, strict=True)) if code in part.targets else None
        confidence = probabilities[code] if probabilities else judged.chance
        around = Around(facts.note.text, (span.start, span.end), judged.purpose, _header(facts, intervention), code, other)
        heard = self._hearing.contributions(intervention, best, second) if self._hearing else []
        contributions = contributions_of(judged.shown, around, heard)
        intercept = self._intercepts[best][second]
        reasons = intervention_reasons(intervention, code, unsure=confidence < part.review_below, target=probabilities is not None)
        done = intervention.status == "performed"
        return Suggestion(
            code, confidence, probabilities, bool(reasons), reason_of(contributions, part.reasons.get(code)), contributions, intercept,
            round(intercept + sum([each.weight for each in contributions]), DIGITS), None, other, reasons,
            judged.held if done else None, self._sets.coverage if done and self._sets else None,
        )  # fmt: skip


def _header(facts: Facts, intervention: Intervention) -> Stretch:
    """Give the place of the header that an intervention is filed under."""
    if intervention.block is not None:
        for block in facts.blocks:
            if block.id == intervention.block:
                return block.header.start, block.header.end
    return NOWHERE


def _purposes(observed: Observed, bases: Places) -> list[Stretch]:
    """Give the place of the purpose stated after each intervention that was looked at."""
    begins, ends = observed.look.ranges["purpose"]
    last = len(observed.row.types) - 1
    starts = np.where(begins < ends, observed.row.starts[np.minimum(begins, last)] - bases, 0).tolist()
    stops = np.where(begins < ends, observed.row.ends[np.clip(ends - 1, 0, last)] - bases, 0).tolist()
    return [*zip(starts, stops, strict=True)]


def _told(weighed: Weighed, bases: Places) -> Iterator[Sequence[Shown]]:
    """List what was weighed, intervention by intervention, as offsets into the own text, which begins at its base."""
    starts, ends = (weighed.starts - bases[:, None]).tolist(), (weighed.ends - bases[:, None]).tolist()
    for named, *entries in zip(weighed.named.tolist(), starts, ends, np.round(weighed.weights, DIGITS).tolist(), strict=True):
        yield [*zip(*entries, strict=True)][:named]
