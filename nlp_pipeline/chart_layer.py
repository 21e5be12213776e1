"""The joiner across notes: visits of a run go in, findings that only several notes show come out, priced and judged by the rules of each visit's day."""

from array import array
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import ClassVar, Final, Self, cast

from nlp_pipeline.auditing.boilerplate import SharedPassages, passages_told
from nlp_pipeline.auditing.chart_law import Found
from nlp_pipeline.auditing.chart_words import ChartWords
from nlp_pipeline.auditing.charts import Charts
from nlp_pipeline.auditing.copies import Copies, OwnWords, Print
from nlp_pipeline.auditing.passages import SEED
from nlp_pipeline.auditing.tallies import Tallies
from nlp_pipeline.records.chart import ChartResult
from nlp_pipeline.records.claim import AuditedClaim, ThresholdUse
from nlp_pipeline.records.encounter import Encounter, Service
from nlp_pipeline.records.rules import Rules
from nlp_pipeline.records.visit import Order, Sketch, Visit, VisitShelf, in_parts, owner_of, sketch_of
from nlp_pipeline.rule_layer import PatientYears, RuleLayer

BOILERPLATE: Final = "boilerplate.keys"
COPIES: Final = "copies.sqlite"


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
class Part:
    """What a part of the visits gives besides what is found in it: passages, fingerprints, totals. It can travel between processes."""

    passages: "array[int]"
    prints: list[Print]
    tallies: Tallies


class ChartReview:
    """A review across notes, made anew for each run: `review` streams what is found, `result` gives the totals afterwards.

    Or in parts, each in whatever process: `passes` names the orders of the visits one after the other; of each part of the visits in that order, `read`
    streams what is found, and then `part` gives the rest, which is to be joined in the order of the parts before the next pass begins.
    """

    SEED: ClassVar[int] = SEED

    def __init__(self, layer: RuleLayer, words: ChartWords) -> None:
        self._words, self._law = words, RulesOfTheDay(layer, words)
        self._shared, self._whole = SharedPassages(words), Tallies(words)
        self._boilerplate: frozenset[int] = frozenset()
        self._copies: Copies | None = None
        self._part: Part = self._new_part()

    @classmethod
    def load(cls) -> Self:
        """Open the shipped rulebook, and the wording and limits of what is asked across notes."""
        return cls(RuleLayer.load(), ChartWords.load())

    def review(self, shelf: VisitShelf) -> Iterator[Found]:
        """Find what notes show together, in three passes over the shelf; the findings of one note may come in more than one of them."""
        for order in self.passes():
            visits: Iterator[Visit] = getattr(shelf, order)()
            for part in in_parts(visits, partial(_owner, order)):
                yield from self.read(order, map(sketch_of, part) if order == "in_order" else part)
                self.join(self.part())

    def passes(self, folder: Path | None = None) -> Iterator[Order]:
        """Name the passes; what other processes need of the passes before lies in the folder, where one is named."""
        yield "in_order"
        self._boilerplate = self._shared.keys()
        if folder:
            (folder / BOILERPLATE).write_bytes(array("q", self._boilerplate).tobytes())
        self._copies = Copies.begun(self._words, OwnWords(self._words, self._boilerplate), folder / COPIES if folder else None)
        yield "by_patient"
        self._copies.pair()
        yield "by_therapist"
        self._copies.close()

    def open(self, folder: Path, order: Order) -> None:
        """Open what the passes before have left in a folder."""
        if order != "in_order":
            self._boilerplate = frozenset(array("q", (folder / BOILERPLATE).read_bytes()))
        if order == "by_therapist":
            self._copies = Copies.opened(self._words, OwnWords(self._words, self._boilerplate), folder / COPIES)

    def read(self, order: Order, visits: Iterable[Visit | Sketch]) -> Iterator[Found]:
        """Read a part of the visits in one of the orders: sketches in the first, outlines are enough for the third."""
        match order:
            case "in_order":
                self._part.passages = passages_told(cast(Iterable[Sketch], visits), self._words)
            case "by_patient":
                for each in self._charts.patients(cast(Iterable[Visit], visits), self._boilerplate):
                    if isinstance(each, Print):
                        self._part.prints.append(each)
                    else:
                        yield each
            case "by_therapist":
                assert self._copies
                yield from self._charts.days(cast(Iterable[Visit], visits), self._copies)

    def part(self) -> Part:
        """Give what was read besides what was found, and forget it."""
        read, self._part = self._part, self._new_part()
        return read

    def join(self, part: Part) -> None:
        """Take in what a part gave."""
        if part.passages:
            self._shared.take(part.passages)
        if part.prints and self._copies:
            self._copies.keep(part.prints)
        self._whole.merge(part.tallies)

    def result(self) -> ChartResult:
        """Give the totals of the review, once everything was found."""
        return self._whole.result()

    def _new_part(self) -> Part:
        self._charts = Charts(self._words, self._law)
        return Part(array("q"), [], self._charts.tallies)


def _owner(order: Order, visit: Visit) -> Hashable | None:
    return owner_of(order, visit.patient, visit.therapist, visit.day)
