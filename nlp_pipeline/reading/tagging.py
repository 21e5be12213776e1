"""What the trained networks say of each word: the fast one alone, or the fast one and the encoder together."""

from collections.abc import Callable, Sequence

import numpy as np

from nlp_pipeline.reading.batch import TokenBatch
from nlp_pipeline.reading.encoder import Encoder
from nlp_pipeline.reading.network import OFFSETS, Network
from nlp_pipeline.reading.words import Floats


class Tagging:
    """A network, and an encoder where the careful reader reads; two that were trained apart seldom err on the same word."""

    def __init__(self, network: Network, encoder: Encoder | None = None) -> None:
        self.network, self.encoder = network, encoder

    def derives(self) -> list[Callable[[Sequence[str]], Floats]]:
        """List what word types must know, in the order in which `read` wants the tables."""
        return [self._first_layer, *([self.encoder.rows] if self.encoder else [])]

    def _first_layer(self, spellings: Sequence[str]) -> Floats:
        return self.network.first_layer(spellings).reshape(len(spellings), OFFSETS * self.network.width)

    def read(self, batch: TokenBatch, tables: Sequence[Floats]) -> tuple[Floats, Floats | None]:
        """Tag a batch: log-probabilities of spans, states and evidence (the mean of both), and the encoder's vectors if there is one."""
        shares = self.network.run(batch, tables[0])
        if self.encoder is None:
            return shares, None
        heard, hidden = self.encoder.read(batch, tables[1])
        shares += heard
        shares *= np.float32(0.5)
        return shares, hidden
