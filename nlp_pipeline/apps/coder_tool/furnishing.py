"""What the templates of the screen can call on: hues, names, and a few ways to write things."""

from collections.abc import Mapping, Sequence
from typing import Any

from jinja2 import Environment

from nlp_pipeline.apps.coder_tool.wordings import screen_words
from nlp_pipeline.reporting.wording import wording


def furnish(environment: Environment) -> Environment:
    """Give an environment the names and filters that the templates use; once is enough."""
    words, names = screen_words(), wording()
    environment.filters |= {"places": _places, "oneline": _oneline, "dictjoin": _dictjoin, "element_name": lambda name: names.elements[name]}
    environment.globals |= {
        "hue_of": words.hue,
        "choices": words.choices,
        "statuses": words.statuses,
        "unbilled": words.unbilled,
        "kinds": words.kinds,
        "element_names": names.elements,
        "methods": tuple(names.methods.items()),
        "offered": {"choices": [{"key": each.key, "code": each.code} for each in words.choices], "skip": list(words.skip), "flag": list(words.flag)},
    }
    return environment


def _places(contributions: Sequence[Mapping[str, Any]]) -> str:
    """Write where words stand, for the part of the page that lights them.

    >>> _places([{"start": 3, "end": 9}, {"start": 12, "end": 15}])
    '3-9 12-15'
    """
    return " ".join(f"{each['start']}-{each['end']}" for each in contributions)


def _oneline(text: str) -> str:
    return " ".join(text.split())


def _dictjoin(units: Mapping[str, int]) -> str:
    """Write units by code on one line; a code without units is left out.

    >>> _dictjoin({"a": 2, "b": 0})
    'a × 2'
    """
    return ", ".join(f"{code} × {count}" for code, count in units.items() if count)
