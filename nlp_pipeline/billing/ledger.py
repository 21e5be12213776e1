"""Enter each documented time once: to the one code that it counts for, or as unbilled with its reason."""

import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from nlp_pipeline.records.encounter import LedgerEntry
from nlp_pipeline.records.facts import MinuteStatement, Reason, SetAside

_WORDS = Path(__file__).with_name("ledger.toml")
_TIME_OF_SERVICE = ("code", "start_stop")


def enter(minutes: Sequence[MinuteStatement], aside: Sequence[SetAside]) -> tuple[LedgerEntry, ...]:
    """Enter statements whose owners are settled, and the times set aside, in the order of the note.

    A clock interval counts only where its service has no minutes written out.
    """
    written = {each.code for each in minutes if each.kind == "code" and each.performed and not each.restated}
    entries = [_entry(each, written) for each in minutes]
    if aside:
        entries += [LedgerEntry(each.span, each.minutes, None, each.reason) for each in aside]
        entries.sort(key=_place)
    return tuple(entries)


def _entry(each: MinuteStatement, written: set[str | None]) -> LedgerEntry:
    reason = _reason(each, written)
    return LedgerEntry(each.span, each.minutes, each.code if reason is None else None, reason)


def _reason(each: MinuteStatement, written: set[str | None]) -> Reason | None:
    """Say why a statement does not count for its code; None where it does."""
    if each.kind == "dosage":
        return "dosage"
    if each.kind not in _TIME_OF_SERVICE or (each.kind == "start_stop" and each.code is None):
        return "total"
    if each.code is None:
        return "no_service"
    if not each.performed:
        return "not_furnished"
    return "restated" if each.restated or (each.kind == "start_stop" and each.code in written) else None


def _place(entry: LedgerEntry) -> int:
    return entry.span.start


@cache
def words_for(reason: Reason) -> str:
    """Say a reason in words."""
    words: str = _read_words()[reason]
    return words


@cache
def _read_words() -> dict[str, str]:
    words: dict[str, str] = tomllib.loads(_WORDS.read_text("utf-8"))["unbilled"]
    return words
