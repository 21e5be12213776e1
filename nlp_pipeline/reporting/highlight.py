"""The note as it stands, with what was read in it shown on its words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from rich.style import Style
from rich.text import Text

from nlp_pipeline.records.coded_note import CodedNote
from nlp_pipeline.records.facts import Intervention
from nlp_pipeline.records.note import Span
from nlp_pipeline.reporting.wording import wording

SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
UNDERLINE = Style(underline=True)

# A note is shown, never obeyed: escape sequences and marks that turn the direction of writing become visible signs.
LINE_ENDS = re.compile(r"\r\n?")
COMMANDS = {code: 0x2400 + code for code in range(32) if chr(code) not in "\t\n"} | {0x7F: 0x2421}
COMMANDS |= dict.fromkeys((*range(0x80, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)), 0xFFFD)


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of the note and how it is worn; `number` links it to its line in the table."""

    span: Span
    style: Style
    number: str = ""


def shown(text: str) -> str:
    r"""Make text safe to show on a terminal.

    >>> shown("SLS\r\n\x1b[31mfoam")
    'SLS\n␛[31mfoam'
    """
    return LINE_ENDS.sub("\n", text).translate(COMMANDS)


def superscript(number: int) -> str:
    """Write a number small and high.

    >>> superscript(12)
    '¹²'
    """
    return str(number).translate(SUPERSCRIPTS)


def style_of(intervention: Intervention, code: str) -> Style:
    """Say how an intervention is worn: its code's colour, in the manner of its status."""
    return Style.parse(f"{wording().statuses[intervention.status]} {wording().colour(code)}")


def highlighted(coded: CodedNote, *, plain: bool = False) -> Text:
    """Show the note with interventions in colour, and minutes and documentation underlined; `plain` shows spans by brackets instead."""
    text, marks = coded.facts.note.text, list(_marks(coded))
    underlined = [each.span for each in coded.encounter.minutes] + [each.span for each in coded.facts.evidence]
    ends = {0, len(text)}
    for span in (*(mark.span for mark in marks), *underlined):
        ends |= {span.start, span.end}
    borders, result = sorted(ends), Text()
    for start, end in pairwise(borders):
        over = [mark for mark in marks if mark.span.start <= start and end <= mark.span.end]
        style = Style.combine([Style.null(), *(mark.style for mark in over)])
        if any(span.start <= start and end <= span.end for span in underlined):
            style += UNDERLINE
        if plain:
            result.append("‹" * sum(mark.span.start == start for mark in over))
        result.append(shown(text[start:end]), style)
        for mark in over:
            if mark.span.end == end:
                result.append(("›" if plain else "") + mark.number, mark.style)
    return result


def _marks(coded: CodedNote) -> Iterator[Mark]:
    pairs = zip(coded.facts.interventions, coded.suggestions, strict=True)
    for number, (intervention, suggestion) in enumerate(pairs, 1):
        yield Mark(intervention.span, style_of(intervention, suggestion.code), superscript(number))
