"""Visits to a line of JSON and back. The line is working paper of one run, laid out for speed; the public form of a note is in schema.py.

A line has two values, parted by a tab, which JSON never holds as it is: what most passes over the visits need, and the activities, which are most of it.
"""

import json
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any, Final

from nlp_pipeline.records.facts import Dosage, Evidence
from nlp_pipeline.records.finding import Finding
from nlp_pipeline.records.note import Origin, Piece, Span
from nlp_pipeline.records.visit import Activity, Interval, Sketch, Visit, VisitLine, sketch_of

_encode: Final = json.JSONEncoder(ensure_ascii=False, check_circular=False, allow_nan=False, separators=(",", ":")).encode


def visit_to_json(visit: Visit) -> str:
    """Write a visit as one line of JSON, without the line's end; spans are written as places in the text."""
    head = _encode(
        [
            visit.id,
            visit.text,
            visit.day.isoformat() if visit.day else None,
            [visit.patient, visit.therapist, visit.clinic, visit.payer, visit.discipline],
            [[line.code, line.units, line.modifiers, None if line.allowed is None else str(line.allowed)] for line in visit.lines],
            dict(visit.stated_units),
            visit.stated_codes,
            None if visit.minutes_by_code is None else dict(visit.minutes_by_code),
            [visit.timed_minutes, visit.total_minutes],
            [[each.span.start, each.span.end, each.start, each.end, each.code, each.by] for each in visit.intervals],
            _places(visit.assistants),
            _places(visit.not_one_to_one),
            sketch_of(visit).told,
            [[each.element, each.span.start, each.span.end] for each in visit.evidence],
            _places(visit.minute_spans),
            [[each.code, each.severity, each.message, _places(each.evidence), each.source, each.mark, each.remedy] for each in visit.findings],
            visit.needs_review,
            visit.review_reasons,
            _origin(visit.origin),
            [visit.model, visit.reader, visit.rules],
            [*dict.fromkeys(reason for each in visit.activities for reason in each.review_reasons)] if visit.activities else None,
        ]
    )
    return f"{head}\t{_encode([_activity(each) for each in visit.activities])}"


def visit_from_json(line: bytes) -> Visit:
    """Make a visit of its line."""
    head, _, activities = line.partition(b"\t")
    row = json.loads(head)
    text: str = row[1]
    model, reader, rules = row[19]
    return Visit(
        **_outline(row),
        activities=tuple([_activity_from(each, text) for each in json.loads(activities)]),
        evidence=tuple([Evidence(element, Span(a, b, text[a:b])) for element, a, b in row[13]]),
        needs_review=row[16],
        origin=_origin_from(row[18]),
        model=model,
        reader=reader,
        rules=rules,
    )


def outline_from_json(line: bytes) -> Visit:
    """Make a visit of its line without what was done and shown: all activities are one without words, that bears the reasons to look at them."""
    row = json.loads(line.partition(b"\t")[0])
    activities = () if row[20] is None else (Activity(Span(0, 0, ""), "", "", review_reasons=tuple(row[20])),)
    return Visit(**_outline(row), activities=activities)


def sketch_from_json(line: bytes) -> Sketch:
    """Make a sketch of a visit of its line."""
    row = json.loads(line.partition(b"\t")[0])
    return Sketch(row[1], row[3][0], row[3][1], tuple(row[12]))


def _outline(row: list[Any]) -> dict[str, Any]:
    text: str = row[1]
    patient, therapist, clinic, payer, discipline = row[3]
    return {
        "id": row[0],
        "text": text,
        "day": date.fromisoformat(row[2]) if row[2] else None,
        "patient": patient,
        "therapist": therapist,
        "clinic": clinic,
        "payer": payer,
        "discipline": discipline,
        "lines": tuple([VisitLine(code, units, tuple(modifiers), None if paid is None else Decimal(paid)) for code, units, modifiers, paid in row[4]]),
        "stated_units": row[5],
        "stated_codes": tuple(row[6]),
        "minutes_by_code": row[7],
        "timed_minutes": row[8][0],
        "total_minutes": row[8][1],
        "intervals": tuple([Interval(Span(a, b, text[a:b]), start, end, code, by) for a, b, start, end, code, by in row[9]]),
        "assistants": _spans(row[10], text),
        "not_one_to_one": _spans(row[11], text),
        "minute_spans": _spans(row[14], text),
        "findings": tuple([Finding(code, how, says, _spans(places, text), *rest) for code, how, says, places, *rest in row[15]]),
        "review_reasons": tuple(row[17]),
    }


def _activity(each: Activity) -> list[Any]:
    dosage = each.dosage
    return [
        each.span.start,
        each.span.end,
        each.words,
        each.code,
        each.stated_code,
        None if dosage is None else [dosage.sets, dosage.reps, dosage.hold_seconds, dosage.minutes, dosage.load],
        _places(each.cueing),
        _places(each.basis),
        each.confidence,
        each.needs_review,
        each.review_reasons,
    ]


def _activity_from(row: list[Any], text: str) -> Activity:
    start, end, words, code, stated, dosage, cueing, basis, confidence, needs_review, reasons = row
    amount = None if dosage is None else Dosage(*dosage)
    span = Span(start, end, text[start:end])
    return Activity(span, words, code, stated, amount, _spans(cueing, text), _spans(basis, text), confidence, needs_review, tuple(reasons))


def _origin(origin: Origin | None) -> list[Any] | None:
    return None if origin is None else [origin.source, origin.row, origin.part, [[piece.start, piece.name] for piece in origin.pieces]]


def _origin_from(row: list[Any] | None) -> Origin | None:
    return None if row is None else Origin(row[0], row[1], row[2], tuple([Piece(start, name) for start, name in row[3]]))


def _places(spans: Iterable[Span]) -> list[tuple[int, int]]:
    return [(span.start, span.end) for span in spans]


def _spans(places: Iterable[tuple[int, int]], text: str) -> tuple[Span, ...]:
    return tuple([Span(start, end, text[start:end]) for start, end in places])
