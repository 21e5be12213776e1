"""Settings for every test: random examples are drawn the same way each time, and a busy machine fails nothing."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from nlp_pipeline.pipeline import Pipeline

settings.register_profile("unitwise", deadline=None, derandomize=True, database=None)
settings.load_profile("unitwise")

os.environ["UNITWISE_DATA"] = str(Path(__file__).parent / "no_data_of_a_user")  # what a developer added to the rules is no part of a test

collect_ignore = ["apps/fake_unitwise.py"]  # a program, not a test: to import it puts the stand-in in the pipeline's place for good


@pytest.fixture(scope="session")
def pipeline() -> Pipeline:
    """The whole path over the model in use, opened once."""
    return Pipeline.load()
