"""The reviewer's eye: visits in a Medicare contractor's words, the packet that a request would ask for, its clock, and a round of probing."""

import random
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from nlp_pipeline.auditing.categories import categories
from nlp_pipeline.records.audit_case import AuditedVisit, ContractorView
from nlp_pipeline.records.contractor import PacketItem, ProbeRound
from nlp_pipeline.records.discrepancy import Discrepancy

SHIPPED = Path(__file__).with_name("reviewer_eye.toml")
VISIT, LINES, PART, ASKS = "visit", "lines", "part", "asks"
ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Eye:
    """What `reviewer_eye.toml` says."""

    decisions: Mapping[str, str]
    reasons: Mapping[str, Mapping[str, str]]
    letter: Mapping[str, Any]
    packet: Sequence[Mapping[str, str]]
    round: Mapping[str, Any]


@cache
def eye() -> Eye:
    """Read the words of a contractor's reviewer."""
    data: dict[str, Any] = tomllib.loads(SHIPPED.read_text("utf-8"))
    return Eye(data["decisions"], data["reasons"], data["letter"], data["packet"], data["round"])


def contractor_view(discrepancies: Iterable[Discrepancy]) -> ContractorView:
    """Say how the visit would stand before a contractor's reviewer; only what was billed beyond the record is denied."""
    told = eye()
    reasons: dict[str, str] = {}
    for each in discrepancies:
        reason = categories().named[each.category].reason
        if reason and (each.direction == "over" or each.kind in ("documentation", "record")):
            reasons.setdefault(reason, told.reasons[reason]["denies"])
    if not reasons:
        return ContractorView(told.decisions["accepted"])
    weight = set(reasons.values())
    decision = "denied" if VISIT in weight else "partly" if weight & {LINES, PART} else "asked"
    words = tuple(told.reasons[reason]["words"] for reason in reasons)
    first = told.reasons[next(iter(reasons))]
    return ContractorView(told.decisions[decision], words, first["source"], first["mark"])


def answer_due(letter: date) -> date:
    """Give the day by which the answer to a request for records must have arrived."""
    return letter + timedelta(days=int(eye().letter["days"]))


def packet_of(visit: AuditedVisit, others: Sequence[AuditedVisit], evaluations: frozenset[str]) -> tuple[PacketItem, ...]:
    """Index what a request for this visit's records would ask for, and say what of it is among the notes given; `evaluations` are the codes of evaluations."""
    mine = [each for each in others if each.patient == visit.patient and each.id != visit.id]
    held: dict[str, tuple[str, ...]] = {
        "note": (visit.id,),
        "claim": visit.billed.claims,
        "neighbours": tuple(each.id for each in sorted(mine, key=lambda each: _distance(each, visit))[:4]),
        "evaluation": tuple(each.id for each in (visit, *mine) if evaluations & {service.code for service in each.supported.encounter.services}),
    }
    return tuple(PacketItem(each["item"], held.get(each["holds"], ()), each["source"], each["mark"]) for each in eye().packet)


def probe(visits: Sequence[AuditedVisit], size: int | None = None, seed: int | None = None) -> ProbeRound | None:
    """Play one round of probing: claims drawn by a seed, what would be denied of them, and how often such a round would pass."""
    told = eye().round
    billable = [each for each in visits if each.submitted_amount]
    count = min(size or int(told["most"]), len(billable))
    if count == 0:
        return None
    chance = random.Random(seed if seed is not None else int(told["seed"]))
    lost = [denied_amount(each) for each in billable]
    worth = [each.submitted_amount or ZERO for each in billable]
    numbers = list(range(len(billable)))
    drawn = sorted(chance.sample(numbers, count))
    passed = 0
    for _ in range(int(told["draws"])):
        again = chance.sample(numbers, count)
        passed += sum((lost[at] for at in again), ZERO) <= Decimal(str(told["passes"])) * sum((worth[at] for at in again), ZERO)
    return ProbeRound(
        claims=tuple(billable[at].id for at in drawn),
        denied=tuple(billable[at].id for at in drawn if lost[at] > 0),
        charged=sum((worth[at] for at in drawn), ZERO),
        lost=sum((lost[at] for at in drawn), ZERO),
        passes_up_to=float(told["passes"]),
        chance_to_pass=passed / int(told["draws"]),
        too_small=count < int(told["least"]),
        source=str(told["source"]),
        mark=str(told["mark"]),
    )


def denied_amount(visit: AuditedVisit) -> Decimal:
    """Give what a contractor would take of a visit's lines: the whole where the visit falls, else what was billed beyond the record."""
    worth = visit.submitted_amount or ZERO
    told, lost = eye().reasons, ZERO
    for each in visit.discrepancies:
        reason = categories().named[each.category].reason
        if not reason or each.direction == "under":
            continue
        denies = told[reason]["denies"]
        if denies == VISIT:
            return worth
        lost += each.amount if each.amount is not None else (each.at_risk or ZERO) if denies == LINES else ZERO
    return min(max(lost, ZERO), worth)


def _distance(one: AuditedVisit, other: AuditedVisit) -> tuple[int, str]:
    first, second = one.date_of_service, other.date_of_service
    return (abs((first - second).days) if first and second else 10_000, one.id)
