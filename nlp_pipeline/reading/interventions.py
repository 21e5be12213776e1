"""The trained component of the spaCy pipeline: interventions with their status, and documentation evidence, as span groups."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc, Span, SpanGroup

from nlp_pipeline.reading.batch import TokenBatch, token_batch
from nlp_pipeline.reading.candidates import Cut, Surroundings, find_candidates
from nlp_pipeline.reading.gazetteer import Gazetteer
from nlp_pipeline.reading.judge import VERDICTS, Judge
from nlp_pipeline.reading.network import EVIDENCE, OFFSETS, Network, Vocabulary
from nlp_pipeline.reading.words import BREAK, Floats, WordTypes, WordVectors
from nlp_pipeline.records.facts import ELEMENTS, STATUSES

BATCH = 256  # notes tagged at once
INTERVENTIONS, EVIDENCE_GROUP = "interventions", "evidence"

Parts = Mapping[str, Any]  # the reading part of a model pack, as training publishes it


class InterventionFinder:
    """Finds interventions in two looks: a network proposes stretches, a linear judge settles what they are."""

    def __init__(self, parts: Parts) -> None:
        vectors = WordVectors({piece: k for k, piece in enumerate(parts["pieces"])}, parts["vectors"].astype(np.float32) * np.float32(parts["scale"]))
        network = {name: each.astype(np.float32) for name, each in parts["network"].items()}
        self.network = Network(network, Vocabulary({word: k + 1 for k, word in enumerate(parts["words"])}, vectors))
        self.judge = Judge({name: each.astype(np.float32) for name, each in parts["judge"].items()}, vectors)
        self.gazetteer = Gazetteer((phrase.split(" "), kind) for phrase, kind in parts["gazetteer"])
        self.cut = Cut(**parts["cut"])
        self.leaning, self.evidence_leaning = float(parts["leaning"]), float(parts["evidence_leaning"])
        self._against = np.array([self.leaning] + [0.0] * (VERDICTS - 1), np.float32)  # taken off "no intervention"
        self.types = WordTypes(self._first_layer, self.judge.word_table)

    def _first_layer(self, spellings: Sequence[str]) -> Floats:
        return self.network.first_layer(spellings).reshape(len(spellings), OFFSETS * self.network.width)

    def __call__(self, doc: Doc) -> Doc:
        """Read one doc."""
        return next(self.pipe([doc]))

    def pipe(self, stream: Iterable[Doc], batch_size: int = BATCH) -> Iterator[Doc]:
        """Read docs batch by batch; each leaves with span groups "interventions" and "evidence"."""
        docs = iter(stream)
        while batch := list(islice(docs, batch_size)):
            self._read(batch)
            yield from batch

    def look(self, docs: Sequence[Doc], gazetteers: Sequence[Gazetteer] | None = None) -> tuple[Surroundings, Floats]:
        """Propose candidates for docs and judge them: (surroundings, log-probabilities of the verdicts)."""
        batch = token_batch(docs, self.types, gazetteers or [self.gazetteer] * len(docs))
        first_layer, words = self.types.tables
        shares = self.network.run(batch, first_layer)
        seen = Surroundings(batch, shares, find_candidates(batch, shares, self.types, self.cut))
        return seen, self.judge.verdicts(seen, batch.types, words)

    def _read(self, docs: Sequence[Doc]) -> None:
        seen, verdicts = self.look(docs)
        batch, found = seen.batch, seen.found
        best = (verdicts - self._against).argmax(axis=1)
        sure = np.exp(verdicts[np.arange(len(best)), best])
        for doc in docs:
            doc.spans[INTERVENTIONS] = SpanGroup(doc, name=INTERVENTIONS, attrs={"sure": []})
            doc.spans[EVIDENCE_GROUP] = SpanGroup(doc, name=EVIDENCE_GROUP)
        for k in np.flatnonzero(best):
            doc = docs[found.notes[k]]
            group = doc.spans[INTERVENTIONS]
            first, last = batch.places[found.begins[k]], batch.places[found.ends[k] - 1]
            group.append(Span(doc, int(first), int(last) + 1, label=STATUSES[best[k] - 1]))
            group.attrs["sure"].append(float(sure[k]))
        for first, last, element in _evidence(batch, seen.shares, self.types, self.evidence_leaning):
            doc = docs[int(np.searchsorted(batch.first, first, "right")) - 1]
            doc.spans[EVIDENCE_GROUP].append(Span(doc, int(batch.places[first]), int(batch.places[last]) + 1, label=ELEMENTS[element]))


def _evidence(batch: TokenBatch, shares: Floats, types: WordTypes, leaning: float) -> Iterator[tuple[int, int, int]]:
    """Cut the row into stretches of one documentation element: (first token, last token, element); `leaning` in log-odds towards evidence."""
    scores = shares[:, EVIDENCE].copy()
    scores[:, 0] -= leaning
    labels = scores.argmax(axis=1)
    element = np.where(batch.real & ((types.marks[batch.types] & BREAK) == 0), (labels + 1) // 2, 0)
    changes = np.flatnonzero(np.diff(element, prepend=0, append=0) | np.append((labels % 2 == 1) & (element > 0), False))
    for first, after in zip(changes[:-1].tolist(), changes[1:].tolist(), strict=True):
        if element[first]:
            yield first, after - 1, int(element[first]) - 1


@Language.factory("therapy_interventions", assigns=["doc.spans"])
def make_finder(nlp: Language, name: str, parts: Parts) -> InterventionFinder:
    """Make the component from the reading part of a model pack."""
    return InterventionFinder(parts)
