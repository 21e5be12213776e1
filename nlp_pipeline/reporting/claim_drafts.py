"""Decided visits as FHIR R4 Claim resources, always with the status draft: a person takes them on, nothing sends them."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from nlp_pipeline.records.decided_line import DecidedLine, ExportedVisit

CPT, HCPCS = "http://www.ama-assn.org/go/cpt", "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
CLAIM_TYPE, PRIORITY = "http://terminology.hl7.org/CodeSystem/claim-type", "http://terminology.hl7.org/CodeSystem/processpriority"
ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
Resource = dict[str, Any]


def draft_bundle(visits: Iterable[ExportedVisit], made_at: datetime) -> Resource:
    """Gather a draft claim for each visit that has lines."""
    entries = [{"resource": draft_claim(visit)} for visit in visits if visit.lines]
    bundle: Resource = {"resourceType": "Bundle", "type": "collection", "timestamp": _moment(made_at)}
    return bundle | {"entry": entries} if entries else bundle


def draft_claim(visit: ExportedVisit) -> Resource:
    """Lay a decided visit out as a draft claim; what the visit does not say is marked as absent, never made up."""
    return {
        "resourceType": "Claim",
        "id": visit.visit,
        "identifier": [{"value": visit.note_id}],
        "status": "draft",
        "type": {"coding": [{"system": CLAIM_TYPE, "code": "professional"}]},
        "use": "claim",
        "patient": _named(visit.patient),
        "billablePeriod": _period(visit),
        "created": _moment(visit.decided_at),
        "provider": _named(visit.clinic or visit.therapist),
        "priority": {"coding": [{"system": PRIORITY, "code": "normal"}]},
        "careTeam": [{"sequence": 1, "provider": _named(visit.therapist)}],
        "insurance": [{"sequence": 1, "focal": True, "coverage": _displayed(visit.payer)}],
        "item": [_item(number, line, visit) for number, line in enumerate(visit.lines, 1)],
    }


def _item(number: int, line: DecidedLine, visit: ExportedVisit) -> Resource:
    item: Resource = {
        "sequence": number,
        "careTeamSequence": [1],
        "productOrService": {"coding": [{"system": _system(line.code), "code": line.code}]},
        "quantity": {"value": line.units},
    }
    if line.modifiers:
        item["modifier"] = [{"coding": [{"system": _system(each), "code": each}]} for each in line.modifiers]
    if visit.day:
        item["servicedDate"] = visit.day.isoformat()
    return item


def _system(code: str) -> str:
    """Tell the two code systems apart: numbers are CPT's, what begins with a letter is HCPCS level II."""
    return CPT if code[:1].isdigit() else HCPCS


def _named(name: str | None) -> Resource:
    return {"identifier": {"value": name}} if name else _absent()


def _displayed(name: str | None) -> Resource:
    return {"display": name} if name else _absent()


def _absent() -> Resource:
    return {"extension": [{"url": ABSENT, "valueCode": "unknown"}]}


def _period(visit: ExportedVisit) -> Resource:
    return {"start": visit.day.isoformat(), "end": visit.day.isoformat()} if visit.day else _absent()


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
