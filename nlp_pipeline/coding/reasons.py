"""A reason in plain words, put together from what spoke for a code: what is trained, how, and for which stated purpose."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from nlp_pipeline.records.suggestion import Contribution

_LONGEST_QUOTE = 40  # characters of one quote
_MOST_SPOKEN = 3  # contributions that a reason is made from
ROLES = ("what", "how")
_WORD = re.compile(r"w/c|[^\W_]+(?:<>[^\W_]+)?")
_LONGEST_PHRASE = 3  # words
_REMEMBERED = 50_000  # stretches whose concepts are kept at hand
_SPEAKS = 0.15  # share of the strongest, below which a word explains nothing
_HEADER_DECIDES = 0.5  # share of all that speaks for a code, from which the header is named as a reason
_CLOSEST = "the closest of the known services"


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What words tell: `what` is trained and `how`, by whole words and by beginnings of words; words that tell nothing alone, and words that lead a fact in."""

    whole: Mapping[str, Mapping[str, str]]
    beginnings: Mapping[str, Mapping[str, str]]
    fillers: frozenset[str]
    leads: frozenset[str]


@cache
def lexicon() -> Lexicon:
    """Read reasons.toml."""
    told: dict[str, Any] = tomllib.loads(resources.files("nlp_pipeline.coding").joinpath("reasons.toml").read_text("utf-8"))
    whole: dict[str, dict[str, str]] = {}
    beginnings: dict[str, dict[str, str]] = {}
    for concept in told["concepts"]:
        says = {role: concept[role] for role in ROLES if role in concept}
        for word in concept["words"]:
            kind = beginnings if word.endswith("*") else whole
            kind.setdefault(" ".join(_words(word)), {}).update(says)
    return Lexicon(whole, beginnings, frozenset(told["fillers"]), frozenset(told["leads"]))


@lru_cache(_REMEMBERED)
def concepts_of(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Say what a stretch tells is trained, and how.

    >>> concepts_of("single-leg stance"), concepts_of("Foam")
    ((('balance',), ('on a reduced base',)), ((), ('on an unstable surface',)))
    """
    words, found = _words(text), []
    at = 0
    while at < len(words):
        for size in range(min(_LONGEST_PHRASE, len(words) - at), 0, -1):
            says = _says(" ".join(words[at : at + size]))
            if says:
                found.append(says)
                break
        at += size
    what, how = (tuple(dict.fromkeys(says[role] for says in found if role in says)) for role in ROLES)
    return what, how


@lru_cache(_REMEMBERED)
def _says(phrase: str) -> Mapping[str, str]:
    """Find a phrase, else the longest beginning of it that leaves none of its words out."""
    known = lexicon()
    if phrase in known.whole:
        return known.whole[phrase]
    ends = range(len(phrase), phrase.rfind(" ") + 1, -1)
    return next((known.beginnings[phrase[:end]] for end in ends if phrase[:end] in known.beginnings), {})


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def reason_of(contributions: Sequence[Contribution], general: str | None) -> str:
    """Tell why a code was suggested, from the contributions that spoke for it; `general` says what the code is where they tell no concept."""
    spoke = [each for each in contributions if each.weight > 0 and each.kind not in ("heard", "rest")]
    words = [each for each in spoke if each.kind != "header"]
    own = [each for each in words[:_MOST_SPOKEN] if each.weight >= _SPEAKS * words[0].weight]
    found = [concepts_of(each.span.text) for each in own]
    what, how = (list(dict.fromkeys(concept for concepts in found for concept in concepts[side])) for side in (0, 1))
    parts = [", ".join([*(what[:2] or [general or _CLOSEST]), *how[:2]])]
    if own:
        parts.append(": " + ", ".join(dict.fromkeys(map(_quote, own))))
    headers = [each for each in spoke if each.kind == "header"]
    if headers and headers[0].weight >= _HEADER_DECIDES * sum(each.weight for each in spoke):
        parts.append(f"; filed under {_quote(headers[0])}")
    return "".join(parts)


def _quote(each: Contribution) -> str:
    text = " ".join(each.span.text.split())
    quoted = f"“{text if len(text) <= _LONGEST_QUOTE else text[: _LONGEST_QUOTE - 1] + '…'}”"
    return f"stated purpose {quoted}" if each.kind == "purpose" else quoted
