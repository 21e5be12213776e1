"""Settings for every test: random examples are drawn the same way each time, and a busy machine fails nothing."""

from hypothesis import settings

settings.register_profile("unitwise", deadline=None, derandomize=True, database=None)
settings.load_profile("unitwise")
