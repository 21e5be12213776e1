"""Fit the coder: one multinomial regression over what stands in and around an intervention, calibrated on authors it has not seen."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize_scalar
from sklearn.linear_model import LogisticRegression

from nlp_pipeline.coding.features import HEADER_ROLES, ONCE_ROLES, ROLES, SETTLED, WHOLE, Columns, Look, letter_runs, look
from nlp_pipeline.coding.words import PhraseTree, Spellings, WordRow, split
from nlp_pipeline.reading.network import log_shares
from nlp_pipeline.records.facts import Block, Intervention
from nlp_pipeline.records.note import Note
from training.corpus import MarkedIntervention, MarkedNote, Phrase
from training.lessons import shares_by_code

TARGETS = ("97110", "97112", "97530")
Floats = NDArray[np.float32]
Seen = list[tuple[int, float]]  # the columns and values of one intervention


@dataclass(frozen=True, slots=True)
class CoderRecipe:
    """How strongly weights are held back, how rare a feature or a code may be, what an ambiguous example counts, and what prediction sets promise."""

    strength: float = 0.5
    rounds: int = 80
    least_features: int = 2
    least_codes: int = 4
    ambiguous: float = 0.5
    review_below: float = 0.7
    coverage: float = 0.9


class _Growing(dict[str, int]):
    """Gives every new key the next free column, across all roles."""

    def __init__(self, shared: list[int]) -> None:
        super().__init__()
        self._shared = shared

    def get(self, key: str, default: int | None = None) -> int:  # type: ignore[override]
        if key not in self:
            self[key] = self._shared[0]
            self._shared[0] += 1
        return self[key]


@dataclass(frozen=True, slots=True)
class Examples:
    """Interventions as rows of features, with what is right."""

    table: sparse.csr_matrix
    columns: Mapping[str, Mapping[str, int]]
    codes: NDArray[np.str_]
    weights: Floats
    authors: NDArray[np.str_]


def phrase_words(phrases: Sequence[Phrase]) -> dict[str, str]:
    """Give each phrase in the coder's own words."""
    return {phrase.words: " ".join(split(phrase.words)) for phrase in phrases}


def examples(notes: Sequence[MarkedNote], phrases: Sequence[Phrase], recipe: CoderRecipe) -> Examples:
    """Observe every marked intervention, then every listed phrase as if it were a note; an author's own phrases never help."""
    shared = [0]
    columns: dict[str, dict[str, int]] = {role: _Growing(shared) if role != SETTLED else {} for role in ROLES}  # settled codes are not learned
    words_of = phrase_words(phrases)
    shown = [*notes, *(_as_note(phrase) for phrase in phrases if phrase.code != "none")]
    trees = {
        author: PhraseTree((words.split(" "), shares) for words, shares in shares_by_code(phrases, words_of, author).items())
        for author in sorted({note.author for note in shown})
    }
    seen: list[Seen] = []
    for note in shown:
        seen.extend(_observe(note, trees[note.author], columns))
    marked = [(note, each) for note in shown for each in note.interventions]
    table = matrix(seen, shared[0])
    used = np.flatnonzero(np.asarray((table > 0).sum(axis=0)).ravel() >= recipe.least_features)
    place = {int(column): k for k, column in enumerate(used)}
    kept = {role: {key: place[column] for key, column in keys.items() if column in place} for role, keys in columns.items()}
    return Examples(
        table[:, used], kept, np.array([each.code for _, each in marked]),
        np.array([recipe.ambiguous if each.ambiguous else 1.0 for _, each in marked], np.float32),
        np.array([note.author for note, _ in marked]),
    )  # fmt: skip


def _as_note(phrase: Phrase) -> MarkedNote:
    """Let a listed phrase stand as a note of its own: an activity performed, with nothing around it."""
    own = MarkedIntervention(0, len(phrase.words), "performed", phrase.code, phrase.ambiguous, None)
    return MarkedNote("", phrase.author, None, "", phrase.words, (), (own,), (), (), {})


def records_of(note: MarkedNote) -> tuple[list[Intervention], list[Block]]:
    """Give a marked note's interventions and blocks as reading would."""
    cut = Note(note.id, note.text).span
    blocks = [Block(f"B{k}", cut(head.start, head.end), head.stated_code, len(note.text)) for k, head in enumerate(note.headers, 1)]
    found = []
    for each in note.interventions:
        above = [k for k, head in enumerate(note.headers, 1) if head.start < each.start]
        found.append(Intervention(cut(each.start, each.end), each.status, 1.0, each.stated_code, f"B{above[-1]}" if above and each.stated_code else None))
    return found, blocks


def _observe(note: MarkedNote, phrases: PhraseTree, columns: Columns) -> list[Seen]:
    """List the columns and values of each intervention of a note; new keys get their columns in the order of the text."""
    interventions, blocks = records_of(note)
    row = WordRow.of([note.text], Spellings())
    where = look(row, [interventions])
    found: list[Seen] = [[] for _ in interventions]
    for place in sorted(range(len(where.owners)), key=lambda k: interventions[where.owners[k]].span.start):
        each = interventions[where.owners[place]]
        code = each.stated_code if any(block.id == each.block for block in blocks) else None
        for role, key, share in _spelled(row, where, place, phrases, code):
            column = columns[role].get(key)
            if column is not None:
                found[where.owners[place]].append((column, share * ROLES[role]))
    return found


def _spelled(row: WordRow, where: Look, place: int, phrases: PhraseTree, code: str | None) -> Iterator[tuple[str, str, float]]:
    """Name every feature of one intervention: its role, what was observed, and its share."""

    def words(role: str) -> list[str]:
        begins, ends = where.ranges[role]
        return [row.word(at) for at in range(int(begins[place]), int(ends[place]))]

    own = words("inside")
    for word in own:
        yield "inside", word, 1
        yield from (("letters", run, 1) for run in letter_runs(word))
    yield from (("pair", f"{one} {other}", 1) for one, other in pairwise(own))
    after = words("after")
    yield from (("first", own[0], 1), ("last", own[-1], 1))
    yield from (("after", word, 1) for word in after)
    yield from (("after pair", f"{one} {other}", 1) for one, other in pairwise(after))
    for role in ("purpose", "before", "just before"):
        yield from ((role, word, 1) for word in words(role))
    for role in ONCE_ROLES:
        yield from ((role, word, 1) for word in dict.fromkeys(reversed(words(role))))
    yield from (("label", word, 1) for word in words("label"))
    phrase = phrases.longest(own)
    if phrase:
        first, last, shares = phrase
        yield from (("known", each, share * (WHOLE if last - first == len(own) else 1)) for each, share in shares.items())
    if code:
        yield from ((role, code, 1) for role in HEADER_ROLES)
        yield from (("header word", f"{code} {word}", 1) for word in own)


def matrix(seen: Sequence[Seen], width: int) -> sparse.csr_matrix:
    """Lay observations out as rows; what is seen twice adds up."""
    rows = np.repeat(np.arange(len(seen)), [len(each) for each in seen])
    columns = np.array([column for each in seen for column, _ in each], np.int64)
    values = np.array([value for each in seen for _, value in each], np.float32)
    return sparse.csr_matrix((values, (rows, columns)), shape=(len(seen), width))


@dataclass(frozen=True, slots=True)
class Coder:
    """Fitted weights: a row a feature, a column a code."""

    weights: Floats
    bias: Floats
    codes: tuple[str, ...]

    def scores(self, table: sparse.csr_matrix) -> Floats:
        """Score examples before calibration."""
        scores: Floats = table @ self.weights + self.bias
        return scores


def fit_coder(shown: Examples, rows: NDArray[np.bool_], recipe: CoderRecipe) -> Coder:
    """Fit the coder to the chosen rows; codes with too few examples are left to a person."""
    count = Counter(shown.codes[rows].tolist())
    chosen = np.flatnonzero(rows & np.array([count[code] >= recipe.least_codes for code in shown.codes]))
    model = LogisticRegression(C=recipe.strength, max_iter=recipe.rounds, tol=1e-3)
    model.fit(shown.table[chosen], shown.codes[chosen], sample_weight=shown.weights[chosen])
    halved = model.coef_.T.astype(np.float16).astype(np.float32)  # as the pack stores them
    return Coder(halved, model.intercept_.astype(np.float32), tuple(str(code) for code in model.classes_))


def temperature(scores: Floats, codes: Sequence[str], right: Sequence[str]) -> float:
    """Find the temperature that makes the chances over the target codes mean what they say."""
    places = [codes.index(code) for code in TARGETS]
    rows = [(k, TARGETS.index(code)) for k, code in enumerate(right) if code in TARGETS]
    among, wanted = scores[[k for k, _ in rows]][:, places], np.array([target for _, target in rows])

    def loss(log_heat: float) -> float:
        return float(-log_shares(among / np.float32(np.exp(log_heat)))[np.arange(len(wanted)), wanted].mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-2, 2), method="bounded").x))
