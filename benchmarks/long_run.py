"""Does memory stay flat over a night's run? `python -m benchmarks.long_run [--notes 200000]` codes generated notes in one process and shows what it holds.

Each round brings new pairs of corpus notes with new numbers, names and slips (see fresh_notes.py), so that unknown spellings never cease: what a
program keeps of every word that it meets would show. One line for each stretch of notes. Status 1 where memory passes the limit or, in a run long enough
to have forgotten its spellings once (see reading/reader.py), is still growing at the end.
"""

import argparse
import resource
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from time import process_time

from benchmarks.fresh_notes import endless_notes

LIMIT = 700.0  # megabytes
GROWTH = 1.05  # of the last third's most over the middle third's
LONG = 100_000  # notes after which a run's vocabulary has been full once
_STATM = Path("/proc/self/statm")


def megabytes_held() -> float:
    """Say how much memory this process holds now; where the system does not tell, the most that it ever held."""
    if _STATM.is_file():
        return int(_STATM.read_text().split()[1]) * resource.getpagesize() / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def stretches(count: int, step: int, seed: int) -> Iterator[tuple[int, float, float]]:
    """Code notes and say after each stretch: notes so far, notes a second of processor time, megabytes held."""
    from nlp_pipeline import Note, Pipeline
    from nlp_pipeline.records.schema import write_line

    pipeline, texts = Pipeline.load(), islice(endless_notes(seed), count)
    done = 0
    while some := [Note(f"n{done + at}", text) for at, text in enumerate(islice(texts, step))]:
        start = process_time()
        for coded in pipeline.code(some):
            write_line(coded)
        done += len(some)
        yield done, len(some) / (process_time() - start), megabytes_held()


def main() -> None:
    """Run, and print a line for each stretch."""
    parser = argparse.ArgumentParser(description="Memory and speed over many generated notes, in one process.")
    parser.add_argument("--notes", type=int, default=200_000)
    parser.add_argument("--step", type=int, default=2_000, help="notes between two lines")
    parser.add_argument("--seed", type=int, default=1)
    order = parser.parse_args()
    held: list[float] = []
    done = 0
    print(f"{'notes':>10}{'notes/s':>10}{'MB held':>10}")
    for done, speed, megabytes in stretches(order.notes, order.step, order.seed):
        held.append(megabytes)
        print(f"{done:>10,}{speed:>10,.0f}{megabytes:>10,.0f}", flush=True)
    third = max(1, len(held) // 3)
    middle, last, most = max(held[third : 2 * third] or held), max(held[-third:]), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"most ever held {most:,.0f} MB (limit {LIMIT:,.0f}); last third over middle third {last / middle:.2f}")
    raise SystemExit(bool(most > LIMIT or (done >= LONG and last > GROWTH * middle)))


if __name__ == "__main__":
    main()
