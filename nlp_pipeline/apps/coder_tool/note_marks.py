"""The note cut into pieces, each with what is to be shown on it: activities lit by code, minutes boxed, evidence underlined, the rest dimmed or folded."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from nlp_pipeline.apps.coder_tool.draft import PERFORMED, Draft
from nlp_pipeline.apps.coder_tool.wordings import screen_words
from nlp_pipeline.apps.coder_tool.worksheet import Worksheet
from nlp_pipeline.reporting.highlight import COMMANDS

Stretch = tuple[int, int]
_ENDS = ".\n;"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the note that is shown in one manner; `line` links it to its line of the decision, `opens` and `closes` are its ends."""

    start: int
    text: str
    line: int | None = None
    code: str = ""
    opens: bool = False
    closes: bool = False
    dimmed: str = ""
    minutes: str = ""
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """Pieces that belong together; a carried one was in the visit before and is shown folded, with what it hides."""

    pieces: tuple[Piece, ...]
    carried: bool = False
    activities: int = 0
    times: int = 0


@dataclass(frozen=True, slots=True)
class _Marks:
    """All that is to be shown on a note, as stretches."""

    activities: Sequence[tuple[int, int, int, str]]
    dimmed: Sequence[tuple[int, int, str]]
    minutes: Sequence[tuple[int, int, str]]
    evidence: Sequence[tuple[int, int, str]]

    def borders(self) -> Iterator[int]:
        """Give every place where something begins or ends."""
        for start, end, *_ in self.activities:
            yield from (start, end)
        for start, end, _ in (*self.dimmed, *self.minutes, *self.evidence):
            yield from (start, end)


def passages(worksheet: Worksheet, draft: Draft, carried: Sequence[Stretch] = ()) -> tuple[Passage, ...]:
    """Cut a note for the screen; put together again, its pieces are the note to the letter."""
    text: str = worksheet["text"]
    marks = _marks(worksheet, draft)
    borders = {0, len(text), *marks.borders(), *(end for stretch in carried for end in stretch)}
    borders |= {place + offset for place, sign in enumerate(text) if sign == "\r" for offset in (0, 1)}
    pieces = [_piece(text, stretch, marks) for stretch in pairwise(sorted(each for each in borders if 0 <= each <= len(text)))]
    return tuple(_folded(pieces, carried))


def _marks(worksheet: Worksheet, draft: Draft) -> _Marks:
    coded = worksheet["coded"]
    done = [(each.start, each.end, number, each.code) for number, each in enumerate(draft.activities) if each.status == PERFORMED]
    minutes = [(each["start"], each["end"], "counted" if each["code"] else each["reason"]) for each in coded["billing"]["ledger"]]
    evidence = [(*place, name) for name, told in coded["documentation"].items() if name != "minutes" for place in told["evidence"]]
    taken = [each[:2] for each in (*done, *evidence, *(each for each in minutes if each[2] == "counted"))]
    dimmed = [(*_widened(worksheet["text"], (each.start, each.end), taken), each.status) for each in draft.activities if each.status != PERFORMED]
    return _Marks(done, dimmed, minutes, evidence)


def _widened(text: str, own: Stretch, taken: Iterable[Stretch]) -> Stretch:
    """Widen what was not done today to its sentence, unless something of today stands there too."""
    start = max(text.rfind(sign, 0, own[0]) for sign in _ENDS) + 1
    end = min([found for sign in _ENDS if (found := text.find(sign, own[1])) >= 0] or [len(text)])
    return own if any(one < end and start < other for one, other in taken) else (start, end)


def _piece(text: str, stretch: Stretch, marks: _Marks) -> Piece:
    start, end = stretch
    activity = min((each for each in marks.activities if _over(each, stretch)), key=lambda each: each[1] - each[0], default=None)
    return Piece(
        start,
        "" if text[start:end] == "\r" else text[start:end].translate(COMMANDS),
        activity[2] if activity else None,
        activity[3] if activity else "",
        opens=activity is not None and activity[0] == start,
        closes=activity is not None and activity[1] == end,
        dimmed=next((each[2] for each in marks.dimmed if _over(each, stretch)), "") if activity is None else "",
        minutes=next((each[2] for each in marks.minutes if _over(each, stretch)), ""),
        evidence=tuple(dict.fromkeys(each[2] for each in marks.evidence if _over(each, stretch))),
    )


def _over(mark: tuple[Any, ...], stretch: Stretch) -> bool:
    return bool(mark[0] <= stretch[0] and stretch[1] <= mark[1])


def _folded(pieces: Iterable[Piece], carried: Sequence[Stretch]) -> Iterator[Passage]:
    """Gather the pieces into passages, carried ones apart from new ones."""
    held: list[Piece] = []
    inside: Stretch | None = None
    for piece in pieces:
        now = next((each for each in carried if each[0] <= piece.start < each[1]), None)
        if now != inside and held:
            yield _passage(held, inside is not None)
            held = []
        inside = now
        held.append(piece)
    if held:
        yield _passage(held, inside is not None)


def _passage(pieces: Sequence[Piece], carried: bool) -> Passage:
    lines = {each.line for each in pieces if each.line is not None}
    return Passage(tuple(pieces), carried, len(lines), sum(each.minutes == "counted" for each in pieces))


def conflicts(worksheet: Worksheet) -> list[Mapping[str, Any]]:
    """Find where the note says two things that cannot both be so, each with the places of either side.

    Of times, what was counted stands against the totals; of activities filed under another code than they support, the activities against their headers.
    """
    words = screen_words()
    found: list[Mapping[str, Any]] = []
    for each in worksheet["coded"]["findings"]:
        places = each["evidence"]
        if each["code"] in words.time_conflicts:
            found.append({**each, "sides": _times_against_totals(worksheet) or [places]})
        elif each["code"] in words.header_conflicts:
            found.append({**each, "sides": [places, headers] if (headers := _headers_over(worksheet, places)) else [places]})
        elif each["code"] in words.conflicts:
            found.append({**each, "sides": [[place] for place in places]})
    return found


def _times_against_totals(worksheet: Worksheet) -> list[list[list[int]]]:
    ledger = worksheet["coded"]["billing"]["ledger"]
    counted = [[each["start"], each["end"]] for each in ledger if each["code"]]
    totals = [[each["start"], each["end"]] for each in ledger if each["reason"] == "total"]
    return [counted, totals] if counted and totals else []


def _headers_over(worksheet: Worksheet, places: Sequence[Sequence[int]]) -> list[list[int]]:
    """Find the headers of the blocks that these activities stand in."""
    inside = {each["block"] for each in worksheet["coded"]["interventions"] if [each["start"], each["end"]] in places}
    return [[each["start"], each["end"]] for each in worksheet["coded"]["blocks"] if each["id"] in inside]
