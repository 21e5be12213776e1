"""What the page of a run costs in processor time and memory, and how long it is, for runs of growing size."""

import argparse
import gc
import random
import resource
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from nlp_pipeline.pipeline import Pipeline
from nlp_pipeline.records.chart import ChartResult, CloneRate, Cloning, DayCounts
from nlp_pipeline.records.chart_summary import ReviewedRun
from nlp_pipeline.records.note import Note
from nlp_pipeline.records.visit import Visit, visit_of
from nlp_pipeline.reporting.summary_page import ChartPage, write_page

SAMPLES = Path(__file__).parents[1] / "data_samples" / "notes"
NOTHING_ACROSS = ChartResult(0, 0, 0, (), (), Cloning(CloneRate("", 0, 0, 0, 0, 0), (0,) * 10, ()), (), (), DayCounts())


def visits_of(samples: list[Visit], number: int) -> Iterator[Visit]:
    """Give sample visits to 120 therapists of 12 clinics, days and ids drawn by chance."""
    chance = random.Random(1)
    for row in range(number):
        place = chance.randrange(120)
        day = date(2026, 7, 1) + timedelta(days=chance.randrange(92))
        yield replace(chance.choice(samples), id=f"V{row}", day=day, therapist=f"Therapist {place}", clinic=f"Clinic {place % 12}", payer="medicare")


def measure(samples: list[Visit], number: int) -> str:
    """Take a run through the page once, and say what it cost."""
    gc.collect()
    page, began = ChartPage(NOTHING_ACROSS), time.process_time()
    for visit in visits_of(samples, number):
        page.add(visit)
    taken, began = time.process_time() - began, time.process_time()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "summary.html"
        write_page(page.finish(ReviewedRun(("a quarter",), number, number, (), "", "fast", (), "")), path)
        written, size = time.process_time() - began, path.stat().st_size
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    cost = f"{number / taken:>8,.0f} a second of processor time, written in {written:.2f} s"
    return f"{number:>9,} visits: {cost}, {size / 1024:,.0f} KB; peak memory so far {memory:,.0f} MB"


def main() -> None:
    """Measure runs of the sizes asked for, the smallest first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=[1_000, 10_000, 100_000])
    notes = [Note(path.stem, path.read_text("utf-8")) for path in sorted(SAMPLES.glob("*.txt"))]
    samples = [visit_of(coded) for coded in Pipeline.load(reader="fast").code(notes)]
    for number in sorted(parser.parse_args().sizes):
        print(measure(samples, number))


if __name__ == "__main__":
    main()
