"""A universe of visits with known errors: what `unitwise audit` finds of them, and what it finds where nothing is wrong.

    python -m benchmarks.planted_universe [--visits 5000] [--errors 400] [--reader careful|fast] [--seed 7] [--keep DIR]

Notes are put together from marked phrases of the training corpus (benchmarks/planted_notes.py); claims, charges and remittances are written
beside them; errors of every category are put in by benchmarks/planted_errors.py, which knows nothing of the engine. An element of documentation
is truly missing where none of its marked words stands in the note. Detection is the share of true errors that the audit names in their own
category; a false alarm is a discrepancy of a category on a visit that truly has none.
"""

import argparse
import io
import json
import random
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from benchmarks.planted_errors import PLANTERS, plant
from benchmarks.planted_files import write_files
from benchmarks.planted_notes import PlantedVisit, expects, visits
from nlp_pipeline.apps.retro_audit import AuditOrder, audit
from nlp_pipeline.records.coded_note import ReaderName

ELEMENTS = {"doc-deficit": "deficit", "doc-skilled-need": "skilled_cueing", "doc-goal": "functional_goal", "doc-objective": "objective_measure"}
APART = 40  # visits without a bill, and bills without a note


@dataclass(slots=True)
class Score:
    """How one category fared."""

    true: int = 0
    found: int = 0
    false: int = 0
    missed: list[str] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)

    @property
    def detection(self) -> float:
        """Give the share of true errors that was found."""
        return self.found / self.true if self.true else float("nan")

    @property
    def precision(self) -> float:
        """Give the share of what was named that is true."""
        named = self.found + self.false
        return self.found / named if named else float("nan")


@dataclass(slots=True)
class Outcome:
    """What a run came to."""

    scores: dict[str, Score]
    matched: int
    unmatched: Mapping[str, int]
    steps_right: int
    steps_told: int
    seconds: float


def universe(seed: int, count: int, errors: int) -> list[PlantedVisit]:
    """Make visits, put errors into some, and leave the bill or the note of a few away."""
    made = list(visits(seed, count))
    plant(made, errors, seed)
    chance = random.Random(seed)
    copied = {visit.before.id for visit in made if visit.planted == "cloned" and visit.before}
    clean = chance.sample([visit for visit in made if not visit.planted and visit.id not in copied], min(APART, count // 10))
    for at, visit in enumerate(clean):
        visit.billed, visit.documented = (False, True) if at % 2 else (True, False)
    return made


def run(made: Sequence[PlantedVisit], folder: Path, reader: ReaderName) -> Outcome:
    """Write the files, audit them, and score the answer."""
    write_files(made, folder)
    claims = [str(folder / "claims.837"), str(folder / "remittances.835")]
    order = AuditOrder([str(folder / "notes.jsonl")], claims, folder / "audit", [str(folder / "charges.csv")], reader=reader, overwrite=True)
    began = time.monotonic()
    with redirect_stdout(io.StringIO()):
        audit(order)
    seconds = time.monotonic() - began
    rows = [json.loads(line) for line in (folder / "audit" / "audit.jsonl").read_text("utf-8").splitlines()]
    alone = [json.loads(line) for line in (folder / "audit" / "unmatched.jsonl").read_text("utf-8").splitlines()]
    return score(made, rows, Counter(row["side"] for row in alone), seconds)


def score(made: Sequence[PlantedVisit], rows: Iterable[Mapping[str, Any]], alone: Mapping[str, int], seconds: float) -> Outcome:
    """Compare what was named with what is true, category by category."""
    known = {visit.id: visit for visit in made}
    scores: dict[str, Score] = defaultdict(Score)
    matched = right = told = 0
    for row in rows:
        matched += 1
        visit = known[str(row["id"])]
        named = {each["category"]: each for each in row["discrepancies"]}
        true = truth(visit)
        for category in true - visit.along:
            mark = scores[category]
            mark.true += 1
            mark.found += category in named
            mark.missed += [] if category in named else [visit.id]
        for category in named.keys() - true - visit.along - {"changed-on-the-way", "paid-otherwise"}:
            scores[category].false += 1
            scores[category].alarms.append(visit.id)
        if visit.step and (found := named.get(visit.planted)) and found["divergence"]:
            told += 1
            right += found["divergence"]["step"] == visit.step
    return Outcome(dict(scores), matched, alone, right, told, seconds)


def truth(visit: PlantedVisit) -> frozenset[str]:
    """Name what is truly wrong with a visit: what was planted, and the elements that its markup does not hold for what is billed."""
    billed = {code for code, _, _ in visit.claim}
    lacking = {name for name, element in ELEMENTS.items() if element not in visit.words and billed & expects()[element]}
    return frozenset(lacking | ({visit.planted} if visit.planted else set()))


def tell(outcome: Outcome, out: TextIO = sys.stdout) -> None:
    """Print the figures as a table of the documentation."""
    print("| Category | true | found | detection | false alarms | precision |", file=out)
    print("| --- | ---: | ---: | ---: | ---: | ---: |", file=out)
    for name in sorted(outcome.scores, key=lambda name: (list(PLANTERS).index(name) if name in PLANTERS else 99, name)):
        each = outcome.scores[name]
        detection = f"{each.detection:.3f}" if each.true else "-"
        print(f"| {name} | {each.true} | {each.found} | {detection} | {each.false} | {each.precision:.3f} |", file=out)
    told = f"first step right {outcome.steps_right} of {outcome.steps_told}; {outcome.seconds:.0f} s"
    print(f"\nmatched {outcome.matched}, on one side only {dict(outcome.unmatched)}; {told}", file=out)


def main() -> None:
    """Make a universe, audit it, print the figures."""
    wish = argparse.ArgumentParser(description=__doc__)
    wish.add_argument("--visits", type=int, default=5000)
    wish.add_argument("--errors", type=int, default=400)
    wish.add_argument("--reader", choices=("careful", "fast"), default="careful")
    wish.add_argument("--seed", type=int, default=7)
    wish.add_argument("--keep", type=Path)
    wish.add_argument("--missed", action="store_true", help="name the visits that were missed or falsely named")
    given = wish.parse_args()
    made = universe(given.seed, given.visits, given.errors)
    with tempfile.TemporaryDirectory() as scratch:
        outcome = run(made, given.keep or Path(scratch), given.reader)
    tell(outcome)
    if given.missed:
        for name, each in sorted(outcome.scores.items()):
            print(name, "missed", each.missed, "alarms", each.alarms[:40])


if __name__ == "__main__":
    main()
