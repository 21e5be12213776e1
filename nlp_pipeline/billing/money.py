"""From lines to money (Medicare Claims Processing Manual, chapter 5, sections 10.7 and 20), in Decimal and to the cent.

Relative values times the place times the factor; practice expense reduced after the first unit of the day; then deductible, coinsurance,
the assistant's reduction and sequestration, in this order.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from nlp_pipeline.billing.drafts import in_order
from nlp_pipeline.records.claim import ClaimLine, LinePayment
from nlp_pipeline.records.claim_rules import ClaimRules, PaymentRules, Sourced
from nlp_pipeline.records.encounter import Encounter
from nlp_pipeline.records.official_tables import Locality, RelativeValue

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


def factor_of(payment: PaymentRules, *, qualifying: bool) -> Sourced[Decimal]:
    """Give the factor of whoever bills; where the one of a payment model is not held, the other."""
    return payment.qualifying_factor if qualifying and payment.qualifying_factor else payment.factor


def place_of(payment: PaymentRules, locality: str | None) -> Locality | None:
    """Find a locality by its name; the nation where none is named, None where the name is not held."""
    return payment.localities.get((locality or NATIONAL).strip().lower())


class Pricing:
    """Prices the lines of one visit."""

    __slots__ = ("_full", "_given_amounts", "_place", "_plain", "claim", "encounter")

    def __init__(self, claim: ClaimRules, encounter: Encounter) -> None:
        self.claim, self.encounter = claim, encounter
        self._place = place_of(claim.payment, encounter.locality) if claim.payment else None
        self._full: int | None = None
        self._given_amounts: dict[int, Decimal] = {}
        self._plain: list[ClaimLine] = []  # each line as it is where nothing of a deductible is open and no threshold is passed

    def amounts(self, lines: Sequence[ClaimLine]) -> list[Decimal | None]:
        """Give what each line is allowed, the first unit of the day in full; None where no price is known."""
        payment, place = self.claim.payment, self._place
        if payment is None or place is None:
            self._plain = list(lines)
            return [None] * len(lines)
        self._full = full = self._in_full(lines, payment)
        self._given_amounts = given = self._given(lines)
        remembered, where = self.claim.remembered, (place.name, self.encounter.qualifying)
        plain = []
        for number, line in enumerate(lines):
            if number in given:
                plain.append(_finished(line, given[number], NOTHING, self.claim, attested=False))
            else:
                question = (line.code, line.units, line.modifiers, line.discipline, number == full, where)
                plain.append(remembered(question, self._priced, line, number == full, place))
        self._plain = plain
        return [line.allowed for line in plain]

    def _priced(self, line: ClaimLine, has_full_unit: bool, place: Locality) -> ClaimLine:
        return _finished(line, self._line(line, has_full_unit, place)[0], NOTHING, self.claim, attested=False)

    def tell(self, lines: Sequence[ClaimLine], amounts: Sequence[Decimal | None]) -> Iterator[str]:
        """Tell how each line came by its amount."""
        payment, place = self.claim.payment, self._place
        if payment is None or not lines:
            if lines and self.claim.terms.fee_schedule:
                yield "No prices are given: what they rest on is not held for the day."
            return
        if place is None:
            yield f"Locality {self.encounter.locality!r} is not in table {payment.table.name}; no prices are given."
            return
        yield self._basis(payment, place)
        for number, line in enumerate(lines):
            yield f"{line.code}: {'as it was given' if number in self._given_amounts else self._line(line, number == self._full, place)[1]}."
        if any(self._is_reduced(line, payment) and (line.units > 1 or number != self._full) for number, line in enumerate(lines)):
            yield f"After the first unit of the day, practice expense counts {payment.reduced_share.value:%}. Source: {payment.reduced_share.source}."
        yield from self._by_the_other_factor(lines, payment)

    def _by_the_other_factor(self, lines: Sequence[ClaimLine], payment: PaymentRules) -> Iterator[str]:
        """Tell what the lines would be allowed together by the factor that was not taken."""
        if payment.qualifying_factor is None or self._given_amounts:
            return
        other = factor_of(payment, qualifying=not self.encounter.qualifying)
        whose = "outside a payment model" if self.encounter.qualifying else "who qualifies through a payment model"
        amounts = Pricing(self.claim, replace(self.encounter, qualifying=not self.encounter.qualifying)).amounts(lines)
        together = sum((each for each in amounts if each is not None), NOTHING)
        yield f"For a clinician {whose} the factor is {other.value}, and the lines are allowed ${together} together. Source: {other.source}."

    def finish(self, lines: Sequence[ClaimLine], amounts: Sequence[Decimal | None], marked: Collection[int]) -> tuple[ClaimLine, ...]:
        """Finish each line: what it is allowed, what becomes of that, and the threshold's modifier where it is called for.

        The open deductible is taken line by line.
        """
        claim, still_open = self.claim, self.encounter.deductible
        if not still_open and not marked:
            return tuple(self._plain)
        finished = []
        for number, (line, allowed, plain) in enumerate(zip(lines, amounts, self._plain, strict=True)):
            attested = number in marked
            deductible = min(still_open, allowed) if still_open and allowed else NOTHING
            still_open -= deductible
            finished.append(_finished(line, allowed, deductible, claim, attested=attested) if deductible or attested else plain)
        return tuple(finished)

    def _is_reduced(self, line: ClaimLine, payment: PaymentRules) -> bool:
        value = payment.value_of(line.code, self.encounter.date_of_service)
        return bool(value and value.reduced and self.claim.terms.multiple_reduction)

    def _given(self, lines: Sequence[ClaimLine]) -> dict[int, Decimal]:
        """Share an amount that is known from elsewhere over the lines of its code, by their units; the last line takes the rest."""
        given: dict[int, Decimal] = {}
        told = [(each.code, each.allowed) for each in self.encounter.services if each.allowed is not None]
        if not told:
            return given
        known: dict[str, Decimal] = {}
        for code, amount in told:
            known[code] = known.get(code, NOTHING) + amount
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
        fee = unit_fee(value, place, factor_of(payment, qualifying=self.encounter.qualifying).value, payment.reduced_share.value)
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
        ranks = self.claim.remembered("ranks", self._ranks, payment)
        ranked = [(ranks[line.code], number) for number, line in enumerate(lines) if line.code in ranks]
        return min(ranked)[1] if ranked else None

    def _ranks(self, payment: PaymentRules) -> dict[str, int]:
        """Rank the codes whose later units are reduced: the highest practice expense first, then the higher fee."""
        day = self.encounter.date_of_service
        values = [value for code in payment.values if (value := payment.value_of(code, day)) and value.reduced and value.expense is not None]
        keys = {
            each.code: (-(each.expense or NOTHING), -sum((part for part in (each.work, each.expense, each.malpractice) if part), NOTHING)) for each in values
        }
        places = {key: place for place, key in enumerate(sorted(set(keys.values())))}
        return {code: places[key] for code, key in keys.items()}

    def _basis(self, payment: PaymentRules, place: Locality) -> str:
        factor = factor_of(payment, qualifying=self.encounter.qualifying)
        other = "" if payment.table.covers(self.encounter.date_of_service) else ", not the year of the date of service"
        return f"Prices: relative values of table {payment.table.name}{other} × {place.name} × {factor.value}. Source: {factor.source}."


def _finished(line: ClaimLine, allowed: Decimal | None, deductible: Decimal, claim: ClaimRules, *, attested: bool) -> ClaimLine:
    modifier = claim.threshold_modifier() if attested else None
    names = in_order((*line.modifiers, modifier), claim) if modifier else line.modifiers
    if claim.payment is None or allowed is None:
        return ClaimLine(line.code, line.units, names, allowed, None, line.discipline)
    assisted = claim.assistant_modifier(line.discipline) in line.modifiers
    parts = _payment(allowed, deductible, claim, claim.payment, assisted=assisted)
    return ClaimLine(line.code, line.units, names, allowed, parts, line.discipline)


def _payment(allowed: Decimal, deductible: Decimal, claim: ClaimRules, payment: PaymentRules, *, assisted: bool) -> LinePayment:
    """Take from an allowed amount what is taken, in the published order."""
    share = allowed - deductible
    coinsurance = to_the_cent(share * payment.coinsurance.value)
    due = share - coinsurance
    reduction = due - to_the_cent(due * claim.assistants.paid_share.value) if assisted and claim.assistants else NOTHING
    kept = to_the_cent((due - reduction) * payment.sequestration.value)
    return LinePayment(allowed, deductible, coinsurance, reduction, kept, due - reduction - kept)


def tell_payment(lines: Sequence[ClaimLine], claim: ClaimRules) -> Iterator[str]:
    """Tell what is expected of the payer for all priced lines together, what was taken from the allowed amount, and by which rule."""
    payments = [line.payment for line in lines if line.payment]
    payment = claim.payment
    if not payments or payment is None:
        return
    deductible, coinsurance, reduction, kept, paid = (
        sum((getattr(each, part) for each in payments), NOTHING) for part in ("deductible", "coinsurance", "assistant_reduction", "sequestration", "paid")
    )
    taken = (
        ("deductible", deductible, None),
        ("the patient's share", coinsurance, payment.coinsurance),
        ("the reduction for assistants", reduction, claim.assistants.paid_share if claim.assistants else None),
        ("sequestration", kept, payment.sequestration),
    )
    less = "".join([f" − {name} ${amount}" for name, amount, _ in taken if amount])
    sources = dict.fromkeys(source for _, amount, rule in taken if amount and rule for source in rule.source.split("; "))
    told = f" Source: {'; '.join(sources)}." if sources else ""
    yield f"Allowed ${sum((each.allowed for each in payments), NOTHING)}{less} = ${paid} expected from the payer.{told}"
