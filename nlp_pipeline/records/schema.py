"""Records to the public JSON and back (schema_version 1): the only place that knows its field names."""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from json.encoder import encode_basestring as _quoted
from math import isfinite
from typing import Any, Final

from nlp_pipeline.records.claim import Claim
from nlp_pipeline.records.claim_schema import finding_to_json
from nlp_pipeline.records.coded_note import CodedNote
from nlp_pipeline.records.encounter import LedgerEntry
from nlp_pipeline.records.facts import ELEMENTS, Block, Dosage, Intervention, MinuteStatement
from nlp_pipeline.records.finding import Finding
from nlp_pipeline.records.note import Note, Origin, Span
from nlp_pipeline.records.rules import UnitMethod
from nlp_pipeline.records.suggestion import Contribution, Counterfactual, Suggestion, strongest

SCHEMA_VERSION: Final = 1
TIMED_TO_THE_CODE: Final = frozenset({"code", "start_stop"})

_END_OF_FINDINGS: Final = '],"notices":['

# A coded note is a tree, so the search for circles is wasted work; NaN is no JSON and must never leave.
_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, allow_nan=False, separators=(",", ":")).encode


def write_line(coded: CodedNote) -> str:
    """Write a coded note as one line of JSON, without the line's end."""
    facts, note = coded.facts, coded.facts.note
    front = {
        "schema_version": SCHEMA_VERSION,
        "id": note.id,
        "date_of_service": note.date_of_service.isoformat() if note.date_of_service else None,
        "discipline": note.discipline,
        "payer": note.payer,
        "patient": note.patient,
        "therapist": note.therapist,
        "clinic": note.clinic,
        "origin": _origin(note.origin),
        "needs_review": coded.needs_review,
        "review_reasons": list(coded.review_reasons),
    }
    interventions = ",".join([_intervention(*pair) for pair in zip(facts.interventions, coded.suggestions, strict=True)])
    rest = {
        "minutes": [_minutes(statement) for statement in coded.encounter.minutes],
        "blocks": [_block(block) for block in facts.blocks],
        "billing": {**_billing(coded.claim), "ledger": [_entry(entry) for entry in coded.encounter.ledger]},
        "documentation": _documentation(coded),
        "findings": [finding_to_json(finding) for finding in coded.findings],
        "notices": list(coded.notices),
        "model": coded.model,
        "reader": coded.reader,
        "rules": coded.rules,
    }
    return f'{_encode(front)[:-1]},"interventions":[{interventions}],{_encode(rest)[1:]}'


def joined_line(line: str, across: Iterable[Finding], since_last_visit: str) -> str:
    """Add to a line what only several notes show: findings after the note's own, and what is new since the patient's last visit (JSON, empty for none).

    The line is as `write_line` wrote it. Its words cannot look like its structure, for a quotation mark inside of them is written with a backslash.
    """
    if found := ",".join([_encode(finding_to_json(finding)) for finding in across]):
        before, after = line.rsplit(_END_OF_FINDINGS, 1)
        line = f"{before}{'' if before.endswith('[') else ','}{found}{_END_OF_FINDINGS}{after}"
    return f'{line[:-1]},"since_last_visit":{since_last_visit}}}' if since_last_visit else line


def coded_note_to_json(coded: CodedNote) -> dict[str, Any]:
    """Lay out a coded note as the public JSON object."""
    laid_out: dict[str, Any] = json.loads(write_line(coded))
    return laid_out


def _origin(origin: Origin | None) -> dict[str, Any] | None:
    if origin is None:
        return None
    pieces = [{"start": piece.start, "name": piece.name} for piece in origin.pieces]
    return {"source": origin.source, "row": origin.row, "part": origin.part, "pieces": pieces}


def note_from_json(row: Mapping[str, Any]) -> Note:
    """Make a note of a row that bears the public names; what it does not say is None.

    >>> note_from_json({"id": "007", "text": "SLS on foam", "date_of_service": "2026-03-02"}).date_of_service
    datetime.date(2026, 3, 2)
    """
    day = row.get("date_of_service")
    return Note(
        id=row["id"],
        text=row["text"],
        date_of_service=date.fromisoformat(day) if isinstance(day, str) else day,
        payer=row.get("payer"),
        discipline=row.get("discipline"),
        patient=row.get("patient"),
        therapist=row.get("therapist"),
        clinic=row.get("clinic"),
    )


def _intervention(intervention: Intervention, suggestion: Suggestion) -> str:
    """Write an intervention; most of a line are these, so that they are written without a step between."""
    span, each = intervention.span, suggestion
    return (
        f'{{"start":{span.start},"end":{span.end},"text":{_quoted(span.text)},"status":"{intervention.status}",'
        f'"status_confidence":{_number(intervention.status_confidence)},"code":{_quoted(each.code)},"stated_code":{_text(intervention.stated_code)},'
        f'"block":{_text(intervention.block)},"confidence":{_number(each.confidence)},"probabilities":{_probabilities(each)},'
        f'"prediction_set":{_texts(each.prediction_set)},"coverage":{"null" if each.coverage is None else _number(each.coverage)},'
        f'"needs_review":{"true" if each.needs_review else "false"},"review_reasons":{_texts(each.review_reasons)},'
        f'"dosage":{_dosage(intervention.dosage)},"explanation":{_explanation(each)}}}'
    )


def _explanation(each: Suggestion) -> str:
    written = {id(one): _contribution(one) for one in each.contributions}
    toward, against = (",".join([written[id(one)] for one in side]) for side in strongest(each.contributions))
    return (
        f'{{"reason":{_quoted(each.reason)},"counterfactual":{_text(each.counterfactual.question if each.counterfactual else None)},'
        f'"counterfactual_edit":{_edit(each.counterfactual)},"intercept":{_number(each.intercept)},"margin":{_number(each.margin)},'
        f'"runner_up":{_text(each.runner_up)},"for":[{toward}],"against":[{against}],"contributions":[{",".join(written.values())}]}}'
    )


def _edit(change: Counterfactual | None) -> str:
    """Write what was tried, so that anyone can try it again: places and names, never words to paste."""
    if change is None:
        return "null"
    return _encode({"code": change.code, "without": _places(change.without), "purpose": change.purpose})


def _contribution(each: Contribution) -> str:
    span = each.span
    return (
        f'{{"start":{span.start},"end":{span.end},"text":{_quoted(span.text)},"toward":{_quoted(each.toward)},"weight":{_number(each.weight)},'
        f'"kind":"{each.kind}"}}'
    )


def _probabilities(suggestion: Suggestion) -> str:
    if suggestion.probabilities is None:
        return "null"
    return "{" + ",".join([f"{_quoted(code)}:{_number(share)}" for code, share in suggestion.probabilities.items()]) + "}"


def _dosage(dosage: Dosage | None) -> str:
    if dosage is None:
        return _NO_DOSAGE
    return _encode(
        {
            "sets": dosage.sets,
            "reps": dosage.reps,
            "hold_seconds": _whole(dosage.hold_seconds),
            "minutes": _whole(dosage.minutes),
            "load": dosage.load,
        }
    )


def _texts(texts: Iterable[str] | None) -> str:
    return "null" if texts is None else f"[{','.join(map(_quoted, texts))}]"


def _text(text: str | None) -> str:
    return "null" if text is None else _quoted(text)


def _number(number: float) -> str:
    """Write a number; what is no number, or has no end, is no JSON."""
    if not isfinite(number):
        raise ValueError("a number without an end cannot be written")
    return repr(number)


def _minutes(statement: MinuteStatement) -> dict[str, Any]:
    span = statement.span
    return {
        "start": span.start,
        "end": span.end,
        "text": span.text,
        "minutes": _whole(statement.minutes),
        "kind": statement.kind,
        "code": statement.code,
        "block": statement.block,
        "restated": statement.restated,
        "performed": statement.performed,
        "by": statement.by,
        "clock": list(statement.clock) if statement.clock else None,
    }


def _block(block: Block) -> dict[str, Any]:
    return {"id": block.id, "start": block.header.start, "end": block.header.end, "stated_code": block.stated_code, "until": block.end}


def _billing(claim: Claim) -> dict[str, Any]:
    by_code = claim.minutes_by_code
    return {
        "method": claim.method,
        "minutes_by_code": None if by_code is None else {code: _whole(minutes) for code, minutes in by_code.items()},
        "timed_minutes": _whole(claim.timed_minutes),
        "total_minutes": _whole(claim.total_minutes),
        "units_cms": _units(claim, "cms"),
        "units_ama": _units(claim, "ama"),
        "units_per15": _units(claim, "per15"),
        "ties": {method: sorted(share.tied) for method, share in claim.units.items() if share and share.tied},
        "stated_units": dict(claim.stated_units),
        "lines": [{"code": line.code, "units": line.units, "modifiers": list(line.modifiers)} for line in claim.lines],
        "explanation": list(claim.explanation),
    }


def _entry(entry: LedgerEntry) -> dict[str, Any]:
    span = entry.span
    return {"start": span.start, "end": span.end, "minutes": _whole(entry.minutes), "code": entry.code, "reason": entry.reason}


def _units(claim: Claim, method: UnitMethod) -> dict[str, int] | None:
    share = claim.units.get(method)
    return None if share is None else dict(share.units)


def _documentation(coded: CodedNote) -> dict[str, Any]:
    """Say of each element whether the note holds it and where; minutes count when they are told to the code or by the clock."""
    found: dict[str, list[Span]] = {"minutes": minute_evidence(coded), **{element: [] for element in ELEMENTS}}
    for evidence in coded.facts.evidence:
        found[evidence.element].append(evidence.span)
    return {element: {"present": bool(spans), "evidence": _places(spans)} for element, spans in found.items()}


def minute_evidence(coded: CodedNote) -> list[Span]:
    """Point at the words that give a furnished service its exact minutes or its clock times."""
    return [each.span for each in coded.encounter.minutes if each.kind in TIMED_TO_THE_CODE and each.performed]


def _places(spans: Iterable[Span]) -> list[list[int]]:
    return [[span.start, span.end] for span in spans]


def _whole(minutes: float | None) -> float | int | None:
    """Write 15.0 as 15 and leave 7.5 as it is."""
    return int(minutes) if minutes is not None and minutes == int(minutes) else minutes


_NO_DOSAGE: Final = _dosage(Dosage())
