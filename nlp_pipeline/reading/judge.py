"""The second look: is a candidate an intervention at all, and in which status?

A linear judgement over the words in and around a candidate, their meanings, and what the network saw. Everything that hangs
on a spelling is summed once per word type, so that judging is a handful of table look-ups.
"""

from collections.abc import Sequence
from zlib import crc32

import numpy as np
from scipy import sparse

from nlp_pipeline.reading.candidates import PLACES, REGIONS, Surroundings
from nlp_pipeline.reading.network import Weights, log_shares
from nlp_pipeline.reading.words import Floats, Ints, WordVectors, distinct, normal
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
        self._places = np.ascontiguousarray(weights["places"].transpose(1, 0, 2))  # what belongs to one word side by side

    def word_table(self, spellings: Sequence[str]) -> Floats:
        """Sum each spelling's weight in every place and region: (n, places + regions, verdicts)."""
        forms, which = distinct(map(normal, spellings))
        places = self._places[[*map(bucket_of, forms)]]
        regions = np.einsum("nd,rdv->nrv", self.vectors.table(forms), self.weights["regions"], optimize=True)
        table: Floats = np.concatenate([places, regions], axis=1, dtype=np.float32)
        return table[which]

    def verdicts(self, seen: Surroundings, types: Ints, table: Floats) -> Floats:
        """Give log-probabilities of the verdicts on each candidate: (candidates, VERDICTS)."""
        count, kinds = len(seen.found), len(PLACES) + len(REGIONS)
        assert table.shape[1] == kinds
        stretches = [*seen.places(), *seen.regions()]
        sizes = [len(each.owners) for each in stretches]
        owners, tokens = (np.concatenate([getattr(each, name) for each in stretches]) for name in ("owners", "tokens"))
        shares = [1 / each.counts(count)[each.owners] for each in stretches[len(PLACES) :]]  # a region's words have a mean, a place's a sum
        values = np.concatenate([np.ones(sum(sizes[: len(PLACES)]), np.float32), *shares])
        rows = types[tokens].astype(np.int64) * kinds + np.repeat(np.arange(kinds), sizes)
        told = sparse.coo_array((values, (owners, rows)), shape=(count, len(table) * kinds)) @ table.reshape(-1, VERDICTS)
        return log_shares(self.weights["bias"] + seen.figures() @ self.weights["figures"] + told)
