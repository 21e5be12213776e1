"""From lines to money (Medicare Claims Processing Manual, chapter 5, sections 10.7 and 20), in Decimal and to the cent.

Relative values times the place times the factor; practice expense reduced after the first unit of the day; then deductible, coinsurance,
the assistant's reduction and sequestration, in this order.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import partial

from nlp_pipeline.records.claim import ClaimLine, LinePayment
from nlp_pipeline.records.claim_rules import ClaimRules, Locality, PaymentRules, RelativeValue
from nlp_pipeline.records.encounter import Encounter

CENT = Decimal("0.01")
NOTHING = Decimal("0.00")
NATIONAL = "national"
NEVER_PAID = {"B": "bundled, not paid apart", "I": "not valid for Medicare, another code is used", "N": "not covered"}


@dataclass(frozen=True, slots=True)
class Fee:
    """What one unit of a code is allowed: the first of the day, and each later one."""

    first: Decimal
    later: Decimal


def to_the_cent(amount: Decimal) -> Decimal:
    """Round half a cent up.

    >>> to_the_cent(Decimal("29.058783")), to_the_cent(Decimal("0.125"))
    (Decimal('29.06'), Decimal('0.13'))
    """
    return amount.quantize(CENT, ROUND_HALF_UP)


def unit_fee(value: RelativeValue, place: Locality, factor: Decimal, reduced_share: Decimal) -> Fee | None:
    """Price one unit; None where the schedule holds no values, or only zeros, for the code."""
    if value.status in NEVER_PAID:
        return Fee(NOTHING, NOTHING)
    if value.work is None or value.expense is None or value.malpractice is None or not (value.work or value.expense or value.malpractice):
        return None
    fixed = value.work * place.work + value.malpractice * place.malpractice
    expense = value.expense * place.expense
    first = to_the_cent((fixed + expense) * factor)
    return Fee(first, to_the_cent((fixed + expense * reduced_share) * factor) if value.reduced else first)


def place_of(payment: PaymentRules, locality: str | None) -> Locality | None:
    """Find a locality by its name; the nation where none is named, None where the name is not held."""
    return payment.localities.get((locality or NATIONAL).strip().lower())


@dataclass(slots=True)
class Pricing:
    """Prices the lines of one visit."""

    claim: ClaimRules
    encounter: Encounter

    def allow(self, lines: Sequence[ClaimLine]) -> tuple[tuple[ClaimLine, ...], list[str]]:
        """Give each line its allowed amount, the first unit of the day in full, and tell each step."""
        payment = self.claim.payment
        if payment is None or not lines:
            return tuple(lines), [*self.claim.left_out] if lines else []
        place = place_of(payment, self.encounter.locality)
        if place is None:
            return tuple(lines), [f"Locality {self.encounter.locality!r} is not in table {payment.table.name}; no prices are given."]
        full = self._in_full(lines, payment)
        given = self._given(lines)
        remembered = self.claim.remembered
        priced, steps = [], [remembered(("basis", place.name), partial(self._basis, payment, place))]
        allowed: Decimal | None
        for number, line in enumerate(lines):
            if number in given:
                allowed, told = given[number], "as it was given"
            else:
                question = (line.code, line.units, number == full, place.name)
                allowed, told = remembered(question, partial(self._line, line, number == full, place))
            priced.append(ClaimLine(line.code, line.units, line.modifiers, allowed, None, line.discipline))
            steps.append(f"{line.code}: {told}.")
        return tuple(priced), steps

    def _given(self, lines: Sequence[ClaimLine]) -> dict[int, Decimal]:
        """Share an amount that is known from elsewhere over the lines of its code, by their units; the last line takes the rest."""
        known: dict[str, Decimal] = {}
        for each in self.encounter.services:
            if each.allowed is not None:
                known[each.code] = known.get(each.code, NOTHING) + each.allowed
        given: dict[int, Decimal] = {}
        for code, amount in known.items():
            mine = [number for number, line in enumerate(lines) if line.code == code]
            units = sum(lines[number].units for number in mine)
            for number in mine[:-1]:
                given[number] = to_the_cent(amount * lines[number].units / units)
            for number in mine[-1:]:
                given[number] = amount - sum((given[each] for each in mine[:-1]), NOTHING)
        return given

    def _line(self, line: ClaimLine, has_full_unit: bool, place: Locality) -> tuple[Decimal | None, str]:
        payment = self.claim.payment
        value = payment.value_of(line.code, self.encounter.date_of_service) if payment else None
        if payment is None or value is None:
            return None, "no price in the fee schedule held"
        fee = unit_fee(value, place, payment.factor.value, payment.reduced_share.value)
        if fee is None:
            return None, "priced by the carrier"
        if value.status in NEVER_PAID:
            return NOTHING, NEVER_PAID[value.status]
        if not value.reduced or not self.claim.terms.multiple_reduction:
            return fee.first * line.units, f"{line.units} × ${fee.first} = ${fee.first * line.units}"
        in_full = 1 if has_full_unit else 0
        allowed = fee.first * in_full + fee.later * (line.units - in_full)
        parts = [f"1 × ${fee.first}"] * in_full + [f"{line.units - in_full} × ${fee.later} with the practice expense reduced"] * (line.units > in_full)
        return allowed, f"{' + '.join(parts)} = ${allowed}"

    def _in_full(self, lines: Sequence[ClaimLine], payment: PaymentRules) -> int | None:
        """Find the line whose first unit keeps its whole practice expense: the highest of the day, then the higher fee, then the first line."""
        ranked = []
        for number, line in enumerate(lines):
            rank = self.claim.remembered(("rank", line.code), partial(self._rank, line.code, payment))
            if rank:
                ranked.append((rank, number))
        return min(ranked)[1] if ranked else None

    def _rank(self, code: str, payment: PaymentRules) -> tuple[Decimal, ...]:
        """Give what a code is ranked by, lower first; nothing where its later units are not reduced."""
        value = payment.value_of(code, self.encounter.date_of_service)
        if value is None or not value.reduced or value.expense is None:
            return ()
        return -value.expense, -((value.work or NOTHING) + value.expense + (value.malpractice or NOTHING))

    def _basis(self, payment: PaymentRules, place: Locality) -> str:
        factor = payment.factor
        other = "" if payment.table.covers(self.encounter.date_of_service) else ", not the year of the date of service"
        return f"Prices: relative values of table {payment.table.name}{other} × {place.name} × {factor.value}. Source: {factor.source}."


def settle(lines: Sequence[ClaimLine], claim: ClaimRules, encounter: Encounter) -> Iterator[ClaimLine]:
    """Give each priced line what becomes of its allowed amount; the open deductible is taken line by line."""
    payment, still_open = claim.payment, encounter.deductible
    for line in lines:
        if payment is None or line.allowed is None:
            yield line
            continue
        deductible = min(still_open, line.allowed)
        still_open -= deductible
        assisted = claim.assistant_modifier(line.discipline) in line.modifiers
        parts = claim.remembered((line.allowed, deductible, assisted), partial(_payment, line.allowed, deductible, claim, payment, assisted=assisted))
        yield ClaimLine(line.code, line.units, line.modifiers, line.allowed, parts, line.discipline)


def _payment(allowed: Decimal, deductible: Decimal, claim: ClaimRules, payment: PaymentRules, *, assisted: bool) -> LinePayment:
    """Take from an allowed amount what is taken, in the published order."""
    share = allowed - deductible
    coinsurance = to_the_cent(share * payment.coinsurance.value)
    due = share - coinsurance
    reduction = due - to_the_cent(due * claim.assistants.paid_share.value) if assisted and claim.assistants else NOTHING
    kept = to_the_cent((due - reduction) * payment.sequestration.value)
    return LinePayment(allowed, deductible, coinsurance, reduction, kept, due - reduction - kept)


def tell_payment(lines: Sequence[ClaimLine]) -> Iterator[str]:
    """Tell what is expected of the payer for all priced lines together, and what was taken from the allowed amount."""
    payments = [line.payment for line in lines if line.payment]
    if not payments:
        return
    allowed = paid = deductible = coinsurance = reduction = kept = NOTHING
    for each in payments:
        allowed += each.allowed
        paid += each.paid
        deductible += each.deductible
        coinsurance += each.coinsurance
        reduction += each.assistant_reduction
        kept += each.sequestration
    taken = (("deductible", deductible), ("the patient's share", coinsurance), ("the reduction for assistants", reduction), ("sequestration", kept))
    less = "".join([f" − {name} ${amount}" for name, amount in taken if amount])
    yield f"Allowed ${allowed}{less} = ${paid} expected from the payer."
