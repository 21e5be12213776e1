"""Runs `unitwise` over the stand-in for the pipeline; worker processes import this file too, and so have it as well."""

import sys

from nlp_pipeline.apps import workers
from tests.apps import fake_charts, fake_pipeline

sys.modules["nlp_pipeline.pipeline"] = fake_pipeline
sys.modules["nlp_pipeline.chart_layer"] = fake_charts
workers.CHUNKS_BEFORE_RENEWAL = 8  # so that workers are renewed within a test

if __name__ == "__main__":
    from nlp_pipeline.apps.cli import main

    main()
