"""Keys, hues and wordings of the screen, read once from the data beside this file."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any


@dataclass(frozen=True, slots=True)
class Choice:
    """A code that one key sets, and the hue it wears."""

    key: str
    code: str
    hue: str


@dataclass(frozen=True, slots=True)
class ScreenWords:
    """What the keys stand for, and the reasons and words that the screen offers."""

    choices: Sequence[Choice]
    other_hue: str
    skip: Sequence[Mapping[str, str]]
    flag: Sequence[Mapping[str, str]]
    statuses: Mapping[str, str]
    unbilled: Mapping[str, str]
    kinds: Mapping[str, str]
    confidence: Sequence[Mapping[str, Any]]
    conflicts: Sequence[str]
    time_conflicts: Sequence[str]
    header_conflicts: Sequence[str]

    def hue(self, code: str) -> str:
        """Give the hue of a code; a code not yet chosen has none."""
        return next((each.hue for each in self.choices if each.code == code), self.other_hue if code else "")

    def key(self, code: str) -> str:
        """Give the key that sets a code; empty where none does."""
        return next((each.key for each in self.choices if each.code == code), "")


@cache
def screen_words() -> ScreenWords:
    """Read `screen.toml`."""
    data = read_data("screen.toml")
    choices = tuple(Choice(**each) for each in data["choices"])
    rest = {name: data[name] for name in ("skip", "flag", "statuses", "unbilled", "kinds", "confidence", "conflicts", "time_conflicts", "header_conflicts")}
    return ScreenWords(choices=choices, other_hue=data["hues"]["others"], **rest)


@cache
def query_words() -> Mapping[str, Any]:
    """Read `queries.toml`."""
    return read_data("queries.toml")


def read_data(name: str) -> dict[str, Any]:
    """Read one of the data files that lie beside this module."""
    return tomllib.loads(resources.files("nlp_pipeline.apps.coder_tool").joinpath(name).read_text("utf-8"))
