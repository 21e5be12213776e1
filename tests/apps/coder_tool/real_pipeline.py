"""The real pipeline with its fast reader, opened once for all tests of the screen."""

from functools import cache
from pathlib import Path

from nlp_pipeline.pipeline import Pipeline

ROOT = Path(__file__).parents[3]


@cache
def fast_pipeline():
    return Pipeline.load(reader="fast")
