"""How codes, statuses, methods and elements are shown and named, read once from the data beside this file."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from nlp_pipeline.records.facts import Status
from nlp_pipeline.records.suggestion import ReviewReason


@dataclass(frozen=True, slots=True)
class Wording:
    """Styles and names; `methods` are short names, `long_methods` those for a sentence."""

    codes: Mapping[str, str]
    neighbours: str
    statuses: Mapping[Status, str]
    severities: Mapping[str, Mapping[str, str]]
    methods: Mapping[str, str]
    long_methods: Mapping[str, str]
    elements: Mapping[str, str]
    intake: Mapping[str, str]
    review: Mapping[ReviewReason, str]

    def colour(self, code: str) -> str:
        """Give the colour that a code wears everywhere."""
        return self.codes.get(code, self.neighbours)


@cache
def wording() -> Wording:
    """Read `colours.toml` and `names.toml`."""
    colours, names = _read("colours.toml"), _read("names.toml")
    return Wording(
        codes=colours["codes"],
        neighbours=colours["neighbours"]["colour"],
        statuses=colours["statuses"],
        severities=colours["severities"],
        methods={method: name["short"] for method, name in names["methods"].items()},
        long_methods={method: name["long"] for method, name in names["methods"].items()},
        elements=names["elements"],
        intake=names["intake"],
        review=names["review"],
    )


def plain_number(number: float | None) -> str:
    """Write minutes without an idle .0, and an unknown number as a dash.

    >>> plain_number(15.0), plain_number(7.5), plain_number(None)
    ('15', '7.5', '–')
    """
    return "–" if number is None else f"{number:g}"


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files("nlp_pipeline.reporting").joinpath(name).read_text("utf-8"))
