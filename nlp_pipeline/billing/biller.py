"""From an encounter and the rules of its day to a claim."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from nlp_pipeline.billing import caps
from nlp_pipeline.billing.choices import lawful_shares
from nlp_pipeline.billing.drafts import Drafted, discipline_of, draft_lines, settled
from nlp_pipeline.billing.edits import set_apart
from nlp_pipeline.billing.explanation import counted, explain, tell_unbilled
from nlp_pipeline.billing.money import Pricing, tell_payment
from nlp_pipeline.billing.proofs import prove_lines
from nlp_pipeline.billing.services import gather
from nlp_pipeline.billing.units import ALWAYS_COUNTED, POOLING_METHODS, countable, held_to, units_earned
from nlp_pipeline.billing.visit import Visit, sort_services, whole
from nlp_pipeline.records.claim import Claim, ClaimLine, Later, Proof, ThresholdUse, UnitShare
from nlp_pipeline.records.encounter import Encounter
from nlp_pipeline.records.facts import Facts
from nlp_pipeline.records.official_tables import EditInForce
from nlp_pipeline.records.rules import Rules, UnitMethod
from nlp_pipeline.records.suggestion import Suggestion


@dataclass(slots=True)
class Counted:
    """One discipline's part of a visit: its services, its units by every method, and its lines in the making, with each step so far."""

    visit: Visit
    units: dict[UnitMethod, UnitShare | None]
    lawful: tuple[Mapping[str, int], ...]
    drafted: Drafted
    remarks: tuple[str, ...]

    def tell(self, rules: Rules) -> Iterator[str]:
        """Tell each step from the minutes to the lines."""
        yield from explain(self.visit, self.units, rules)
        yield from self.remarks
        yield from self.drafted.tell(rules.claim)


@dataclass(frozen=True, slots=True)
class Biller:
    """Counts what the rules make of a visit, and shows each step."""

    def gather(self, facts: Facts, suggestions: tuple[Suggestion, ...], rules: Rules) -> Encounter:
        """Gather the services of a note, with their minutes."""
        return gather(facts, suggestions, rules)

    def bill(self, encounter: Encounter, rules: Rules) -> Claim:
        """Count units by every method, and make claim lines with their modifiers by the payer's.

        The lines follow the minutes of the services, and are held to the note's own timed total where that is smaller.
        Disciplines are counted apart, each with a pool of its own.
        """
        return _claim(encounter, rules, _work_out(encounter, rules))

    def price(self, claim: Claim, encounter: Encounter, rules: Rules) -> Claim:
        """Add to a claim what each line is allowed and paid, the year's thresholds, and what each modifier rests on."""
        if rules.claim is None:
            return claim
        priced = _priced(claim.lines, claim.explanation, claim.proofs, encounter, rules)
        return replace(claim, lines=priced.lines, explanation=priced.told, proofs=priced.proved, thresholds=priced.thresholds)

    def bill_and_price(self, encounter: Encounter, rules: Rules) -> Claim:
        """Make the lines and price them: the same as one after the other."""
        worked = _work_out(encounter, rules)
        if rules.claim:
            money = _priced(worked.lines, worked.told, worked.proved, encounter, rules)
            worked.lines, worked.told, worked.proved, worked.thresholds = money.lines, money.told, money.proved, money.thresholds
        return _claim(encounter, rules, worked)


@dataclass(slots=True)
class WorkedOut:
    """What makes a claim: its parts by discipline, its lines, what is told and proved of them, edits and thresholds."""

    parts: Sequence[Counted]
    method: UnitMethod
    lines: tuple[ClaimLine, ...]
    told: Sequence[str]
    proved: Sequence[Proof]
    edits: tuple[EditInForce, ...]
    thresholds: tuple[ThresholdUse, ...] = ()


@dataclass(slots=True)
class Priced:
    """Lines with their money, the whole of what is told and proved, and where the year stands."""

    lines: tuple[ClaimLine, ...]
    told: Sequence[str]
    proved: Sequence[Proof]
    thresholds: tuple[ThresholdUse, ...]


def _work_out(encounter: Encounter, rules: Rules) -> WorkedOut:
    if encounter.method and encounter.method != rules.method:
        rules = replace(rules, method=encounter.method, method_source="")
    parts = [_count(part, rules) for part in _by_discipline(encounter)]
    drafts = parts[0].drafted.lines if len(parts) == 1 else [draft for part in parts for draft in part.drafted.lines]
    unmeasured = parts[0].visit.unmeasured if len(parts) == 1 else [code for part in parts for code in part.visit.unmeasured]
    apart = set_apart(drafts, unmeasured, encounter, rules)

    def told() -> Iterator[str]:
        for part in parts:
            yield from part.tell(rules)
        yield from apart.tell(rules.claim)
        yield from tell_unbilled(encounter.ledger)

    return WorkedOut(parts, rules.method, settled(drafts, rules.claim), Later(told), Later(partial(apart.proofs, rules.claim)), apart.edits())


def _priced(lines: tuple[ClaimLine, ...], so_far: Sequence[str], proofs: Sequence[Proof], encounter: Encounter, rules: Rules) -> Priced:
    law = rules.claim
    if law is None:
        return Priced(lines, so_far, proofs, ())
    pricing = Pricing(law, encounter)
    amounts = pricing.amounts(lines)
    marked, uses = caps.attest(lines, amounts, law, encounter, discipline_of(encounter, rules)) if law.thresholds else ([], [])
    finished = pricing.finish(lines, amounts, marked)

    def told() -> Iterator[str]:
        yield from so_far
        yield from pricing.tell(lines, amounts)
        yield from (caps.tell(use, finished, law) for use in uses)
        yield from tell_payment(finished, law)

    def proved() -> Iterator[Proof]:
        yield from prove_lines(finished, encounter, rules)
        yield from proofs
        yield from (caps.prove(use, rule, law) for use in uses for rule in law.thresholds if rule.pool == use.pool)

    return Priced(finished, Later(told), Later(proved), tuple(uses))


def _by_discipline(encounter: Encounter) -> Sequence[Encounter]:
    """Part an encounter whose services belong to more than one discipline; stated totals of the whole visit fit none of the parts."""
    told = {each.discipline for each in encounter.services if each.discipline}
    if not told or told == {encounter.discipline}:
        return (encounter,)
    order = dict.fromkeys(each.discipline or encounter.discipline for each in encounter.services)
    if len(order) == 1:
        return (replace(encounter, discipline=next(iter(order))),)
    return [
        replace(
            encounter,
            discipline=discipline,
            services=tuple(each for each in encounter.services if (each.discipline or encounter.discipline) == discipline),
            timed_total=None,
            therapist_of_record=None,
        )
        for discipline in order
    ]


def _count(encounter: Encounter, rules: Rules) -> Counted:
    """Count the units of one discipline's services, and draft its lines."""
    visit = sort_services(encounter.services, rules)
    methods = ALWAYS_COUNTED if rules.method in ALWAYS_COUNTED else (*ALWAYS_COUNTED, rules.method)
    units = {method: visit.units(method, rules) for method in methods}
    own = units[rules.method]
    share, remarks = _billable(visit, own, encounter.timed_total, rules)
    billed: Mapping[str, int] = share.units if share else dict.fromkeys(visit.untimed, 1)
    drafted = draft_lines(visit, billed, encounter, rules)
    lawful: tuple[Mapping[str, int], ...] = ()
    if share and own and share is own and own.tied and rules.units:
        lawful = lawful_shares(own, visit.pooled, rules.units.unit_minutes)
    return Counted(visit, units, lawful, drafted, remarks)


def _claim(encounter: Encounter, rules: Rules, worked: WorkedOut) -> Claim:
    parts = worked.parts
    one = parts[0]
    alone = len(parts) == 1
    minutes = one.visit.minutes if alone else _added([part.visit.minutes for part in parts])
    known = not minutes or set(minutes.values()) != {None}
    timed = [part.visit.timed_minutes() for part in parts if part.visit.has_timed()]
    stated = encounter.timed_total
    summed = None if not timed or None in timed else timed[0] if alone else sum(spent or 0 for spent in timed)
    return Claim(
        method=worked.method,
        minutes_by_code=minutes if known else None,
        timed_minutes=summed if stated is None else whole(stated),
        total_minutes=None if encounter.visit_total is None else whole(encounter.visit_total),
        units=one.units if alone else {method: _joined([part.units[method] for part in parts]) for method in one.units},
        stated_units=encounter.stated_units,
        lines=worked.lines,
        explanation=worked.told,
        rules_dated=rules.dated.isoformat(),
        lawful=one.lawful if alone else next((part.lawful for part in parts if part.lawful), ()),
        proofs=worked.proved,
        thresholds=worked.thresholds,
        unsure=tuple([code for part in parts for code, split in part.drafted.splits if split.doubtful]),
        edits=worked.edits,
    )


def _added(minutes: Sequence[Mapping[str, float | None]]) -> dict[str, float | None]:
    """Add up what each code has over the disciplines."""
    added: dict[str, float | None] = {}
    for each in minutes:
        for code, spent in each.items():
            before = added.get(code)
            added[code] = spent if before is None else before + (spent or 0)
    return added


def _joined(shares: Sequence[UnitShare | None]) -> UnitShare | None:
    """Put the shares of disciplines that were counted apart side by side."""
    units: dict[str, int] = {}
    tied: set[str] = set()
    for share in shares:
        if share is None:
            return None
        tied |= share.tied
        for code, count in share.units.items():
            units[code] = units.get(code, 0) + count
    return UnitShare(units, frozenset(tied))


def _billable(visit: Visit, share: UnitShare | None, stated: float | None, rules: Rules) -> tuple[UnitShare | None, tuple[str, ...]]:
    """Hold the units of a pooling method to the stated timed total, and say so where that changes anything."""
    if stated is None or rules.units is None or rules.method not in POOLING_METHODS:
        return share, ()
    limit = units_earned(countable(stated), rules.units)
    if share is None:
        return None, (f"The stated timed total of {whole(stated)} minutes earns {counted(limit, 'unit')}; their split over the services is not documented.",)
    pooled = UnitShare({code: share.units[code] for code in visit.pooled}, share.tied)
    held = held_to(limit, pooled, visit.pooled, rules.units)
    if held is pooled:
        return share, ()
    open_choice = f" {', '.join(sorted(held.tied))} rest on equally few minutes; the higher code gives way." if held.tied else ""
    remark = (
        f"The note states a timed total of {whole(stated)} minutes, less than its services add up to: "
        f"the lines are held to {counted(limit, 'unit')} until the two agree.{open_choice}"
    )
    return UnitShare({**share.units, **held.units}, held.tied), (remark,)
