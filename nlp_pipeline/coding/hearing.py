"""What the careful reader hears about codes, on the scale of the coder's own weights."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlp_pipeline.records.facts import Facts, Intervention

Floats = NDArray[np.float32]


class Hearing:
    """Adds a share of what was heard to the coder's scores; `told` is the pack's: the codes that are heard (the last for all others) and the share."""

    def __init__(self, told: Mapping[str, Any], codes: Sequence[str]) -> None:
        heard = list(told["codes"])
        self.share = float(told["share"])
        self.columns = places_of(heard, codes)
        self._places = self.columns.tolist()

    def scores(self, batch: Sequence[Facts]) -> Floats:
        """Give what is added to the score of each code, for each intervention of a batch; nothing where nothing was heard."""
        rows = [self._of(each) for facts in batch for each in facts.interventions]
        return np.array(rows, np.float32).reshape(len(rows), len(self._places))

    def _of(self, intervention: Intervention) -> list[float]:
        if not intervention.heard:
            return [0.0] * len(self._places)
        total = [sum(weights) * self.share for weights in zip(*(each.weights for each in intervention.heard), strict=True)]
        return [total[place] for place in self._places]

    def contributions(self, intervention: Intervention, best: int, second: int) -> list[tuple[int, int, float]]:
        """List what each stretch adds to one code over another, as offsets; an empty stretch is the note as a whole."""
        one, other = self._places[best], self._places[second]
        return [(each.span.start, each.span.end, (each.weights[one] - each.weights[other]) * self.share) for each in intervention.heard]


def places_of(heard: Sequence[str], codes: Sequence[str]) -> NDArray[np.intp]:
    """Find for each of the coder's codes its place among those that are heard, the last for those that are not."""
    return np.array([heard.index(code) if code in heard else len(heard) - 1 for code in codes], np.intp)
