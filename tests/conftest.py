"""Settings for every test: random examples are drawn the same way each time, and a busy machine fails nothing."""

from hypothesis import settings

settings.register_profile("unitwise", deadline=None, derandomize=True, database=None)
settings.load_profile("unitwise")

collect_ignore = ["apps/fake_unitwise.py"]  # a program, not a test: to import it puts the stand-in in the pipeline's place for good
