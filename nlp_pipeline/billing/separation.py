"""Where a note itself shows that two services of an edited pair were separate: blocks of their own, and a purpose stated in each.

Cautious on purpose: what is not found here stays an open question, and no modifier is set.
"""

from collections.abc import Iterator, Mapping, Sequence

from nlp_pipeline.records.facts import Block, Facts
from nlp_pipeline.records.note import Span
from nlp_pipeline.records.rules import Rules
from nlp_pipeline.records.suggestion import Suggestion

PURPOSES = ("functional_goal", "deficit")  # elements that say what a service was for
QUOTED = 60  # characters of the note


def separations(facts: Facts, suggestions: Sequence[Suggestion], codes: Sequence[str], rules: Rules) -> dict[tuple[str, str], str]:
    """Say for each edited pair whose purposes the note tells apart where it does so; pairs that no modifier lifts are passed over."""
    claim = rules.claim
    edits = claim.edits_among(codes, facts.note.date_of_service) if claim and len(codes) > 1 else ()
    found = {}
    for edit in (each.edit for each in edits if each.edit.indicator == 1):
        one, two = sorted((edit.column1, edit.column2))
        mine, theirs = _blocks(facts, suggestions, one), _blocks(facts, suggestions, two)
        if not mine or not theirs or mine.keys() & theirs.keys():
            continue
        purpose, other = (_purpose(facts, suggestions, *which) for which in ((one, mine), (two, theirs)))
        if purpose and other and (purpose.end <= other.start or other.end <= purpose.start) and purpose.text.lower() != other.text.lower():
            found[one, two] = f"{_quoted(one, purpose)}, {_quoted(two, other)}"
    return found


def _blocks(facts: Facts, suggestions: Sequence[Suggestion], code: str) -> Mapping[str, Block]:
    """Give the blocks of a service by their names: those it heads, and those whose performed interventions support it."""
    held = {each.block for each, one in zip(facts.interventions, suggestions, strict=False) if each.status == "performed" and one.code == code}
    return {block.id: block for block in facts.blocks if block.stated_code == code or (block.stated_code is None and block.id in held)}


def _purpose(facts: Facts, suggestions: Sequence[Suggestion], code: str, blocks: Mapping[str, Block]) -> Span | None:
    """Find the first words that say what a service was for."""
    return min(_purposes(facts, suggestions, code, blocks), key=lambda span: span.start, default=None)


def _purposes(facts: Facts, suggestions: Sequence[Suggestion], code: str, blocks: Mapping[str, Block]) -> Iterator[Span]:
    for each in facts.evidence:
        if each.element in PURPOSES and any(block.header.start <= each.span.start < block.end for block in blocks.values()):
            yield each.span
    for intervention, suggestion in zip(facts.interventions, suggestions, strict=False):
        if intervention.status == "performed" and suggestion.code == code and intervention.block in blocks and not suggestion.unsure:
            yield from (part.span for part in suggestion.contributions if part.kind == "purpose" and part.weight > 0 and part.span.text.strip())


def _quoted(code: str, span: Span) -> str:
    words = " ".join(span.text.split())
    return f"{code} for “{words[:QUOTED]}” ({span.start}–{span.end})"
