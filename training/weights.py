"""The weights of the reader's network before training, and what is chosen about fitting them."""

from dataclasses import dataclass

import numpy as np

from nlp_pipeline.reading.batch import SECTIONS
from nlp_pipeline.reading.gazetteer import MARKS
from nlp_pipeline.reading.network import DILATIONS, OFFSETS, OUTPUTS
from nlp_pipeline.reading.words import AFFIX_BUCKETS, AFFIXES, SHAPES, Floats

Arrays = dict[str, Floats]


@dataclass(frozen=True, slots=True)
class TaggerRecipe:
    """What is chosen, not learned."""

    width: int = 96
    word_width: int = 32
    affix_width: int = 16
    shape_width: int = 8
    epochs: int = 14
    notes_a_step: int = 16
    rate: float = 2e-3
    decay: float = 0.01
    words_hidden: float = 0.25
    inputs_hidden: float = 0.2
    units_hidden: float = 0.3
    warm_up: float = 0.15
    state_weight: float = 0.3
    evidence_weight: float = 0.5
    largest_gradient: float = 5.0
    seed: int = 11


def new_weights(recipe: TaggerRecipe, words: int, meaning: int) -> Arrays:
    """Draw the first weights; `words` counts the vocabulary without the unknown word."""
    draw = np.random.default_rng(recipe.seed)
    known = recipe.word_width + AFFIXES * recipe.affix_width + recipe.shape_width + meaning
    width = recipe.width

    def even(*shape: int, fan: int) -> Floats:
        reach = fan**-0.5
        return draw.uniform(-reach, reach, shape).astype(np.float32)

    def normal(*shape: int) -> Floats:
        return draw.normal(0, 0.1, shape).astype(np.float32)

    return {
        "word": normal(words + 1, recipe.word_width),
        "affix": normal(AFFIXES, AFFIX_BUCKETS, recipe.affix_width),
        "shape": normal(SHAPES, recipe.shape_width),
        "first": even(OFFSETS, known, width, fan=OFFSETS * known),
        "first_bias": np.zeros(width, np.float32),
        "gazetteer": normal(3, MARKS, width),
        "section": normal(SECTIONS, width),
        "wide": even(len(DILATIONS), 3, width, width, fan=3 * width),
        "wide_bias": np.zeros((len(DILATIONS), width), np.float32),
        "pool": even(2 * width, width, fan=2 * width),
        "pool_bias": np.zeros(width, np.float32),
        "out": even(width, OUTPUTS, fan=width),
        "out_bias": np.zeros(OUTPUTS, np.float32),
    }
