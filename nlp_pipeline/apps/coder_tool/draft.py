"""A coder's corrections of one visit, one after the other, and what the visit is after them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nlp_pipeline.apps.coder_tool.worksheet import Worksheet
from nlp_pipeline.errors import OperationRefused

PERFORMED = "performed"
NOT_PERFORMED = "negated"
_MOST_MINUTES = 24 * 60
_MOST_OPERATIONS = 1000
_LONGEST_REASON = 2000

Operation = Mapping[str, Any]


@dataclass(slots=True)
class Activity:
    """One activity of the visit as it stands after the corrections so far; `suggested` is None for one that the coder added."""

    start: int
    end: int
    status: str
    code: str
    suggested: Mapping[str, Any] | None = None
    touched: bool = False

    @property
    def changed(self) -> bool:
        """Say whether it is billed otherwise than suggested."""
        before = self.suggested
        return before is None or (self.code, self.status) != (before["code"], before["status"])


@dataclass(slots=True)
class Draft:
    """A visit under correction: its activities, the minutes that she typed, and what she flagged."""

    activities: list[Activity]
    minutes: dict[str, float] = field(default_factory=dict)
    flags: list[dict[str, Any]] = field(default_factory=list)
    blind: bool = False

    @property
    def undecided(self) -> list[int]:
        """Number the activities that still lack a code: on a blind visit nothing is suggested."""
        return [number for number, each in enumerate(self.activities) if each.status == PERFORMED and not each.code]


def drafted(worksheet: Worksheet, operations: Sequence[Operation], *, blind: bool = False) -> Draft:
    """Apply corrections, in order, to what was suggested; on a blind visit, to activities without a code."""
    if len(operations) > _MOST_OPERATIONS:
        raise OperationRefused("there are too many corrections")
    draft = Draft([_activity(each, blind) for each in worksheet["coded"]["interventions"]], blind=blind)
    for operation in operations:
        _apply(draft, operation, len(worksheet["text"]))
    return draft


def _activity(each: Mapping[str, Any], blind: bool) -> Activity:
    return Activity(each["start"], each["end"], each["status"], "" if blind else each["code"], each)


def _apply(draft: Draft, operation: Operation, length: int) -> None:
    match operation:
        case {"op": "code", "line": int(line), "code": str(code)} if code:
            _at(draft, line).code = code
            _at(draft, line).touched = True
        case {"op": "minutes", "code": str(code), "minutes": int() | float() as minutes} if 0 <= minutes <= _MOST_MINUTES:
            draft.minutes[code] = int(minutes) if minutes == int(minutes) else minutes
        case {"op": "undone" | "done" as what, "line": int(line)}:
            _at(draft, line).status = PERFORMED if what == "done" else NOT_PERFORMED
            _at(draft, line).touched = True
        case {"op": "add", "start": int(start), "end": int(end), "code": str(code)} if 0 <= start < end <= length:
            draft.activities.append(Activity(start, end, PERFORMED, code, touched=True))
        case {"op": "span", "line": int(line), "start": int(start), "end": int(end)} if 0 <= start < end <= length:
            found = _at(draft, line)
            found.start, found.end, found.touched = start, end, True
        case {"op": "flag", "reason": str(reason)} if reason.strip() and len(reason) <= _LONGEST_REASON:
            draft.flags.append({"line": operation.get("line"), "reason": reason.strip()})
        case _:
            raise OperationRefused("a correction is not one that this screen makes")


def _at(draft: Draft, line: int) -> Activity:
    if not 0 <= line < len(draft.activities):
        raise OperationRefused("a correction names a line that is not there")
    return draft.activities[line]


def reading_operations(codes: Mapping[int, str], minutes: Mapping[str, float]) -> list[Operation]:
    """Make corrections of a second reading: an activity without a code was not done; minutes by code are those that were typed.

    >>> reading_operations({0: "97110", 1: ""}, {"97110": 20})
    [{'op': 'code', 'line': 0, 'code': '97110'}, {'op': 'undone', 'line': 1}, {'op': 'minutes', 'code': '97110', 'minutes': 20}]
    """
    said: list[Operation] = [{"op": "code", "line": line, "code": code} if code else {"op": "undone", "line": line} for line, code in sorted(codes.items())]
    return [*said, *({"op": "minutes", "code": code, "minutes": typed} for code, typed in minutes.items())]


def services(worksheet: Worksheet, draft: Draft) -> list[dict[str, Any]]:
    """Give the services of the visit after the corrections, with their minutes.

    A documented time follows its activities: where all that was done in its block now has one other code, it goes with them; where nothing of it
    was done, it counts for nothing; where they are divided, it stays, until she types how it is shared. Where the note gives minutes by service, a
    service without minutes earns nothing and is left out, as in the suggestion.
    """
    suggested = {each["code"]: each for each in worksheet["encounter"]["services"]}
    spent: dict[str, float] = {}
    for code, minutes in _times(worksheet, draft):
        if code:
            spent[code] = spent.get(code, 0) + minutes
    unmeasured = [] if spent else [each.code for each in _done(draft) if each.changed]
    codes = dict.fromkeys([*_kept(suggested, worksheet, draft, spent), *spent, *unmeasured, *draft.minutes])
    laid = []
    for code in codes:
        told = draft.minutes[code] if code in draft.minutes else spent.get(code)
        if told == 0 or not code or code == "none":
            continue
        before = suggested.get(code, {})
        assisted = min(before.get("assistant_minutes", 0), told or 0)
        laid.append({"code": code, "minutes": told, "assistant_minutes": assisted, "times": before.get("times", []) if told == before.get("minutes") else []})
    return laid


def _done(draft: Draft) -> list[Activity]:
    return [each for each in draft.activities if each.status == PERFORMED and each.code]


def _kept(suggested: Mapping[str, Any], worksheet: Worksheet, draft: Draft, spent: Mapping[str, float]) -> Iterator[str]:
    """Name the suggested services that still stand: with minutes, with an activity, or never having rested on one."""
    if draft.blind:
        return
    rested = {each["code"] for each in worksheet["coded"]["interventions"] if each["status"] == PERFORMED}
    now = {each.code for each in _done(draft)}
    yield from (code for code in suggested if code in spent or code in now or code not in rested)


def _times(worksheet: Worksheet, draft: Draft) -> Iterator[tuple[str | None, float]]:
    """Give each documented time that counted with the code that it counts for now."""
    blocks = {(each["start"], each["end"]): each["block"] for each in worksheet["coded"]["minutes"]}
    for entry in worksheet["coded"]["billing"]["ledger"]:
        if entry["code"] is None:
            continue
        block = blocks.get((entry["start"], entry["end"]))
        yield _owner(entry["code"], _group(draft, block, entry["code"]), draft.blind), entry["minutes"]


def _group(draft: Draft, block: str | None, code: str) -> list[Activity]:
    """Find the activities that a time stands over: those of its block, or, without one, those of its code."""
    suggested = [(each, each.suggested) for each in draft.activities if each.suggested]
    if block is not None:
        return [each for each, before in suggested if before["block"] == block and before["status"] == PERFORMED]
    return [each for each, before in suggested if before["code"] == code and before["status"] == PERFORMED]


def _owner(code: str, group: Sequence[Activity], blind: bool) -> str | None:
    now = {each.code for each in group if each.status == PERFORMED}
    if blind:  # nothing is known but what she says: the time waits until each of its activities has a code
        return None if "" in now else next(iter(now)) if len(now) == 1 else code if code in now else None
    if not any(each.changed for each in group):
        return code
    if not now:
        return None
    return next(iter(now)) if len(now) == 1 else code


def encounter_json(worksheet: Worksheet, draft: Draft) -> dict[str, Any]:
    """Lay out the visit after the corrections as an encounter that the rule layer takes."""
    coded, kept = worksheet["coded"], worksheet["encounter"]
    fields = {name: coded[name] for name in ("id", "date_of_service", "payer", "discipline")}
    laid = services(worksheet, draft)
    return {**fields, **{name: kept[name] for name in ("visit_total", "stated_units", "distinct")}, "timed_total": _timed_total(kept, draft), "services": laid}


def _timed_total(kept: Mapping[str, Any], draft: Draft) -> float | None:
    """Take the stated total until she types minutes herself: then her minutes are what she holds documented."""
    total: float | None = None if draft.minutes else kept["timed_total"]
    return total


def answer(worksheet: Worksheet, draft: Draft, lines: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Lay out what she decided: every activity beside what was suggested for it, the minutes, the lines, the flags. It holds no words of the note."""
    return {
        "interventions": [_decided(each) for each in draft.activities],
        "minutes_by_code": {each["code"]: each["minutes"] for each in services(worksheet, draft)},
        "minutes_typed": dict(draft.minutes),
        "lines": [{"code": each["code"], "units": each["units"], "modifiers": list(each["modifiers"])} for each in lines],
        "flags": list(draft.flags),
    }


def _decided(each: Activity) -> dict[str, Any]:
    before = each.suggested or {}
    told = {"suggested": before.get("code"), "suggested_status": before.get("status"), "confidence": before.get("confidence")}
    moved = each.suggested is not None and (each.start, each.end) != (before["start"], before["end"])
    return {"start": each.start, "end": each.end, "status": each.status, "code": each.code, **told, "added": each.suggested is None, "moved": moved}
