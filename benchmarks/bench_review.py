"""A whole review, end to end: `python -m benchmarks.bench_review [--notes 100000] [--workers 2]` makes a quarter and reviews it.

The notes are those of `fresh_notes.py`: no line stands twice in a round. They are spread over patients, therapists, clinics and days as a group
of clinics would have them, and one visit in twenty repeats the patient's visit before. What is measured is what a user waits for, and, twice a
second, the memory of the main process and all workers together (proportional set size: what they share is counted once). The bare tokenizer's
time over the same texts is the yardstick.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from time import perf_counter

from benchmarks.bench_full_path import UNITWISE
from benchmarks.fresh_notes import endless_notes

FIRST_DAY = date(2026, 1, 5)
DAYS = 90
VISITS_OF_A_PATIENT = 12
VISITS_OF_A_THERAPIST = 700  # in a quarter
THERAPISTS_OF_A_CLINIC = 5
PAYERS = ("medicare", "aetna", "Blue Plan Choice", None)
REPEATED = 0.05
SECONDS_BETWEEN_LOOKS = 0.5
FLAT = 1.10  # the most of the last third over that of the middle third, both of the coding


@dataclass(slots=True)
class Watched:
    """What a run cost: seconds of the clock, and (seconds since the start, megabytes of all processes) over time."""

    seconds: float = 0.0
    memory: list[tuple[float, float]] = field(default_factory=list)

    def most(self, first: float = 0.0, last: float = 1.0) -> float:
        """Give the most memory between two shares of the time."""
        return max((held for at, held in self.memory if first * self.seconds <= at <= last * self.seconds), default=0.0)


def visits(count: int, seed: int) -> Iterator[dict[str, str | None]]:
    """Make the visits of a quarter: each patient sees one therapist, in order of days; some notes repeat the one before."""
    chance, before = random.Random(seed), dict[int, str]()
    patients = max(1, count // VISITS_OF_A_PATIENT)
    therapists = max(1, count // VISITS_OF_A_THERAPIST)
    for number, text in enumerate(islice(endless_notes(seed), count)):
        patient, turn = number % patients, number // patients
        therapist = patient % therapists
        if patient in before and chance.random() < REPEATED:
            text = before[patient]
        before[patient] = text
        yield {
            "id": f"v{number:07}",
            "text": text,
            "patient": f"P{patient:06}",
            "therapist": f"T{therapist:04}",
            "clinic": f"clinic {therapist // THERAPISTS_OF_A_CLINIC}",
            "payer": PAYERS[patient % len(PAYERS)],
            "date_of_service": (FIRST_DAY + timedelta(days=(patient + turn * DAYS // VISITS_OF_A_PATIENT) % DAYS)).isoformat(),
        }


def write_visits(path: Path, rows: Iterable[dict[str, str | None]]) -> None:
    """Write visits as JSON Lines."""
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row) + "\n")


def watch(command: list[str]) -> Watched:
    """Run a command to its end, and look at its memory all the while."""
    seen, start = Watched(), perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None:
        seen.memory.append((perf_counter() - start, megabytes_of(process.pid)))
        time.sleep(SECONDS_BETWEEN_LOOKS)
    seen.seconds = perf_counter() - start
    if process.returncode:
        sys.exit(f"the review ended with {process.returncode}")
    return seen


def megabytes_of(pid: int) -> float:
    """Add up the memory of a process and of those that it started."""
    held = 0.0
    for each in [pid, *descendants(pid)]:
        try:
            told = Path(f"/proc/{each}/smaps_rollup").read_text("ascii")
        except OSError:  # it has ended meanwhile
            continue
        held += sum(int(line.split()[1]) for line in told.splitlines() if line.startswith("Pss:")) / 1024
    return held


def descendants(pid: int) -> Iterator[int]:
    """List the processes that a process started, and those that they did."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    except OSError:
        return
    for child in map(int, children):
        yield child
        yield from descendants(child)


def tokenizing(path: Path) -> float:
    """Time spaCy's bare English tokenizer over the same texts, in this process, a fresh one each time."""
    import spacy

    with path.open(encoding="utf-8") as file:
        texts = [json.loads(line)["text"] for line in file]
    tokenizer = spacy.blank("en").tokenizer
    start = perf_counter()
    for text in texts:
        tokenizer(text)
    return perf_counter() - start


def resume_after(command: list[str], folder: Path, share: float, rows: int) -> float:
    """Kill a run when so large a share of its rows is coded, resume it, and say how long it took to reach new rows."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and rows_coded(folder) < share * rows:
        time.sleep(0.02)
    process.kill()
    process.wait()
    done, start = rows_coded(folder), perf_counter()
    process = subprocess.Popen([*command, "--resume"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and rows_coded(folder) <= done:
        time.sleep(0.02)
    reached = perf_counter() - start
    process.wait()
    return reached


def rows_coded(folder: Path) -> int:
    """Read how many rows a run has done; a run without its papers has not begun or is whole."""
    try:
        return int(json.loads((folder / "unfinished" / "checkpoint.json").read_text("utf-8"))["rows"])
    except (OSError, ValueError):
        return 0


def tell(name: str, seen: Watched, folder: Path, count: int) -> None:
    """Print a line of figures."""
    spent = json.loads((folder / "timings.json").read_text("utf-8"))["seconds"]
    stages = ", ".join(f"{stage} {spent[stage]:,.0f} s" for stage in ("coding", "comparing", "writing"))
    parts = [seen.most(first / 4, (first + 1) / 4) for first in range(4)]
    quarters = " ".join(f"{part:,.0f}" for part in parts)
    print(
        f"{name}: {seen.seconds:,.0f} s, {count / seen.seconds:,.0f} notes/s ({stages}); most memory {seen.most():,.0f} MB, by quarters of the time {quarters}"
    )


def main() -> None:
    """Make the visits, review them, and print what it cost."""
    parser = argparse.ArgumentParser(description="A review end to end: notes a second, memory of all processes over time, stages.")
    parser.add_argument("--notes", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--format", default="jsonl", choices=("jsonl", "csv", "parquet", "xlsx"))
    parser.add_argument("--reader", default="fast", choices=("fast", "careful"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--one-worker", action="store_true", help="run it on one worker too, and give the ratio")
    parser.add_argument("--resume", action="store_true", help="kill it at nine tenths too, and measure how long it takes to go on")
    order = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        notes = folder / "visits.jsonl"
        write_visits(notes, visits(order.notes, order.seed))
        print(f"{order.notes:,} visits, {notes.stat().st_size / 1e6:,.0f} MB; bare tokenizer {tokenizing(notes):,.1f} s on one core", flush=True)
        command = [UNITWISE, "review", str(notes), "--format", order.format, "--reader", order.reader]
        several = watch([*command, "-o", str(folder / "out"), "--workers", str(order.workers)])
        tell(f"{order.workers} workers", several, folder / "out", order.notes)
        if order.one_worker:
            one = watch([*command, "-o", str(folder / "one")])
            tell("one worker", one, folder / "one", order.notes)
            print(f"{one.seconds / several.seconds:.2f} times as fast on {order.workers} workers as on one")
        if order.resume:
            again = [*command, "-o", str(folder / "killed"), "--workers", str(order.workers)]
            print(f"killed at nine tenths, the first new rows were coded after {resume_after(again, folder / 'killed', 0.9, order.notes):,.1f} s")


if __name__ == "__main__":
    main()
