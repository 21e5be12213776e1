"""A note's words for a page: the evidence lit, everything else covered unless the whole text was asked for."""

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from itertools import groupby, pairwise

from nlp_pipeline.records.chart_summary import Passage, PassageKind
from nlp_pipeline.records.finding import Finding
from nlp_pipeline.records.note import Span
from nlp_pipeline.records.visit import Visit
from nlp_pipeline.reporting.highlight import shown

RANK: tuple[PassageKind, ...] = ("activity", "minutes", "evidence", "finding")  # what a stretch is shown as where it is several things
MOST_PASSAGES = 600  # of one example: a page is read by people


@dataclass(frozen=True, slots=True)
class _Light:
    start: int
    end: int
    kind: PassageKind
    label: str


def passages_of(visit: Visit, findings: Iterable[Finding], about: Set[str] = frozenset(), *, with_text: bool = False) -> tuple[Passage, ...]:
    """Cut a visit's note into lit and covered stretches; those that the findings named in `about` rest on are lit most.

    What is covered is told by its length alone: the words are not in the result.
    """
    found = tuple(findings)
    lights = [*_lights(visit), *(_Light(span.start, span.end, "finding", "") for finding in found for span in finding.evidence)]
    lit = [span for finding in found if finding.code in about for span in finding.evidence]
    pieces = list(_pieces(visit.text, lights, lit))
    shown_pieces = [passage for piece in pieces for passage in ([piece] if piece.kind != "plain" else _covered(piece.text, with_text=with_text))]
    kept, left = shown_pieces[:MOST_PASSAGES], shown_pieces[MOST_PASSAGES:]
    lines = 1 + sum(each.lines + each.text.count("\n") for each in left)
    return (*kept, Passage("hidden", lines=lines)) if left else tuple(kept)


def _lights(visit: Visit) -> Iterator[_Light]:
    for done in visit.activities:
        filed = f", filed under {done.stated_code}" if done.stated_code not in (None, done.code) else ""
        yield _Light(done.span.start, done.span.end, "activity", done.code + filed)
    for each in visit.evidence:
        yield _Light(each.span.start, each.span.end, "evidence", each.element)
    for span in visit.minute_spans:
        yield _Light(span.start, span.end, "minutes", "minutes")


def _pieces(text: str, lights: list[_Light], lit: list[Span]) -> Iterator[Passage]:
    """Cut the text where any light begins or ends, and join what looks the same again."""
    borders = sorted(
        {0, len(text)} | {place for light in lights for place in (light.start, light.end)} | {place for span in lit for place in (span.start, span.end)}
    )
    looks = []
    for start, end in pairwise(borders):
        over = [each for each in lights if each.start <= start and end <= each.end]
        best = min(over, key=lambda each: (RANK.index(each.kind), each.start), default=None)
        strong = any(span.start <= start and end <= span.end for span in lit)
        looks.append((best, strong, start, end))
    for (best, strong), stretch in groupby(looks, key=lambda look: look[:2]):
        parts = list(stretch)
        words = shown(text[parts[0][2] : parts[-1][3]])
        yield Passage("plain", words) if best is None else Passage(best.kind, words, best.label, lit=strong)


def _covered(text: str, *, with_text: bool) -> Iterator[Passage]:
    """Cover what is no evidence; line ends stay, so that the note keeps its shape, and what holds no letter or digit hides nothing."""
    if with_text or not any(map(str.isalnum, text)):
        yield Passage("plain", text)
        return
    first, *rest = text.split("\n")
    yield from _bar(first)
    if rest:
        between = sum(1 for line in rest[:-1] if line.strip())
        yield Passage("plain", "\n")
        if between:
            yield Passage("hidden", lines=between)
            yield Passage("plain", "\n")
        yield from _bar(rest[-1])


def _bar(line: str) -> Iterator[Passage]:
    if line.strip():
        yield Passage("hidden", characters=len(line.strip()))
