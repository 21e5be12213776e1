"""The second look: is a candidate an intervention at all, and in which status?

A linear judgement over the words in and around a candidate, their meanings, and what the network saw. Everything that hangs
on a spelling is summed once per word type, so that judging is a handful of table look-ups.
"""

from collections.abc import Sequence
from zlib import crc32

import numpy as np

from nlp_pipeline.reading.candidates import PLACES, REGIONS, Surroundings
from nlp_pipeline.reading.network import Weights, log_shares
from nlp_pipeline.reading.words import Floats, Ints, WordVectors, normal
from nlp_pipeline.records.facts import STATUSES

BUCKETS = 1 << 14
VERDICTS = 1 + len(STATUSES)  # no intervention, then the statuses in their order


def bucket_of(word: str) -> int:
    """Hash a word, as `normal` writes it, into the judge's vocabulary."""
    return crc32(word.encode()) % BUCKETS


class Judge:
    """Trained weights of the second look; `weights` holds places, regions, figures and bias, each with a column a verdict."""

    def __init__(self, weights: Weights, vectors: WordVectors) -> None:
        self.weights, self.vectors = weights, vectors

    def word_table(self, spellings: Sequence[str]) -> Floats:
        """Sum each spelling's weight in every place and region: (n, places + regions, verdicts)."""
        normals = [normal(each) for each in spellings]
        buckets = np.array([bucket_of(each) for each in normals], np.int32)
        places = self.weights["places"][:, buckets].transpose(1, 0, 2)
        regions = np.einsum("nd,rdv->nrv", self.vectors.table(normals), self.weights["regions"], optimize=True)
        table: Floats = np.concatenate([places, regions], axis=1)
        return table.astype(np.float32)

    def verdicts(self, seen: Surroundings, types: Ints, table: Floats) -> Floats:
        """Give log-probabilities of the verdicts on each candidate: (candidates, VERDICTS)."""
        count = len(seen.found)
        scores = np.repeat(self.weights["bias"][None], count, axis=0) + seen.figures() @ self.weights["figures"]
        for place, stretch in enumerate(seen.places()):
            scores += stretch.sums(table[types[stretch.tokens], place], count)
        for region, stretch in enumerate(seen.regions(), len(PLACES)):
            scores += stretch.sums(table[types[stretch.tokens], region], count) / stretch.counts(count)[:, None]
        assert table.shape[1] == len(PLACES) + len(REGIONS)
        return log_shares(scores)
