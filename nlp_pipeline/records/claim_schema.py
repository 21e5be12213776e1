"""Encounters and claims to and from the public JSON: the only place that knows their field names."""

from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import Any, Final, get_args

from nlp_pipeline.errors import EncounterRefused
from nlp_pipeline.records.claim import AuditedClaim, ClaimLine, Proof, ThresholdUse
from nlp_pipeline.records.encounter import Encounter, Service
from nlp_pipeline.records.finding import Finding
from nlp_pipeline.records.rules import UnitMethod

UNCONFIRMED: Final = frozenset({"K", "C"})  # known but not confirmed; sources conflict
MOST_MINUTES: Final = 24 * 60
DISCIPLINES: Final = {"PT": "PT", "OT": "OT", "SLP": "SLP", "ST": "SLP"}
IN_WORDS: Final = {"physical therapy": "PT", "occupational therapy": "OT", "speech therapy": "SLP", "speech-language pathology": "SLP"}


def encounter_from_json(row: Any) -> Encounter:
    """Make an encounter of a public JSON object, or say which field is wrong; unknown fields are passed over."""
    if not isinstance(row, Mapping):
        raise EncounterRefused("encounter", "is not a JSON object")
    services = row.get("services")
    if not isinstance(services, list):
        raise EncounterRefused("services", "is not a list" if "services" in row else "is missing")
    spent = row.get("allowed_to_date")
    by_pool = {pool: _money(spent, pool, "allowed_to_date") or Decimal(0) for pool in spent} if isinstance(spent, Mapping) else {}
    return Encounter(
        id=str(row.get("id", "")),
        date_of_service=_day(row),
        payer=_text(row, "payer"),
        discipline=_discipline(row),
        services=tuple(_service(each, f"services[{number}]") for number, each in enumerate(services)),
        timed_total=_minutes(row, "timed_total", "timed_total"),
        visit_total=_minutes(row, "visit_total", "visit_total"),
        stated_units=_stated_units(row),
        therapist_of_record=_text(row, "therapist_of_record"),
        allowed_to_date=None if by_pool else _money(row, "allowed_to_date", "allowed_to_date"),
        allowed_by_pool=by_pool,
        deductible=_money(row, "deductible", "deductible") or Decimal(0),
        locality=_text(row, "locality"),
        distinct=_pairs(row),
        method=_method(row),
        patient=_text(row, "patient"),
        qualifying=_switch(row, "qualifying"),
        institutional=_switch(row, "institutional"),
    )


def claim_to_json(audited: AuditedClaim) -> dict[str, Any]:
    """Lay out a claim as the public JSON object."""
    encounter, claim = audited.encounter, audited.claim
    payments = [line.payment for line in claim.lines if line.payment]
    return {
        "schema_version": 1,
        "id": encounter.id,
        "date_of_service": encounter.date_of_service.isoformat() if encounter.date_of_service else None,
        "payer": encounter.payer,
        "profile": audited.payer,
        "discipline": next((line.discipline for line in claim.lines if line.discipline), encounter.discipline),
        "method": claim.method,
        "timed_minutes": claim.timed_minutes,
        "total_units": sum(line.units for line in claim.lines),
        "lines": [_line(line) for line in claim.lines],
        "units": {method: dict(share.units) if share else None for method, share in claim.units.items()},
        "ties": {method: sorted(share.tied) for method, share in claim.units.items() if share and share.tied},
        "lawful_units": [dict(way) for way in claim.lawful],
        "allowed": _amount(sum((each.allowed for each in payments), Decimal(0))) if payments else None,
        "expected_payment": _amount(sum((each.paid for each in payments), Decimal(0))) if payments else None,
        "threshold": _threshold(claim.thresholds[0]) if claim.thresholds else None,
        "thresholds": [_threshold(use) for use in claim.thresholds],
        "findings": [finding_to_json(finding) for finding in audited.findings],
        "proofs": [_proof(proof) for proof in claim.proofs],
        "explanation": list(claim.explanation),
        "notices": list(audited.notices),
        "rules": claim.rules_dated,
    }


def finding_to_json(finding: Finding) -> dict[str, Any]:
    """Lay out a finding of a note or a claim, with how firm its source is and what a person would do about it."""
    return {
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
        "evidence": [[span.start, span.end] for span in finding.evidence],
        "source": finding.source,
        "mark": finding.mark,
        "unconfirmed": finding.mark in UNCONFIRMED,
        "remedy": finding.remedy,
    }


def _line(line: ClaimLine) -> dict[str, Any]:
    laid: dict[str, Any] = {"code": line.code, "units": line.units, "modifiers": list(line.modifiers), "allowed": _amount(line.allowed)}
    laid["discipline"] = line.discipline
    if line.payment:
        parts = ("deductible", "coinsurance", "assistant_reduction", "sequestration", "paid")
        laid["payment"] = {part: _amount(getattr(line.payment, part)) for part in parts}
    return laid


def _threshold(use: ThresholdUse) -> dict[str, Any]:
    amounts = {name: _amount(getattr(use, name)) for name in ("amount", "review", "before", "after")}
    return {"pool": use.pool, **amounts, "kx": use.marked}


def _proof(proof: Proof) -> dict[str, Any]:
    laid: dict[str, Any] = {"says": proof.says, "holds": proof.holds}
    if proof.because:
        laid["because"] = proof.because
    if proof.question:
        laid["question"] = proof.question
    if proof.parts:
        laid["parts"] = [_proof(part) for part in proof.parts]
    return laid


def _amount(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)


def _service(row: Any, place: str) -> Service:
    if not isinstance(row, Mapping):
        raise EncounterRefused(place, "is not a JSON object")
    code = row.get("code")
    if not isinstance(code, str | int) or isinstance(code, bool) or not str(code).strip():
        raise EncounterRefused(f"{place}.code", "is not a service code")
    times = _times(row, f"{place}.times")
    minutes, assisted = _minutes(row, "minutes", f"{place}.minutes"), _minutes(row, "assistant_minutes", f"{place}.assistant_minutes") or 0
    if minutes is None and times:
        minutes = sum(end - start for start, end in times)
    if minutes is not None and assisted > minutes:
        raise EncounterRefused(f"{place}.assistant_minutes", "is more than all minutes of the service")
    modifiers = row.get("modifiers")
    if modifiers is not None and not (isinstance(modifiers, list) and all(isinstance(each, str | int) for each in modifiers)):
        raise EncounterRefused(f"{place}.modifiers", "is not a list of modifiers")
    return Service(
        code=str(code).strip().upper(),
        minutes=minutes,
        assistant_minutes=assisted,
        discipline=_discipline(row),
        modifiers=None if modifiers is None else tuple(str(each).strip().upper() for each in modifiers),
        allowed=_money(row, "allowed", f"{place}.allowed"),
        times=times,
        revenue_code=str(row["revenue_code"]).strip() or None if isinstance(row.get("revenue_code"), str | int) else None,
    )


def _times(row: Mapping[str, Any], place: str) -> tuple[tuple[int, int], ...]:
    """Read stretches of clock time; one that ends before it begins ends after midnight."""
    said = row.get("times") or []
    try:
        ends = [(_after_midnight(start), _after_midnight(end)) for start, end in said]
    except (TypeError, ValueError):
        raise EncounterRefused(place, 'is not a list of stretches such as ["09:00", "09:15"]') from None
    return tuple((start, end if end > start else end + MOST_MINUTES) for start, end in ends)


def _after_midnight(written: str) -> int:
    clock = time.fromisoformat(written)
    return clock.hour * 60 + clock.minute


def _day(row: Mapping[str, Any]) -> date | None:
    said = row.get("date_of_service")
    if said is None:
        return None
    try:
        return date.fromisoformat(said)
    except (TypeError, ValueError):
        raise EncounterRefused("date_of_service", "is not a day written YYYY-MM-DD") from None


def _text(row: Mapping[str, Any], key: str) -> str | None:
    said = row.get(key)
    if said is not None and not isinstance(said, str):
        raise EncounterRefused(key, "is not text")
    return said or None


def _switch(row: Mapping[str, Any], key: str) -> bool:
    said = row.get(key, False)
    if not isinstance(said, bool):
        raise EncounterRefused(key, "is neither true nor false")
    return said


def _discipline(row: Mapping[str, Any]) -> str | None:
    said = (_text(row, "discipline") or "").strip()
    if not said:
        return None
    found = DISCIPLINES.get(said.upper()) or IN_WORDS.get(said.lower())
    if found is None:
        raise EncounterRefused("discipline", "is none of PT, OT, SLP")
    return found


def _minutes(row: Mapping[str, Any], key: str, place: str) -> float | None:
    said = row.get(key)
    if said is None:
        return None
    if isinstance(said, bool) or not isinstance(said, int | float | Decimal) or not isfinite(said) or not 0 <= said <= MOST_MINUTES:
        raise EncounterRefused(place, "is not a number of minutes from 0 to 1440")
    return int(said) if said == int(said) else float(said)


def _money(row: Mapping[str, Any], key: str, place: str) -> Decimal | None:
    said = row.get(key)
    if said is None:
        return None
    try:
        amount = Decimal(str(said))
    except InvalidOperation:
        amount = Decimal("NaN")
    if isinstance(said, bool) or not amount.is_finite() or amount < 0:
        raise EncounterRefused(place, "is not an amount of money")
    return amount.quantize(Decimal("0.01"))


def _stated_units(row: Mapping[str, Any]) -> dict[str, int]:
    said = row.get("stated_units") or {}
    if not isinstance(said, Mapping) or not all(type(count) is int and count >= 0 for count in said.values()):
        raise EncounterRefused("stated_units", "is not an object of codes and counts")
    return {str(code): count for code, count in said.items()}


def _pairs(row: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    said = row.get("distinct") or []
    if not isinstance(said, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in said):
        raise EncounterRefused("distinct", "is not a list of pairs of codes")
    return tuple((str(one).strip().upper(), str(other).strip().upper()) for one, other in said)


def _method(row: Mapping[str, Any]) -> UnitMethod | None:
    said = row.get("method")
    if said is not None and said not in get_args(UnitMethod):
        raise EncounterRefused("method", f"is none of {', '.join(get_args(UnitMethod))}")
    method: UnitMethod | None = said
    return method
