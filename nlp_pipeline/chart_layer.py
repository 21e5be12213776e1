"""The joiner across notes: visits of a run go in, findings that only several notes show come out, priced and judged by the rules of each visit's day."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import ClassVar, Self

from nlp_pipeline.auditing.chart_law import Found
from nlp_pipeline.auditing.chart_words import ChartWords
from nlp_pipeline.auditing.charts import Charts
from nlp_pipeline.auditing.passages import SEED
from nlp_pipeline.records.chart import ChartResult
from nlp_pipeline.records.claim import AuditedClaim, ThresholdUse
from nlp_pipeline.records.encounter import Encounter, Service
from nlp_pipeline.records.rules import Rules
from nlp_pipeline.records.visit import Visit, VisitShelf
from nlp_pipeline.rule_layer import PatientYears, RuleLayer


@dataclass(slots=True)
class YearSoFar:
    """The visits of one patient's year that were not yet priced line by line, and the most that they can have been allowed."""

    patient: str
    year: int
    at_most: Decimal = Decimal(0)
    waiting: list[Encounter] = field(default_factory=list)


@dataclass(slots=True)
class RulesOfTheDay:
    """Answers what the checks across notes ask of the rules: the law of a visit's own day and payer, its prices, and its patient's year."""

    layer: RuleLayer
    words: ChartWords
    years: PatientYears = field(default_factory=PatientYears)
    prices: dict[tuple[str, str, int], Decimal | None] = field(default_factory=dict)
    over: set[tuple[str, int, str]] = field(default_factory=set)
    so_far: YearSoFar | None = None

    def is_timed(self, code: str, visit: Visit) -> bool:
        """Say whether the code is counted in units of time."""
        rule = self._rules(visit).codes.get(code)
        return rule is not None and rule.timing == "timed"

    def is_one_on_one(self, code: str, visit: Visit) -> bool:
        """Say whether the code's time is given to one patient alone: a timed service that nobody may merely supervise."""
        rule = self._rules(visit).codes.get(code)
        return rule is not None and rule.timing == "timed" and not rule.supervised and code not in self.words.listed("group_codes")

    def price(self, code: str, visit: Visit) -> Decimal | None:
        """Price one unit in full, as the first of its day; None where no price is held for the payer."""
        rules = self._rules(visit)
        if rules.claim is None:
            return None
        asked = (code, rules.payer, id(rules.claim))
        if asked not in self.prices:
            rule = rules.codes.get(code)
            one = Service(code, rule.unit_minutes if rule and rule.timing == "timed" else None)
            encounter = Encounter(visit.id, visit.day, visit.payer, visit.discipline or (rule.disciplines[0] if rule and rule.disciplines else None), (one,))
            lines = self.layer.by_rules(encounter, rules).claim.lines
            self.prices[asked] = lines[0].allowed / lines[0].units if len(lines) == 1 and lines[0].allowed is not None else None
        return self.prices[asked]

    def follows_medicare(self, visit: Visit) -> bool:
        """Say whether the payer asks for what Medicare asks for in an episode."""
        return self._rules(visit).payer in self.words.listed("payers_by_medicare_rules")

    def passed(self, visit: Visit) -> tuple[ThresholdUse, ...]:
        """Enter a visit in its patient's year, and name the thresholds that it passes as the first; the visits of a patient come together.

        A year is priced line by line only from where its units at their full price pass a threshold: most never come so far.
        """
        rules = self._rules(visit)
        if visit.patient is None or visit.day is None or rules.claim is None or not rules.claim.thresholds or not visit.minutes_by_code:
            return ()
        services = tuple(Service(code, spent) for code, spent in visit.minutes_by_code.items())
        encounter = Encounter(visit.id, visit.day, visit.payer, visit.discipline, services, timed_total=visit.timed_minutes, patient=visit.patient)
        if self.so_far is None or (self.so_far.patient, self.so_far.year) != (visit.patient, visit.day.year):
            self.so_far = YearSoFar(visit.patient, visit.day.year)
        self.so_far.waiting.append(encounter)
        self.so_far.at_most += sum((line.units * (self.price(line.code, visit) or Decimal(0)) for line in visit.lines), Decimal(0))
        if self.so_far.at_most <= min(rule.amount.value for rule in rules.claim.thresholds):
            return ()
        uses: tuple[ThresholdUse, ...] = ()
        for each in self.so_far.waiting:
            uses = self._enter(each)
        self.so_far.waiting.clear()
        first = [use for use in uses if use.marked and (visit.patient, visit.day.year, use.pool) not in self.over]
        self.over |= {(visit.patient, visit.day.year, use.pool) for use in first}
        return tuple(first)

    def _enter(self, encounter: Encounter) -> tuple[ThresholdUse, ...]:
        """Price a visit in its patient's year, and say where its pools stand."""
        rules = self.layer.rulebook.on(encounter.date_of_service, encounter.payer)
        encounter = self.years.opened(encounter, rules)
        claim = self.layer.biller.bill_and_price(encounter, rules)
        self.years.enter(AuditedClaim(encounter, claim, (), (), rules.payer))
        return claim.thresholds

    def _rules(self, visit: Visit) -> Rules:
        return self.layer.rulebook.on(visit.day, visit.payer)


@dataclass(slots=True)
class ChartReview:
    """A review across notes: `review` streams what is found, `result` gives the totals afterwards."""

    SEED: ClassVar[int] = SEED

    layer: RuleLayer
    words: ChartWords
    charts: Charts | None = None

    @classmethod
    def load(cls) -> Self:
        """Open the shipped rulebook, and the wording and limits of what is asked across notes."""
        return cls(RuleLayer.load(), ChartWords.load())

    def review(self, shelf: VisitShelf) -> Iterator[Found]:
        """Find what notes show together, in three passes over the shelf; the findings of one note may come in more than one of them."""
        self.charts = Charts(self.words, RulesOfTheDay(self.layer, self.words))
        yield from self.charts.review(shelf)

    def result(self) -> ChartResult:
        """Give the totals of the review, once everything was found."""
        return (self.charts or Charts(self.words, RulesOfTheDay(self.layer, self.words))).result()
