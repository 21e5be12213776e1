"""Audited visits and unmatched rows to their public JSON lines: the only place that knows their field names."""

from collections.abc import Iterable
from decimal import Decimal
from pathlib import PurePath
from typing import Any

from nlp_pipeline.records.audit_case import AuditedVisit, Unmatched
from nlp_pipeline.records.billed_claim import BilledLine, BilledVisit, Where
from nlp_pipeline.records.claim import ClaimLine
from nlp_pipeline.records.contractor import PacketItem, ProbeRound
from nlp_pipeline.records.discrepancy import Discrepancy

AUDIT_SCHEMA_VERSION = 1


def audited_to_json(visit: AuditedVisit) -> dict[str, Any]:
    """Lay out an audited visit as a line of `audit.jsonl`; amounts are strings, so that no cent is lost."""
    return {
        "schema_version": AUDIT_SCHEMA_VERSION,
        "id": visit.id,
        **_visit(visit),
        "outcome": visit.outcome,
        "submitted_amount": _amount(visit.submitted_amount),
        "supported_amount": _amount(visit.supported_amount),
        "difference": _amount(visit.difference),
        "paid": _amount(visit.paid),
        "billed": _bill(visit.billed),
        "submitted": [_line(line) for line in visit.submitted],
        "supported": [_line(line) for line in visit.supported.claim.lines],
        "discrepancies": [discrepancy_to_json(each) for each in visit.discrepancies],
        "contractor": {
            "decision": visit.contractor.decision,
            "reasons": list(visit.contractor.reasons),
            "source": visit.contractor.source,
            "mark": visit.contractor.mark,
        },
        **_note_side(visit),
        "notices": list(visit.notices),
        "model": visit.coded.model,
        "reader": visit.coded.reader,
        "rules": visit.supported.claim.rules_dated,
    }


def _visit(visit: AuditedVisit) -> dict[str, Any]:
    note = visit.coded.facts.note
    return {
        "patient": visit.patient,
        "date_of_service": visit.date_of_service.isoformat() if visit.date_of_service else None,
        "therapist": visit.therapist,
        "clinic": note.clinic,
        "payer": note.payer or visit.billed.payer,
        "profile": visit.supported.payer,
        "discipline": visit.supported.encounter.discipline,
    }


def _bill(billed: BilledVisit) -> dict[str, Any]:
    return {
        "id": billed.id,
        "claims": list(billed.claims),
        "superseded": list(billed.superseded),
        "audited_step": billed.step,
        "steps": {step: [_billed(line) for line in lines] for step, lines in billed.steps.items()},
    }


def _note_side(visit: AuditedVisit) -> dict[str, Any]:
    coded, claim = visit.coded, visit.supported.claim
    return {
        "interventions": [
            {"start": each.span.start, "end": each.span.end, "text": each.span.text, "status": each.status, "code": one.code, "stated_code": each.stated_code}
            for each, one in zip(coded.facts.interventions, coded.suggestions, strict=True)
        ],
        "minutes_by_code": dict(claim.minutes_by_code or {}),
        "timed_minutes": claim.timed_minutes,
        "total_minutes": claim.total_minutes,
        "findings": [each.code for each in coded.findings],
    }


def discrepancy_to_json(each: Discrepancy) -> dict[str, Any]:
    """Lay out one discrepancy."""
    return {
        "category": each.category,
        "kind": each.kind,
        "direction": each.direction,
        "material": each.material,
        "code": each.code,
        "amount": _amount(each.amount),
        "at_risk": _amount(each.at_risk),
        "message": each.message,
        "divergence": {"step": each.divergence.step, "told": each.divergence.told} if each.divergence else None,
        "evidence": [[span.start, span.end, span.text] for span in each.evidence],
        "billed_at": [_where(where) for where in each.billed_at],
        "finding": each.finding,
        "source": each.source,
        "mark": each.mark,
        "remedy": each.remedy,
        "rules": each.rules,
    }


def unmatched_to_json(row: Unmatched) -> dict[str, Any]:
    """Lay out what was found on one side only as a line of `unmatched.jsonl`."""
    return {
        "side": row.side,
        "id": row.id,
        "patient": row.patient,
        "date_of_service": row.date_of_service.isoformat() if row.date_of_service else None,
        "therapist": row.therapist,
        "payer": row.payer,
        "reason": row.reason,
        "near": [{"id": each.id, "differs": each.differs} for each in row.near],
        "lines": [_line(line) for line in row.lines],
        "amount": _amount(row.amount),
        "at": _where(row.where) if row.where else None,
    }


def probe_to_json(played: ProbeRound | None) -> dict[str, Any] | None:
    """Lay out a round of probing."""
    if played is None:
        return None
    return {
        "claims": list(played.claims),
        "denied": list(played.denied),
        "charged": _amount(played.charged),
        "lost": _amount(played.lost),
        "error_rate": round(played.error_rate, 4),
        "passes_up_to": played.passes_up_to,
        "chance_to_pass": played.chance_to_pass,
        "too_small": played.too_small,
        "source": played.source,
        "mark": played.mark,
    }


def packet_to_json(items: Iterable[PacketItem]) -> list[dict[str, Any]]:
    """Lay out the index of a packet of records."""
    return [{"item": each.item, "held": list(each.held), "source": each.source, "mark": each.mark} for each in items]


def _billed(line: BilledLine) -> dict[str, Any]:
    return {
        "code": line.code,
        "units": line.units,
        "modifiers": list(line.modifiers),
        "charged": _amount(line.charged),
        "allowed": _amount(line.allowed),
        "paid": _amount(line.paid),
        "control": line.control,
        "billed_as": line.billed_as,
        "adjustments": [[each.group, each.reason, _amount(each.amount)] for each in line.adjustments],
        "at": _where(line.where) if line.where else None,
    }


def _line(line: ClaimLine) -> dict[str, Any]:
    return {"code": line.code, "units": line.units, "modifiers": list(line.modifiers), "allowed": _amount(line.allowed)}


def _where(where: Where) -> dict[str, Any]:
    return {"source": PurePath(where.source).name, "row": where.row, "part": where.part}  # the name alone, so that another folder gives the same line


def _amount(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:.2f}"
