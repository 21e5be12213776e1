"""Find who furnished minutes: therapist or assistant."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from nlp_pipeline.records.facts import Clinician

_ASSISTANT = r"(?:s?pta|cota(?:/l)?|ota|(?:therapist |therapy )?assistant|asst)"
_THERAPIST = r"(?:pt|dpt|ot|otr(?:/l)?|therapist)"
_NAME = r"(?:[ ]?\([^()\n]{1,24}\))?"
_WHO = rf"(?:(?P<assistant>{_ASSISTANT})|(?P<therapist>{_THERAPIST}))\b{_NAME}"
_BY = re.compile(rf"[ ]?(?:min\w*)?[ ]?[,(\-]?[ ]?(?:(?:by|w/|with|from|per|via)[ ])?(?:the[ ])?{_WHO}(?![ ](?:and|&|present|session|total)|[ :]*\d)")
_LED = re.compile(rf"(?<![a-z])(?:by[ ]|the[ ])?{_WHO}[ :=\-]{{1,3}}\Z")
_PART = re.compile(
    rf"(?:(?<![a-z])(?:by[ ]|the[ ])?(?:(?P<a1>{_ASSISTANT})|(?P<t1>{_THERAPIST}))\b{_NAME}[ :=\-]{{1,3}}(?P<n1>\d{{1,3}})(?![\d:]|/\d)|"
    rf"(?P<n2>\d{{1,3}})[ ]?(?:m[a-z]{{0,7}}|')?[ ]?[,(\-]?[ ]?(?:by|w/|with|from|per)?[ ]?(?:the[ ])?(?:(?P<a2>{_ASSISTANT})|"
    rf"(?P<t2>{_THERAPIST}))\b{_NAME})"
)
_FURNISHED = re.compile(
    rf"(?:(?:by|with|w/|from|per|via)[ ](?:the[ ]|treating[ ])?{_ASSISTANT}\b|(?:provided|furnished|rendered|delivered|performed|completed|"
    rf"treated|seen)[ ]by:?[ ][^\n;,]{{2,30}},?[ ]{_ASSISTANT}\b|\b(?:s?pta|cota|ota)[ ](?:note|session|"
    rf"visit|treatment|tx|daily|treated|provided|furnished|led|directed|completed|performed|delivered|worked|ran|"
    rf"did|took)\b|\b(?:pta|cota|ota)(?:/l)?[ ]?:|\((?:pta|cota|ota)\)|(?:signed|treating)[^.\n]{{0,24}}\b(?:pta|"
    rf"cota|ota)\b)"
)
_SENTENCE = re.compile(r"\n|(?<![ (][a-z])[.](?=[ \n])|\Z")


_REGION = (
    r"(?:[ ]?[-(]?[ ]?(?:to[ ]|for[ ]|on[ ])?(?:the[ ])?(?:(?:r|l|b|rt|lt|right|left|bilateral|bilat|both|ue|les?|"
    r"ues?|ble|bue|rue|lue|rle|lle|upper|lower|cervical|thoracic|lumbar|c-spine|t-spine|l-spine|neck|low|back|"
    r"shoulders?|knees?|hips?|ankles?|foot|feet|hands?|wrists?|elbows?|trunk|core|extremity|extremities|body|spine|"
    r"side|limbs?|fingers?|thumb|arms?|legs?)(?![a-z])[ ]?){1,4}(?:[a-z][a-z\-/]{1,14})?[)]?)"
)
_SECOND_REGION = re.compile(
    rf"{_REGION}(?:,|;|[ ]?and|[ ]?[+&/])[ ]?(?:and[ ])?(?P<minutes>\d{{1,3}})[ ]?(?:min(?:ute)?s?|m|')?{_REGION}(?=[ ]?(?:[.,;:\n)]|"
    rf"\Z))"
)
_NEAR = 60
_ASSISTANTS = ("pta", "spta", "cota", "ota", "assistant")


class Part(NamedTuple):
    """Minutes of a service that one clinician furnished."""

    start: int
    end: int
    minutes: float
    by: Clinician


def furnished_by(text: str, start: int, end: int, words: Sequence[int]) -> Clinician | None:
    """Name the clinician who stands beside a time, if one does; `words` is where the words for clinicians start."""
    if not _any_between(words, start - _NEAR, end + _NEAR):
        return None
    found = _BY.match(text, end) or _LED.search(text, max(0, start - 30), start)
    return None if found is None else "assistant" if found["assistant"] else "therapist"


def find_parts(text: str, start: int, limit: int, words: Sequence[int]) -> list[Part]:
    """Find the clinicians' parts said after a service's minutes, up to the end of the sentence or the next service."""
    if not _any_between(words, start, limit):
        return []
    stop = _SENTENCE.search(text, start, limit)
    parts = []
    for match in _PART.finditer(text, start, stop.start() if stop else limit):
        number = "n1" if match["n1"] else "n2"
        parts.append(Part(match.start(number), match.end(number), float(match[number]), "assistant" if match["a1"] or match["a2"] else "therapist"))
    return parts


def _any_between(places: Sequence[int], low: int, high: int) -> bool:
    at = bisect_left(places, low)
    return at < len(places) and places[at] < high


def find_region(text: str, end: int, limit: int) -> tuple[int, int, float] | None:
    """Find the minutes for a second part of the body, said after those for a first ("8 min cervical, 7 min thoracic")."""
    found = _SECOND_REGION.match(text, end, limit)
    return None if found is None else (found.start("minutes"), found.end("minutes"), float(found["minutes"]))


def find_assistants(text: str, words: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Find the places that say an assistant furnished treatment; `words` is where the words for clinicians start."""
    if any(text.startswith(_ASSISTANTS, at) for at in words):
        for match in _FURNISHED.finditer(text):
            yield match.span()
