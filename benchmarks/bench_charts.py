"""A quarter with planted faults, laid side by side: how many are found, what else is found, how long it takes and how much memory.

The visits are written as the lines that `unitwise review` keeps, and read again for every pass, so that the time is that of a real run's second stage.
What follows from a planted fault (a cloned note's evidence is carried too) is told apart from what nothing planted explains.
"""

import argparse
import resource
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from nlp_pipeline.chart_layer import ChartReview
from nlp_pipeline.records.chart import NoteFinding
from nlp_pipeline.records.visit import Visit
from nlp_pipeline.records.visit_schema import visit_from_json, visit_to_json
from tests.auditing.planted import FOLLOWS, Quarter, quarter


class LineShelf:
    """Visits as lines of a file, read in three orders; in memory are only names, days and where a line begins."""

    def __init__(self, path: Path, visits: list[Visit]) -> None:
        self._path = path
        self._keys: list[tuple[str, str, str, int]] = []
        with path.open("wb") as file:
            for visit in visits:
                self._keys.append((visit.patient or "", visit.therapist or "", str(visit.day), file.tell()))
                file.write(visit_to_json(visit).encode("utf-8") + b"\n")

    def in_order(self) -> Iterator[Visit]:
        """Give the visits in the order of the input."""
        return self._by(lambda key: key[3])

    def by_patient(self) -> Iterator[Visit]:
        """Give the visits by patient, then day."""
        return self._by(lambda key: (key[0], key[2], key[3]))

    def by_therapist(self) -> Iterator[Visit]:
        """Give the visits by therapist, then day, then patient."""
        return self._by(lambda key: (key[1], key[2], key[0], key[3]))

    def _by(self, order: Callable[[tuple[str, str, str, int]], object]) -> Iterator[Visit]:
        with self._path.open("rb") as file:
            for key in sorted(self._keys, key=order):  # type: ignore[arg-type]
                file.seek(key[3])
                yield visit_from_json(file.readline())


def told(made: Quarter, found: dict[str, set[str]]) -> Iterator[str]:
    """Lay what was found beside what was planted, finding by finding."""
    days = {(visit.therapist, visit.day) for visit in made.visits if visit.id in made.planted["overlapping-patients"]}
    same_day = {visit.id for visit in made.visits if (visit.therapist, visit.day) in days}
    yield "| finding | planted | of these found | follows from one | nothing planted explains it |\n|---|---|---|---|---|"
    for code in sorted(found.keys() | made.planted.keys()):
        planted, notes = made.planted.get(code, set()), found.get(code, set())
        roots = set().union(*(made.planted.get(root, set()) for root in FOLLOWS.get(code, ())))
        explained = roots | (same_day if code in ("overlapping-patients", "minutes-cannot-fit") else set())
        rest = notes - planted
        yield f"| `{code}` | {len(planted):,} | {len(planted & notes):,} | {len(rest & explained):,} | {len(rest - explained):,} |"


def main() -> None:
    """Make a quarter, review it, and print figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--visits", type=int, default=40_000)
    options.add_argument("--seed", type=int, default=3)
    options.add_argument("--faults", type=float, default=0.05, help="share of patients with a fault")
    chosen = options.parse_args()
    made = quarter(chosen.visits, chosen.seed, chosen.faults)
    with tempfile.TemporaryDirectory() as folder:
        shelf = LineShelf(Path(folder) / "visits.jsonl", made.visits)
        held, text = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, sum(len(visit.text.split()) for visit in made.visits)
        review, found, kinds = ChartReview.load(), defaultdict(set), Counter[str]()
        wall, cpu = time.perf_counter(), time.process_time()
        for each in review.review(shelf):
            kinds[type(each).__name__] += 1
            if isinstance(each, NoteFinding):
                found[each.finding.code].add(each.note_id)
        review.result()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{len(made.visits):,} visits, {text / len(made.visits):.0f} words each, seed {chosen.seed}")
    print(f"{cpu:.1f} s of processor time, {wall:.1f} s by the clock; {1000 * cpu / len(made.visits):.2f} ms a visit")
    print(f"memory: {held} MB held by the planted quarter itself, {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB at most")
    print(dict(kinds), *told(made, found), sep="\n")


if __name__ == "__main__":
    main()
