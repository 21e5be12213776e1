"""Fit the careful reader's encoder to marked notes. Needs the extra `encoder`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from torch.nn.utils import clip_grad_norm_

from nlp_pipeline.reading.batch import TokenBatch, token_batch
from nlp_pipeline.reading.encoder import Window, pieces_of, windows
from nlp_pipeline.reading.gazetteer import MARKS
from nlp_pipeline.reading.network import EVIDENCE, SPANS, STATES
from nlp_pipeline.reading.words import WordTypes, WordVectors, shape_of
from training.corpus import UNSAID
from training.encoder_net import Net, Pretrained, gathered
from training.encoder_recipe import EncoderRecipe
from training.passes import Targets
from training.tagger import Lesson, targets

_POOLED = 8  # steps whose notes are sorted by length together, so that little is filled up


@dataclass(frozen=True, slots=True)
class Sheet:
    """One note as the encoder is shown it; `activities` are first word, one after the last, code and weight."""

    words: list[list[int]]
    known: Mapping[str, NDArray[np.int64]]
    targets: Targets
    windows: list[Window]
    activities: list[tuple[int, int, int, float]]

    def __len__(self) -> int:
        return sum(map(len, self.words))


def sheets(lessons: Sequence[Lesson], vocabulary: WordVectors, codes: Sequence[str]) -> list[Sheet]:
    """Prepare notes; the last of `codes` stands for all that are not listed."""
    types = WordTypes(lambda spellings: np.zeros((len(spellings), 0), np.float32))
    return [_sheet(each, token_batch([each.doc], types, [each.gazetteer]), vocabulary, codes) for each in lessons]


def _sheet(lesson: Lesson, batch: TokenBatch, vocabulary: WordVectors, codes: Sequence[str]) -> Sheet:
    own = slice(int(batch.first[0]), int(batch.last[0]))
    starts, ends, text = batch.starts[own], batch.ends[own], lesson.note.text
    spellings = [text[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
    words, goal = [pieces_of(each, vocabulary) for each in spellings], targets([lesson], batch)
    marks = np.pad(batch.gazetteer[own], 1, constant_values=MARKS)
    sentence = batch.sentence[own] - batch.sentence[own][0] if spellings else batch.sentence[own]
    known = {
        "marks": np.stack([marks[:-2], marks[1:-1], marks[2:]], axis=1), "section": batch.section[own], "sentence": sentence,
        "shape": np.array([*map(shape_of, spellings)], np.int64),
    }  # fmt: skip
    activities = []
    for each in lesson.note.interventions:
        begin, end = int(np.searchsorted(ends, each.start, "right")), int(np.searchsorted(starts, each.end))
        if begin < end and each.code != UNSAID:
            activities.append((begin, end, codes.index(each.code) if each.code in codes else len(codes) - 1, 0.5 if each.ambiguous else 1.0))
    cut = [*windows(np.array([*map(len, words)], np.int32), sentence)] if words else []
    whole = {name: each.astype(np.int64) for name, each in known.items()}
    return Sheet(words, whole, Targets(goal.spans[own], goal.states[own], goal.evidence[own]), cut, activities)


@dataclass(frozen=True, slots=True)
class Pile:
    """Sheets laid together as tensors."""

    found: Tensor
    hidden: Tensor
    begins: Tensor
    known: dict[str, Tensor]
    spans: Tensor
    states: Tensor
    evidence: Tensor
    notes: Tensor
    activities: list[tuple[int, int, int, int, int, float]]  # first, end, sentence, note, code, weight


def pile(chosen: Sequence[Sheet], edges: tuple[int, int]) -> Pile:
    """Lay sheets together."""
    cut = [(sheet, each) for sheet in chosen for each in sheet.windows]
    flat = [[piece for word in sheet.words[each.begin : each.end] for piece in word] for sheet, each in cut]
    length = 2 + max(map(len, flat))
    found, hidden = np.zeros((len(cut), length), np.int64), np.full((len(cut), length), -1e4, np.float32)
    begins: list[NDArray[np.int64]] = []
    for row, (pieces, (sheet, each)) in enumerate(zip(flat, cut, strict=True)):
        found[row, : len(pieces) + 2] = [edges[0], *pieces, edges[1]]
        hidden[row, : len(pieces) + 2] = 0
        at = 1 + np.concatenate([[0], np.cumsum([*map(len, sheet.words[each.begin : each.end])])])
        begins.append(row * length + at[each.first - each.begin : each.last - each.begin])
    known: dict[str, list[NDArray[np.int64]]] = {name: [] for name in ("marks", "section", "shape", "sentence")}
    activities, notes, base, sentences = [], [], 0, 0
    inner = np.ones(sum(len(sheet.words) for sheet in chosen) + 1, np.float32)
    for note, sheet in enumerate(chosen):
        for name, lists in known.items():
            lists.append(sheet.known[name] + (sentences if name == "sentence" else 0))
        for first, end, code, weight in sheet.activities:
            activities.append((base + first, base + end, int(sheet.known["sentence"][first]) + sentences, note, code, weight))
        inner[base] = 0
        base, sentences = base + len(sheet.words), sentences + int(sheet.known["sentence"].max(initial=-1)) + 1
        notes.append(np.full(len(sheet.words), note))
    inner[base] = 0
    told = {name: torch.from_numpy(np.concatenate(each)) for name, each in known.items()}
    told |= {"inner_first": torch.from_numpy(inner[:-1, None]), "inner_last": torch.from_numpy(inner[1:, None])}
    goals = [torch.from_numpy(np.concatenate([getattr(sheet.targets, name) for sheet in chosen]).astype(np.int64)) for name in ("spans", "states", "evidence")]
    laid = [torch.from_numpy(each) for each in (found, hidden, np.concatenate(begins))]
    return Pile(laid[0], laid[1], laid[2], told, goals[0], goals[1], goals[2], torch.from_numpy(np.concatenate(notes)), activities)


def _loss(net: Net, part: Pile, recipe: EncoderRecipe) -> Tensor:
    scores, rows = net.head(net.words(part.found, part.hidden, part.begins), part.known)
    loss = functional.cross_entropy(scores[:, SPANS], part.spans) + recipe.evidence_weight * functional.cross_entropy(scores[:, EVIDENCE], part.evidence)
    within = part.states >= 0
    if within.any():
        loss = loss + recipe.state_weight * functional.cross_entropy(scores[within][:, STATES], part.states[within])
    if part.activities:
        weights = torch.tensor([each[5] for each in part.activities])
        missed = functional.cross_entropy(code_scores(net, part, rows), torch.tensor([each[4] for each in part.activities]), reduction="none")
        loss = loss + recipe.code_weight * (missed * weights).sum() / weights.sum()
    out: Tensor = loss
    return out


def code_scores(net: Net, part: Pile, rows: Tensor) -> Tensor:
    """Score the code of each activity by the mean of its words, its sentence and its note."""
    own = torch.stack([rows[first:end].mean(0) for first, end, *_ in part.activities])
    sentence, note = (gathered(rows, owners) for owners in (part.known["sentence"], part.notes))
    places = torch.tensor([each[2:4] for each in part.activities])
    scores: Tensor = net.head.code(net.head.drop(torch.cat([own, sentence[places[:, 0]], note[places[:, 1]]], 1))).float()
    return scores


def _parts(chosen: Sequence[Sheet], size: int, chance: np.random.Generator) -> Iterator[list[Sheet]]:
    """Deal sheets out to steps, sheets of like length together."""
    order, steps = chance.permutation(len(chosen)), []
    for start in range(0, len(order), size * _POOLED):
        pooled = sorted(order[start : start + size * _POOLED].tolist(), key=lambda k: len(chosen[k]))
        steps += [pooled[at : at + size] for at in range(0, len(pooled), size)]
    for number in chance.permutation(len(steps)):
        yield [chosen[k] for k in steps[number]]


def fit_encoder(lessons: Sequence[Lesson], codes: Sequence[str], recipe: EncoderRecipe) -> tuple[Net, list[str]]:
    """Fit encoder and head; gives the net and the names of its pieces. Sums depend on the processor: the same notes give nearly the same weights."""
    torch.manual_seed(recipe.seed)
    source, chance = Pretrained(recipe.pieces), np.random.default_rng(recipe.seed)
    vocabulary = WordVectors({name: k for k, name in enumerate(source.names)}, np.zeros((0, 0), np.float32))
    shown = [each for each in sheets(lessons, vocabulary, codes) if each.words]
    net = Net(source, len(codes), recipe)
    steps = recipe.epochs * -(-len(shown) // recipe.notes_a_step)
    search = torch.optim.AdamW(_groups(net, recipe), weight_decay=recipe.decay, betas=(0.9, 0.98), foreach=True)
    pace = torch.optim.lr_scheduler.LambdaLR(search, lambda step: _pace(step / steps, recipe.warm_up))
    edges = (vocabulary.pieces["[CLS]"], vocabulary.pieces["[SEP]"])
    for _ in range(recipe.epochs):
        for part in _parts(shown, recipe.notes_a_step, chance):
            with torch.autocast("cpu", dtype=torch.bfloat16):
                loss = _loss(net, pile(part, edges), recipe)
            search.zero_grad()
            loss.backward()
            clip_grad_norm_(net.parameters(), 1.0)
            search.step()
            pace.step()
    return net.eval(), source.names


def _groups(net: Net, recipe: EncoderRecipe) -> list[dict[str, Any]]:
    """Give each layer a rate of its own, the lower the lower it stands."""
    stacked = [{"params": [*layer.parameters()], "lr": recipe.rate * recipe.fading**depth} for depth, layer in enumerate(reversed(net.layers.stack))]
    norm = {"params": [*net.layers.norm.parameters()], "lr": recipe.rate * recipe.fading**recipe.layers}
    return [*stacked, norm, {"params": [*net.head.parameters()], "lr": recipe.head_rate}]


def _pace(done: float, warm_up: float) -> float:
    """Give the share of the rate at a share of all steps: up to one, then down to nearly nothing."""
    return min((done + 1e-3) / warm_up, max(0.02, (1 - done) / (1 - warm_up)))
