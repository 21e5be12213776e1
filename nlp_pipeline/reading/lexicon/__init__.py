"""The reader's own word lists, and how they are read."""

import tomllib
from importlib.resources import files
from typing import Any


def read_lexicon(name: str) -> dict[str, Any]:
    """Read one of the word lists."""
    return tomllib.loads(files(__name__).joinpath(f"{name}.toml").read_text("utf-8"))
