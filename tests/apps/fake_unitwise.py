"""Runs `unitwise` over the stand-in for the pipeline; worker processes import this file too, and so have it as well."""

import sys

from tests.apps import fake_pipeline

sys.modules["nlp_pipeline.pipeline"] = fake_pipeline

if __name__ == "__main__":
    from nlp_pipeline.apps.cli import main

    main()
