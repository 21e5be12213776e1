"""The trained component of the spaCy pipeline: interventions with their status, and documentation evidence, as span groups."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc, SpanGroup
from threadpoolctl import ThreadpoolController

from nlp_pipeline.reading.batch import TokenBatch, token_batch
from nlp_pipeline.reading.candidates import Cut, Surroundings, find_candidates
from nlp_pipeline.reading.gazetteer import Gazetteer
from nlp_pipeline.reading.judge import VERDICTS, Judge
from nlp_pipeline.reading.network import EVIDENCE, OFFSETS, Network, Vocabulary
from nlp_pipeline.reading.words import BREAK, Floats, WordTypes, WordVectors
from nlp_pipeline.records.facts import ELEMENTS, STATUSES, Element, Status

BATCH = 256  # notes tagged at once
INTERVENTIONS, EVIDENCE_GROUP = "interventions", "evidence"

Parts = Mapping[str, Any]  # the reading part of a model pack, as training publishes it


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in one doc: interventions with status and how sure it is, evidence with its element, each from offset to offset."""

    interventions: list[tuple[int, int, Status, float]]
    evidence: list[tuple[int, int, Element]]


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
        self._threads = ThreadpoolController()
        self.forget()

    def forget(self) -> None:
        """Forget every spelling met so far."""
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
            for doc, found in zip(batch, self.find(batch), strict=True):
                sure = [sure for *_, sure in found.interventions]
                doc.spans[INTERVENTIONS] = _group(doc, INTERVENTIONS, [each[:3] for each in found.interventions], {"sure": sure})
                doc.spans[EVIDENCE_GROUP] = _group(doc, EVIDENCE_GROUP, found.evidence, {})
                yield doc

    def look(self, docs: Sequence[Doc], gazetteers: Sequence[Gazetteer] | None = None) -> tuple[Surroundings, Floats]:
        """Propose candidates for docs and judge them: (surroundings, log-probabilities of the verdicts)."""
        batch = token_batch(docs, self.types, gazetteers or [self.gazetteer] * len(docs))
        first_layer, words = self.types.tables
        shares = self.network.run(batch, first_layer)
        seen = Surroundings(batch, shares, find_candidates(batch, shares, self.types, self.cut))
        return seen, self.judge.verdicts(seen, batch.types, words)

    def find(self, docs: Sequence[Doc]) -> list[Found]:
        """Read docs together, as offsets into each one's text; nothing is written on them."""
        with self._threads.limit(limits=1, user_api="blas"):  # these products are too small to share out: threads would only wait
            seen, verdicts = self.look(docs)
        batch, found = seen.batch, seen.found
        best = (verdicts - self._against).argmax(axis=1)
        held = np.flatnonzero(best)
        starts, ends = batch.starts[found.begins[held]].tolist(), batch.ends[found.ends[held] - 1].tolist()
        sure = np.exp(verdicts[held, best[held]]).tolist()
        told = [Found([], []) for _ in docs]
        for note, *span, label, chance in zip(found.notes[held].tolist(), starts, ends, best[held].tolist(), sure, strict=True):
            told[note].interventions.append((span[0], span[1], STATUSES[label - 1], chance))
        shown = np.array([*_evidence(batch, seen.shares, self.types, self.evidence_leaning)], np.int64).reshape(-1, 3)
        starts, ends = batch.starts[shown[:, 0]].tolist(), batch.ends[shown[:, 1]].tolist()
        notes = (np.searchsorted(batch.first, shown[:, 0], "right") - 1).tolist()
        for note, start, end, element in zip(notes, starts, ends, shown[:, 2].tolist(), strict=True):
            told[note].evidence.append((start, end, ELEMENTS[element]))
        return told


def _group(doc: Doc, name: str, found: Sequence[tuple[int, int, str]], attrs: dict[str, Any]) -> SpanGroup:
    spans = (doc.char_span(start, end, label=label) for start, end, label in found)
    return SpanGroup(doc, name=name, spans=[span for span in spans if span is not None], attrs=attrs)


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
