"""What a second worker process brings: `python -m benchmarks.worker_scaling [--rounds 4]` runs `unitwise review` on one worker and on two, by turns.

Wall time, for that is what workers are for; it means something only where nothing else runs. Loading counts: the longer the run, the nearer to two.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from itertools import islice
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks.bench_full_path import UNITWISE
from benchmarks.fresh_notes import endless_notes

NOTES_IN_A_ROUND = 900


def seconds_for(workers: int, notes: Path, folder: Path) -> float:
    """Review the notes with so many workers; the seconds that its user waits."""
    start = perf_counter()
    subprocess.run(
        [UNITWISE, "review", str(notes), "-o", str(folder), "--workers", str(workers), "--overwrite"],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    return perf_counter() - start


def main() -> None:
    """Measure one and two workers by turns, and print the medians and their ratio."""
    parser = argparse.ArgumentParser(description="Wall time of a bulk review on one worker and on two.")
    parser.add_argument("--rounds", type=int, default=4, help=f"rounds of {NOTES_IN_A_ROUND} notes to review")
    parser.add_argument("--times", type=int, default=3, help="how often each is run")
    parser.add_argument("--seed", type=int, default=1)
    order = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        notes, count = folder / "notes.jsonl", order.rounds * NOTES_IN_A_ROUND
        with notes.open("w", encoding="utf-8") as file:
            for number, text in enumerate(islice(endless_notes(order.seed), count)):
                file.write(json.dumps({"id": f"n{number}", "text": text, "date_of_service": "2026-03-02"}) + "\n")
        spent: dict[int, list[float]] = {1: [], 2: []}
        for _ in range(order.times):
            for workers, seconds in spent.items():
                seconds.append(seconds_for(workers, notes, folder / f"out{workers}"))
        if (folder / "out1" / "coded.jsonl").read_bytes() != (folder / "out2" / "coded.jsonl").read_bytes():
            sys.exit("two workers answer otherwise than one")
    one, two = median(spent[1]), median(spent[2])
    print(f"{count:,} notes: one worker {one:.1f} s ({count / one:,.0f} notes/s), two workers {two:.1f} s ({count / two:,.0f} notes/s), {one / two:.2f} times")


if __name__ == "__main__":
    main()
