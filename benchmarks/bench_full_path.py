"""How fast a note becomes a coded note, beside spaCy's own tokenizer on the same notes in the same run (`make bench`).

Each pass runs in a fresh process on one thread, on notes made for that round alone (see fresh_notes.py); the two sides take turns and the
median of the rounds stands in the table. Figures from different machines or hours do not compare; the ratio within a run does.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks.fresh_notes import fresh_notes

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
UNITWISE = Path(sys.executable).with_name("unitwise")

Figures = dict[str, float]


def measured(measure: str, notes: Path) -> Figures:
    """Run one measurement in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.measure_once", measure, str(notes)]
    figures: Figures = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, env=os.environ | ONE_THREAD).stdout)
    return figures


def seconds_for(arguments: Sequence[str], stdin: str, rounds: int) -> float:
    """Time the command from start to end, as its user waits for it; the median of some rounds."""
    spent = []
    for _ in range(rounds):
        start = perf_counter()
        subprocess.run([UNITWISE, *arguments], input=stdin, text=True, check=True, stdout=subprocess.DEVNULL)
        spent.append(perf_counter() - start)
    return median(spent)


def run(rounds: int, seed: int) -> dict[str, Figures]:
    """Take every measurement."""
    passes: dict[str, list[Figures]] = {"full": [], "tokenizer": [], "careful": []}
    with tempfile.TemporaryDirectory() as folder:
        notes = Path(folder) / "notes.json"
        for number in range(rounds):
            notes.write_text(json.dumps(fresh_notes(seed + number)), "utf-8")
            for side, figures in passes.items():
                figures.append(measured(side, notes))
        stages, alone = measured("stages", notes), measured("alone", notes)
    table = {side: {key: median(each[key] for each in figures) for key in figures[0]} for side, figures in passes.items()}
    ratios = sorted(full["words_per_second"] / plain["words_per_second"] for full, plain in zip(passes["full"], passes["tokenizer"], strict=True))
    note = fresh_notes(seed - 1)[0]
    start_up = {
        "code_from_stdin": seconds_for(["code", "-", "--json"], note, 5),
        "help": seconds_for(["--help"], "", 5),
    }
    ratio = {"full_to_tokenizer": median(ratios), "lowest": ratios[0], "highest": ratios[-1]}
    return table | {"ratio": ratio, "stages_ms_per_note": stages, "alone": alone, "start_up_seconds": start_up}


def as_table(figures: dict[str, Figures]) -> str:
    """Lay the figures out for a person."""
    full, plain, ratio, stages = figures["full"], figures["tokenizer"], figures["ratio"], figures["stages_ms_per_note"]
    rows = [
        f"{full['notes']:,.0f} notes of {full['words_per_note']:,.0f} words in each round, one core",
        "",
        f"{'':<34}{'notes/s':>10}{'words/s':>12}{'peak MB':>10}",
        *(
            f"{name:<34}{side['notes_per_second']:>10,.0f}{side['words_per_second']:>12,.0f}{side['peak_megabytes']:>10,.0f}"
            for name, side in (
                ("note to JSON, the fast reader", full),
                ("spaCy's tokenizer as shipped", plain),
                ("note to JSON, the careful reader", figures["careful"]),
            )
        ),
        f"{'ratio (fast reader / tokenizer)':<34}{ratio['full_to_tokenizer']:>22.2f}   rounds: {ratio['lowest']:.2f} to {ratio['highest']:.2f}",
        "",
        "Where a note's time goes (ms): " + "   ".join(f"{name} {spent:.2f}" for name, spent in stages.items()),
        f"Loading: {full['loading_seconds']:.2f} s   one note by itself, loaded: {figures['alone']['milliseconds']:.1f} ms",
        f"One note from stdin, start-up included: {figures['start_up_seconds']['code_from_stdin']:.2f} s",
        f"unitwise --help: {figures['start_up_seconds']['help']:.2f} s",
    ]
    return "\n".join(rows)


def main() -> None:
    """Measure, then print."""
    parser = argparse.ArgumentParser(description="Notes and words per second of the full path, beside spaCy's tokenizer in the same run.")
    parser.add_argument("--rounds", type=int, default=3, help="rounds; the median is shown")
    parser.add_argument("--seed", type=int, default=None, help="repeat the notes of an earlier run")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    chosen = parser.parse_args()
    seed = random.SystemRandom().randrange(10**9) if chosen.seed is None else chosen.seed
    figures = run(chosen.rounds, seed)
    if chosen.json:
        print(json.dumps({"rounds": chosen.rounds, "seed": seed} | figures, indent=2))
    else:
        print(f"{chosen.rounds} rounds (seed {seed}), {as_table(figures)}")


if __name__ == "__main__":
    main()
