"""The trained component of the spaCy pipeline: interventions with their status, and documentation evidence, as span groups."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from nlp_pipeline.reading.batch import TokenBatch, text_batch
from nlp_pipeline.reading.candidates import Candidates, Cut, Surroundings, find_candidates
from nlp_pipeline.reading.encoder import Encoder
from nlp_pipeline.reading.gazetteer import Gazetteer
from nlp_pipeline.reading.judge import VERDICTS, Judge
from nlp_pipeline.reading.lexicon import read_lexicon
from nlp_pipeline.reading.network import EVIDENCE, Network, Vocabulary
from nlp_pipeline.reading.tagging import Tagging
from nlp_pipeline.reading.words import BREAK, Floats, WordTypes, WordVectors
from nlp_pipeline.records.facts import ELEMENTS, STATUSES, Element, Status

if TYPE_CHECKING:
    from spacy.tokens import Doc, SpanGroup

BATCH = 256  # notes tagged at once
INTERVENTIONS, EVIDENCE_GROUP = "interventions", "evidence"
_TIMES = frozenset(read_lexicon("edges")["times"])

Told = tuple[int, int, list[float]]  # a stretch, and the log-odds of each code that is heard in it
Parts = Mapping[str, Any]  # the reading part of a model pack, as training publishes it


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in one doc: interventions with status and how sure it is, evidence with its element, each from offset to offset.

    `heard` holds for each intervention the stretches that an encoder hears codes in, with the log-odds of each; nothing without an encoder.
    """

    interventions: list[tuple[int, int, Status, float]]
    evidence: list[tuple[int, int, Element]]
    heard: list[list[Told]]


class InterventionFinder:
    """Finds interventions in two looks: a network, and an encoder beside it where one is given, proposes stretches; a linear judge settles what they are."""

    def __init__(self, parts: Parts, careful: Parts | None = None) -> None:
        vectors = WordVectors({piece: k for k, piece in enumerate(parts["pieces"])}, parts["vectors"].astype(np.float32) * np.float32(parts["scale"]))
        chosen = careful or parts
        network = {name: each.astype(np.float32) for name, each in parts["network"].items()}
        words = Vocabulary({word: k + 1 for k, word in enumerate(parts["words"])}, vectors)
        self.tagging = Tagging(Network(network, words), Encoder(careful["encoder"]) if careful else None)
        self.judge = Judge({name: each.astype(np.float32) for name, each in chosen["judge"].items()}, vectors)
        self.gazetteer = Gazetteer((phrase.split(" "), kind) for phrase, kind in parts["gazetteer"])
        self.cut = Cut(**chosen["cut"])
        self.leaning, self.evidence_leaning = float(chosen["leaning"]), float(chosen["evidence_leaning"])
        self._against = np.array([self.leaning] + [0.0] * (VERDICTS - 1), np.float32)  # taken off "no intervention"
        self._threads = ThreadpoolController()
        self.forget()

    def forget(self) -> None:
        """Forget every spelling met so far."""
        self.types = WordTypes(*self.tagging.derives(), self.judge.word_table)

    def __call__(self, doc: "Doc") -> "Doc":
        """Read one doc."""
        return next(self.pipe([doc]))

    def pipe(self, stream: Iterable["Doc"], batch_size: int = BATCH) -> Iterator["Doc"]:
        """Read docs batch by batch; each leaves with span groups "interventions" and "evidence"."""
        docs = iter(stream)
        while batch := list(islice(docs, batch_size)):
            for doc, found in zip(batch, self.find([doc.text for doc in batch]), strict=True):
                sure = [sure for *_, sure in found.interventions]
                doc.spans[INTERVENTIONS] = _group(doc, INTERVENTIONS, [each[:3] for each in found.interventions], {"sure": sure})
                doc.spans[EVIDENCE_GROUP] = _group(doc, EVIDENCE_GROUP, found.evidence, {})
                yield doc

    def look(self, texts: Sequence[str]) -> tuple[Surroundings, Floats, Floats | None]:
        """Propose candidates for texts and judge them: (surroundings, log-probabilities of the verdicts, the encoder's vectors if there is one)."""
        batch = text_batch(texts, self.types, [self.gazetteer] * len(texts))
        *tables, words = self.types.tables
        shares, hidden = self.tagging.read(batch, tables)
        seen = Surroundings(batch, shares, find_candidates(batch, shares, self.types, self.cut))
        return seen, self.judge.verdicts(seen, batch.types, words), hidden

    def find(self, texts: Sequence[str]) -> list[Found]:
        """Read texts together, cut as the spaCy pipeline cuts them, and give offsets into each."""
        with self._threads.limit(limits=1, user_api="blas"):  # these products are too small to share out: threads would only wait
            seen, verdicts, hidden = self.look(texts)
            best = (verdicts - self._against).argmax(axis=1)
            kept = np.flatnonzero(best)
            held = self._without_times(seen, kept)
            heard = self._heard(seen.batch, held, hidden)
        batch = seen.batch
        starts, ends = batch.starts[held.begins].tolist(), batch.ends[held.ends - 1].tolist()
        sure = np.exp(verdicts[kept, best[kept]]).tolist()
        told = [Found([], [], []) for _ in texts]
        for note, *span, label, chance, each in zip(held.notes.tolist(), starts, ends, best[kept].tolist(), sure, heard, strict=True):
            told[note].interventions.append((span[0], span[1], STATUSES[label - 1], chance))
            told[note].heard.append(each)
        shown = np.array([*_evidence(batch, seen.shares, self.types, self.evidence_leaning)], np.int64).reshape(-1, 3)
        starts, ends = batch.starts[shown[:, 0]].tolist(), batch.ends[shown[:, 1]].tolist()
        notes = (np.searchsorted(batch.first, shown[:, 0], "right") - 1).tolist()
        for note, start, end, element in zip(notes, starts, ends, shown[:, 2].tolist(), strict=True):
            told[note].evidence.append((start, end, ELEMENTS[element]))
        return told

    def _without_times(self, seen: Surroundings, kept: NDArray[np.intp]) -> Candidates:
        """Give the candidates that are kept; an "x" that begins the dosage behind one is no part of it."""
        begins, ends = seen.found.begins[kept], seen.found.ends[kept]
        over = (ends - begins > 1) & self.types.among(_TIMES)[seen.batch.types[ends - 1]]
        return Candidates(begins, ends - over, seen.found.notes[kept])

    def hear(self, given: Sequence[tuple[str, Sequence[tuple[int, int]]]]) -> list[list[list[Told]]]:
        """Hear codes in known stretches of texts, which are given by their offsets; needs an encoder."""
        with self._threads.limit(limits=1, user_api="blas"):
            batch = text_batch([text for text, _ in given], self.types, [self.gazetteer] * len(given))
            hidden = self.tagging.read(batch, self.types.tables)[1]
            heard = iter(self._heard(batch, placed(batch, [spans for _, spans in given]), hidden))
        return [list(islice(heard, len(spans))) for _, spans in given]

    def _heard(self, batch: TokenBatch, held: Candidates, hidden: Floats | None) -> list[list[Told]]:
        """Give for each candidate the activity, its sentence and its note (an empty stretch), each with the log-odds of codes heard in it."""
        if self.tagging.encoder is None or hidden is None:
            return [[] for _ in range(len(held))]
        within = np.flatnonzero(np.diff(batch.sentence, prepend=-1))
        bounds, own = np.append(within, len(batch.types)), batch.sentence[held.begins]
        stretches = ((held.begins, held.ends), (bounds[own], bounds[own + 1]))
        edges = [(batch.starts[begins].tolist(), batch.ends[ends - 1].tolist()) for begins, ends in stretches] + [([0] * len(held), [0] * len(held))]
        shares = self.tagging.encoder.heard(batch, hidden, held).tolist()
        parts = [[*zip(*edge, share, strict=True)] for edge, share in zip(edges, shares, strict=True)]
        return [list(each) for each in zip(*parts, strict=True)]


def placed(batch: TokenBatch, spans: Sequence[Sequence[tuple[int, int]]]) -> Candidates:
    """Give stretches of the notes of a batch, known by their offsets, as candidates; each holds one token at least."""
    found = []
    for number, (own, first, last) in enumerate(zip(spans, batch.first.tolist(), batch.last.tolist(), strict=True)):
        starts, ends = batch.starts[first:last], batch.ends[first:last]
        for start, end in own:
            begin = first + min(int(np.searchsorted(ends, start, "right")), max(last - first - 1, 0))
            found.append((begin, max(begin + 1, first + int(np.searchsorted(starts, end))), number))
    table = np.array(found, np.intp).reshape(len(found), 3)
    return Candidates(table[:, 0], table[:, 1], table[:, 2])


def _group(doc: "Doc", name: str, found: Sequence[tuple[int, int, str]], attrs: dict[str, Any]) -> "SpanGroup":
    from spacy.tokens import SpanGroup  # heavy, and only docs need it

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
