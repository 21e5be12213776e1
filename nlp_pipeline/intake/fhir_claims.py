"""FHIR R4 Claim resources to claims, alone, on a line each, or in a Bundle."""

from collections.abc import Iterator, Mapping
from typing import Any

from nlp_pipeline.intake.amounts import amount, count
from nlp_pipeline.intake.days import read_day
from nlp_pipeline.intake.fhir import at
from nlp_pipeline.intake.received import Place, Rejected, reject
from nlp_pipeline.records.billed_claim import BilledClaim, BilledLine, Frequency, Where

CANCELLED = frozenset({"cancelled", "entered-in-error"})
REPLACED = frozenset({"prior", "replaces", "replacement"})


def claims_of_resource(resource: Mapping[str, Any], place: Place) -> Iterator[BilledClaim | Rejected]:
    """Give the claims that a resource is, or that a Bundle holds; other resources are passed over."""
    if resource.get("resourceType") == "Bundle":
        for number, entry in enumerate(_list(resource.get("entry")), 1):
            inner = at(entry, "resource")
            if isinstance(inner, dict) and inner.get("resourceType") == "Claim":
                yield _claim(inner, Place(place.source, place.row or number, f"Claim/{inner.get('id', number)}"))
    elif resource.get("resourceType") == "Claim":
        yield _claim(resource, Place(place.source, place.row, f"Claim/{resource.get('id', '')}"))


def _claim(resource: Mapping[str, Any], place: Place) -> BilledClaim | Rejected:
    claim_id = _text(resource.get("id")) or _text(at(resource, "identifier", 0, "value"))
    if claim_id is None:
        return reject("claim-without-number", place)
    fallback = _text(at(resource, "billablePeriod", "start"))
    lines: list[BilledLine] = []
    for number, item in enumerate(_list(resource.get("item")), 1):
        line = _line(item, fallback, Place(place.source, place.row, f"{place.part}, item {number}"), claim_id)
        if isinstance(line, Rejected):
            return line
        lines.append(line)
    prior = next((each for each in _list(resource.get("related")) if at(each, "relationship", "coding", 0, "code") in REPLACED), None)
    frequency: Frequency = "void" if resource.get("status") in CANCELLED else "replacement" if prior else "original"
    if not lines and frequency != "void":
        return reject("claim-without-lines", place, claim_id)
    team = _list(resource.get("careTeam"))
    therapist = next((each for each in team if "render" in str(at(each, "role", "coding", 0, "code") or "").lower()), team[0] if team else None)
    return BilledClaim(
        claim_id,
        "submitted",
        tuple(dict.fromkeys((*_names(resource.get("patient")), claim_id))),
        tuple(lines),
        _names(at(therapist, "provider")),
        _text(at(resource, "insurer", "display")) or next(iter(_names(resource.get("insurer"))), None),
        frequency,
        next(iter(_names(at(prior, "claim"))), None) if prior else None,
        where=Where(place.source, place.row, place.part),
    )


def _line(item: Any, fallback: str | None, place: Place, claim_id: str) -> BilledLine | Rejected:
    code = _text(at(item, "productOrService", "coding", 0, "code"))
    if code is None:
        return reject("line-without-code", place, claim_id)
    written = _text(at(item, "servicedDate")) or _text(at(item, "servicedPeriod", "start")) or fallback
    day = read_day(written) if written else None
    if day is None:
        return reject("unreadable-date" if written else "line-without-date", place, claim_id)
    said = at(item, "quantity", "value")
    units, charged = count("" if said is None else said), amount(at(item, "net", "value") or "")
    if units is None or charged is None:
        return reject("broken-number", place, claim_id, what="quantity" if units is None else "net amount")
    modifiers = tuple(each.upper() for one in _list(at(item, "modifier")) if (each := _text(at(one, "coding", 0, "code"))))
    sequence = at(item, "sequence")
    return BilledLine(
        code.upper(), units, modifiers, day.date, charged, control=str(sequence) if sequence else None, where=Where(place.source, place.row, place.part)
    )


def _names(reference: Any) -> tuple[str, ...]:
    """Give the number and the words that a reference names someone by."""
    target = (_text(at(reference, "reference")) or "").rpartition("/")[2].removeprefix("urn:uuid:").removeprefix("#")
    found = (_text(at(reference, "identifier", "value")), target or None, _text(at(reference, "display")))
    return tuple(dict.fromkeys(each for each in found if each))


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
