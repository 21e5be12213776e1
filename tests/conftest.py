"""Settings for every test: random examples are drawn the same way each time, and a busy machine fails nothing."""

import pytest
from hypothesis import settings

from nlp_pipeline.pipeline import Pipeline

settings.register_profile("unitwise", deadline=None, derandomize=True, database=None)
settings.load_profile("unitwise")

collect_ignore = ["apps/fake_unitwise.py"]  # a program, not a test: to import it puts the stand-in in the pipeline's place for good


@pytest.fixture(scope="session")
def pipeline() -> Pipeline:
    """The whole path over the model in use, opened once."""
    return Pipeline.load()
