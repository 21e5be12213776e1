"""How many encounters a second become audited claims on one core, the rules loaded once: `python -m benchmarks.bench_claims`.

Time is the processor's; encounters are made up anew for each round, so that no claim is made twice.
"""

import gc
import json
import random
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from statistics import median
from time import process_time

from nlp_pipeline.records.claim_schema import claim_to_json
from nlp_pipeline.records.encounter import Encounter, Service
from nlp_pipeline.rule_layer import RuleLayer

COUNT = 5000
ROUNDS = 5
FIRST_DAY = date(2026, 1, 1)


def encounters(codes: Sequence[str], seed: int) -> list[Encounter]:
    """Make visits of two to four services over nine months, some with an assistant, some near the yearly threshold."""
    draw = random.Random(seed)
    made = []
    for number in range(COUNT):
        services = tuple(Service(code, draw.randint(5, 35), draw.choice((0, 0, 0, 5))) for code in draw.sample(codes, draw.randint(2, 4)))
        day = FIRST_DAY + timedelta(days=draw.randrange(270))
        made.append(Encounter(f"e{number}", day, "medicare", "PT", services, allowed_to_date=Decimal(draw.randint(0, 2600))))
    return made


def main() -> None:
    """Measure lines with units, modifiers and money; audited claims; and audited claims with every word and proof, written as JSON."""
    layer = RuleLayer.load()
    gc.freeze()  # as the command does
    codes = [line.rule.code for line in layer.rulebook.codes if line.rule.pooled and "PT" in line.rule.disciplines]

    def bill(visit: Encounter) -> object:
        rules = layer.rulebook.on(visit.date_of_service, visit.payer)
        return layer.biller.bill_and_price(visit, rules)

    def audit(visit: Encounter) -> object:
        return list(layer.claim([visit]))

    def write(visit: Encounter) -> object:
        return [json.dumps(claim_to_json(audited)) for audited in layer.claim([visit])]

    for words, made in (
        ("units by every method, lines, modifiers, prices, payments:", bill),
        ("the same, audited:", audit),
        ("the same, with each step and proof in words, as JSON:", write),
    ):
        print(f"{words:<60}{_each_second(made, codes):>10,.0f} encounters a second")


def _each_second(made: Callable[[Encounter], object], codes: Sequence[str]) -> float:
    found = []
    for seed in range(ROUNDS):
        visits = encounters(codes, seed)
        start = process_time()
        for visit in visits:
            made(visit)
        found.append(COUNT / (process_time() - start))
    return median(found)


if __name__ == "__main__":
    main()
