"""A quarter with planted faults, laid side by side: how many are found, what else is found, how long it takes and how much memory.

The visits are written as the lines that `unitwise review` keeps, and laid side by side by its own second stage, on as many processes as are asked for.
What follows from a planted fault (a cloned note's evidence is carried too) is told apart from what nothing planted explains.
"""

import argparse
import os
import resource
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from nlp_pipeline.apps.across_stage import compare_all
from nlp_pipeline.apps.checkpoint import Checkpoint
from nlp_pipeline.apps.chunks import CodedChunk, keys_of
from nlp_pipeline.apps.visit_shelf import VisitShelf
from nlp_pipeline.apps.work_folder import WorkFolder
from nlp_pipeline.records.visit import Visit
from nlp_pipeline.records.visit_schema import visit_to_json
from tests.auditing.planted import FOLLOWS, Quarter, quarter


def lay_out(folder: Path, visits: list[Visit]) -> WorkFolder:
    """Write visits as the coding of a run does."""
    work = WorkFolder(folder)
    work.make()
    with work.open(Checkpoint({}, "")):
        for visit in visits:
            line = f"{visit_to_json(visit)}\n"
            work.append(CodedChunk(visits=line, keys=keys_of(visit, line)), ())
    return work


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
    options.add_argument("--workers", type=int, default=1)
    chosen = options.parse_args()
    made = quarter(chosen.visits, chosen.seed, chosen.faults)
    found: dict[str, set[str]] = defaultdict(set)
    with tempfile.TemporaryDirectory() as folder:
        work = lay_out(Path(folder), made.visits)
        text = sum(len(visit.text.split()) for visit in made.visits)
        held, before = most_held(resource.RUSAGE_SELF), os.times()
        compare_all(work, chosen.workers)
        after = os.times()
        with VisitShelf(work) as shelf:
            for visit, (findings, _) in zip(made.visits, shelf.found(), strict=True):
                for each in findings:
                    found[each.code].add(visit.id)
    mine, theirs = after.user + after.system - before.user - before.system, after.children_user + after.children_system
    cpu, wall = mine + theirs, after.elapsed - before.elapsed
    print(f"{len(made.visits):,} visits, {text / len(made.visits):.0f} words each, seed {chosen.seed}")
    print(f"{cpu:.1f} s of processor time ({mine:.1f} in the main process), {wall:.1f} s by the clock; {1000 * cpu / len(made.visits):.2f} ms a visit")
    print(
        f"memory: {held} MB held by the planted quarter itself, {most_held(resource.RUSAGE_SELF)} MB at most, a worker {most_held(resource.RUSAGE_CHILDREN)} MB"
    )
    print(*told(made, found), sep="\n")


def most_held(whose: int) -> int:
    """Say how many megabytes this process, or one that it started, held at most."""
    return resource.getrusage(whose).ru_maxrss // 1024


if __name__ == "__main__":
    main()
