"""Which codes the right one is among, at a stated coverage: every code whose chance reaches the threshold of its group."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

OTHERS = "others"  # the group of all codes that have no threshold of their own


class PredictionSets:
    """Thresholds found in training on authors left out (docs/coding.md says how), and the sets that they make."""

    def __init__(self, told: Mapping[str, Any], codes: Sequence[str]) -> None:
        self.coverage = float(told["coverage"])
        least: Mapping[str, float] = told["thresholds"]
        self._codes = codes
        self._least = np.array([least.get(code, least[OTHERS]) for code in codes])

    def of(self, chances: NDArray[np.floating]) -> list[tuple[str, ...]]:
        """Give the set of each row of chances over all codes, the likeliest first; the likeliest is always in it."""
        held = chances >= self._least
        held |= chances >= chances.max(axis=1, keepdims=True)
        rows, columns = np.nonzero(held)
        order = np.lexsort((-chances[rows, columns], rows))
        ends = np.cumsum(held.sum(axis=1)).tolist()
        names = [self._codes[column] for column in columns[order].tolist()]
        return [tuple(names[start:end]) for start, end in zip([0, *ends], ends, strict=False)]
