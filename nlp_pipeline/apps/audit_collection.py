"""`unitwise audit collect`: what reviewers decided in the coder tool, brought into the sheet that `unitwise audit estimate` reads."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlp_pipeline.apps.audit_folder import AuditFolder, write, write_record
from nlp_pipeline.apps.audit_queue import mark_of
from nlp_pipeline.errors import AuditRefused, RuleNotInForce
from nlp_pipeline.records.audit_papers import Rulings
from nlp_pipeline.records.claim import ClaimLine
from nlp_pipeline.records.sample import Unit, UnitJudgement
from nlp_pipeline.reporting.audit_sheets import engine_words, money, worksheet
from nlp_pipeline.rule_layer import RuleLayer

if TYPE_CHECKING:
    from nlp_pipeline.apps.coder_tool.audits import Reading, ReviewedUnit

CENT = Decimal("0.01")
RULING = ("adjudicated", "adjudicator", "adjudicated_at", "adjudicated_decided", "adjudicated_minutes", "adjudicated_activities")


@dataclass(frozen=True, slots=True)
class CollectOrder:
    """What was asked for on the command line."""

    folder: Path
    database: str | None = None
    data: Path | None = None


@dataclass(frozen=True, slots=True)
class Pricing:
    """What turns a decision into an amount: the rules, the units of the frame, and the audit's own visits, by which the bill is known."""

    layer: RuleLayer
    units: Mapping[str, Unit]
    audited: Mapping[str, Mapping[str, Any]]

    def of(self, unit: str, reading: "Reading") -> tuple[str, Decimal | None]:
        """Give the lines that a reading supports, in words, and their amount; None where no price or no bill is known."""
        billed = [ClaimLine(each["code"], each["units"], tuple(each["modifiers"])) for each in self.audited.get(unit, {}).get("submitted", ())]
        try:
            lines, worth = self.layer.decided_worth(reading.encounter, billed)
        except RuleNotInForce:
            return "", None
        return _in_words(lines), self._amount(unit, billed, lines, worth)

    def _amount(self, unit: str, billed: Sequence[ClaimLine], lines: Sequence[ClaimLine], worth: Decimal | None) -> Decimal | None:
        """Bring what the lines are worth to the basis of the frame: as the allowed amount, or shrunk as the payment was."""
        paid, row = self.units[unit].paid, self.audited.get(unit)
        if row is None:
            return None
        if _counted(lines) == _counted(billed):
            return paid
        allowed = None if row["submitted_amount"] is None else Decimal(row["submitted_amount"])
        if worth is None or allowed == paid:
            return worth
        return (paid * worth / allowed).quantize(CENT, ROUND_HALF_UP) if allowed else None


def collect(order: CollectOrder) -> int:
    """Take the decisions out of the coder tool's database, turn them into amounts, and lay them into the decisions of the audit."""
    from nlp_pipeline.apps.serving import open_store

    store = open_store(order.database, order.data, make=False)
    from nlp_pipeline.apps.coder_tool import adjudications, audits

    folder = AuditFolder(order.folder)
    sample, universe = folder.read_sample(), folder.drawn_universe()
    with store.snapshot() as tx:
        found, ruled = list(audits.collected(tx, mark_of(sample))), adjudications.told_of(tx, mark_of(sample))
    if not found:
        raise AuditRefused("the coder tool's database", "it holds no queue of this audit", "Put it there first: unitwise audit queue DIR --database URL.")
    drawn = {each.id for each in sample.drawn}
    units = {unit.id: unit for unit in universe.units if unit.id in drawn}
    rows = folder.findings_of(drawn)
    pricing = Pricing(RuleLayer.load(), units, {row["id"]: row for row in rows})
    earlier = {each.id: each for each in (folder.read_decisions(None) if folder.decisions.exists() else ())}
    said = earlier | {each.unit: _judgement(each, earlier.get(each.unit, UnitJudgement(each.unit, None)), pricing) for each in found if each.first}
    write(folder.decisions, worksheet(sample, universe, said, engine_words(rows, units.values())))
    if ruled or folder.rulings.exists():
        write_record(folder.rulings, Rulings(tuple(ruled)))
    collected = [each for each in found if each.first]
    with store.write() as tx:
        audits.log_collected(
            tx, mark_of(sample), {"decided": len(collected), "read_twice": sum(each.second is not None for each in collected), "policies": len(ruled)}
        )
    _tell(order.folder, found, said)
    for each in ruled:
        print(f"  {each.unit}: ruled {each.ruled} by {each.adjudicator}: house policy {each.policy!r}, version {each.version}, {each.state}")
    return 0


def _judgement(each: "ReviewedUnit", earlier: UnitJudgement, pricing: Pricing) -> UnitJudgement:
    """Lay what was decided over what was written by hand: the reviewers' part comes from the tool, the therapist's answer and the rest stay."""
    if each.first is None:
        return earlier
    decided, supported = pricing.of(each.unit, each.first)
    found = replace(
        earlier,
        supported=supported if supported is not None else earlier.supported,
        reviewer=each.first.reviewer,
        review="blind" if each.first.blind else "assisted",
        decided=decided,
        decided_at=_moment(each.first),
        minutes=_minutes(each.first),
        activities=_activities(each, each.first),
    )
    if each.second is not None:
        again, amount = pricing.of(each.unit, each.second)
        second = amount if amount is not None else earlier.second_supported
        found = replace(found, second_supported=second, second_reviewer=each.second.reviewer, second_decided=again, second_decided_at=_moment(each.second))
        found = replace(found, second_minutes=_minutes(each.second), second_activities=_activities(each, each.second))
    return _ruled(found, each, earlier, pricing)


def _ruled(found: UnitJudgement, each: "ReviewedUnit", earlier: UnitJudgement, pricing: Pricing) -> UnitJudgement:
    """Lay a ruling beside the two reviews; one that was written by hand stays, one that was undone in the tool goes."""
    if each.adjudicated is None:
        gone = UnitJudgement(each.unit, None) if earlier.adjudicated_at else earlier
        return replace(found, **{name: getattr(gone, name) for name in RULING})
    ruled, held = pricing.of(each.unit, each.adjudicated)
    return replace(
        found,
        adjudicated=held if held is not None else earlier.adjudicated,
        adjudicator=each.adjudicated.reviewer,
        adjudicated_at=_moment(each.adjudicated),
        adjudicated_decided=ruled,
        adjudicated_minutes=_minutes(each.adjudicated),
        adjudicated_activities=_activities(each, each.adjudicated),
    )


def _tell(folder: Path, found: Sequence["ReviewedUnit"], said: Mapping[str, UnitJudgement]) -> None:
    decided = [said[each.unit] for each in found if each.first]
    states = Counter(each.state for each in found if each.first is None)
    waiting = f"; not decided: {', '.join(f'{count} {state}' for state, count in sorted(states.items()))}" if states else ""
    print(f"{len(decided)} of {len(found)} units are decided{waiting}. {AuditFolder(folder).decisions} holds them.")
    unread = sum(each.reads_twice and each.second is None for each in found)
    if unread:
        print(f"{unread} still wait for their second reviewer.")
    priceless = [each.id for each in decided if each.supported is None and each.standing == "reviewed"]
    if priceless:
        print(f"{len(priceless)} have no amount, for their bill or its price is not known here: write it into the sheet. The first is {priceless[0]!r}.")
    _tell_apart([each for each in decided if each.second_decided_at or each.second_supported is not None])


def _tell_apart(both: Sequence[UnitJudgement]) -> None:
    """List where two reviewers differ, in the amount or in the codes, units and minutes behind it."""
    apart = [each for each in both if each.apart]
    if not both:
        return
    print(f"Two reviewers judged {len(both)} units and differ on {len(apart)}{':' if apart else '.'}")
    for each in apart:
        one, other, ruled = each.contested
        held = _answer(f"adjudicated by {each.adjudicator or 'nobody named'}:", each.adjudicated, ruled) if each.ruled else "not adjudicated yet"
        first, second = _answer(each.reviewer, each.supported, one), _answer(each.second_reviewer, each.second_supported, other)
        print(f"  {each.id}: {first}, {second}; {held}")


def _answer(who: str, amount: Decimal | None, behind: str) -> str:
    return f"{who} {_dollars(amount)}{f' ({behind})' if behind else ''}"


def _dollars(amount: Decimal | None) -> str:
    return "no amount" if amount is None else money(amount)


def _counted(lines: Iterable[ClaimLine]) -> Counter[tuple[str, tuple[str, ...]]]:
    """Count units by code and modifiers, however they are shared among lines."""
    counted: Counter[tuple[str, tuple[str, ...]]] = Counter()
    for line in lines:
        counted[line.code, tuple(sorted(line.modifiers))] += line.units
    return counted


def _in_words(lines: Iterable[ClaimLine]) -> str:
    units: Counter[str] = Counter()
    for line in lines:
        units[line.code] += line.units
    return "; ".join(f"{code} x {count}" for code, count in sorted(units.items()))


def _minutes(reading: "Reading") -> str:
    return "; ".join(f"{code} {minutes:g} min" for code, minutes in sorted(reading.minutes.items()) if minutes is not None)


def _activities(each: "ReviewedUnit", reading: "Reading") -> str:
    return "; ".join(f"{number} {code}" for number, code in each.codes(reading).items())


def _moment(reading: "Reading") -> str:
    return reading.at.astimezone(UTC).isoformat(timespec="seconds")
