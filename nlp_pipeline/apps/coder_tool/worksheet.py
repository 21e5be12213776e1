"""A visit as the screen works on it: the note, its coded JSON, and the encounter that the rule layer counts anew after each correction."""

from collections.abc import Mapping
from datetime import time
from typing import Any

from nlp_pipeline.records.coded_note import CodedNote
from nlp_pipeline.records.encounter import Encounter
from nlp_pipeline.records.schema import coded_note_to_json

Worksheet = dict[str, Any]
_DAY = 24 * 60


def worksheet_of(coded: CodedNote, laid_out: Mapping[str, Any] | None = None) -> Worksheet:
    """Lay a coded note out so that it can be kept as JSON, shown, and counted again without the model.

    `laid_out` is its coded JSON where something was added to it, such as a house policy.
    """
    shown = coded_note_to_json(coded) if laid_out is None else dict(laid_out)
    return {"text": coded.facts.note.text, "coded": shown, "encounter": _encounter(coded.encounter)}


def _encounter(encounter: Encounter) -> dict[str, Any]:
    times = encounter.clock_times()
    return {
        "services": [
            {
                "code": each.code,
                "minutes": each.minutes,
                "assistant_minutes": each.assistant_minutes,
                "times": [[_clock(start), _clock(end)] for start, end in times.get(each.code, ())],
            }
            for each in encounter.services
        ],
        "timed_total": encounter.timed_total,
        "visit_total": encounter.visit_total,
        "stated_units": dict(encounter.stated_units),
        "distinct": [list(pair) for pair in encounter.distinct],
        "grounds": [[*pair, words] for pair, words in encounter.grounds.items()],
    }


def _clock(minutes: int) -> str:
    return time(minutes % _DAY // 60, minutes % 60).isoformat("minutes")
