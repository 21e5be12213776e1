"""What a note costs on Spark: `python -m benchmarks.bench_spark [--notes 1024 4096] [--reader fast]` reviews fresh notes on `local[2]`.

The processor time of all processes is counted, apart for the driver (the process that lays together and writes), Java, and the Python workers that
code. What the second, larger run takes more than the first is the cost of its notes; the rest is that of beginning. On a busy machine
the seconds of the clock mean nothing; those of the processor mean nearly the same as on a quiet one. PySpark must be on PYTHONPATH.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from benchmarks.bench_review import visits

UNITWISE = [sys.executable, "-c", "from nlp_pipeline.apps.cli import main; main()", "review"]
PARTS = ("coding", "Java", "driver")
NOTES_IN_A_FILE = 2048
SECONDS_BETWEEN_LOOKS = 0.2
USER, SYSTEM, SESSION = 11, 12, 3  # fields of /proc/PID/stat after the name
HOUR, MILLION = 3600, 1_000_000


def processor_seconds(session: int) -> dict[int, tuple[str, float]]:
    """Read what each process of a session has used so far."""
    used = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = path.read_text("utf-8").partition("(")[2].rpartition(")")
        except OSError:
            continue  # it has just ended
        fields = rest.split()
        if int(fields[SESSION]) == session:
            used[int(path.parent.name)] = name, (int(fields[USER]) + int(fields[SYSTEM])) / os.sysconf("SC_CLK_TCK")
    return used


def review(folder: Path, notes: int, reader: str) -> tuple[dict[str, float], dict[str, float]]:
    """Review so many notes; give the processor seconds by part, and the seconds of the clock by stage."""
    inputs, out = folder / f"notes-{notes}", folder / f"out-{notes}"
    inputs.mkdir()
    rows = list(visits(notes, 7))
    for first in range(0, notes, NOTES_IN_A_FILE):
        parquet.write_table(pa.Table.from_pylist(rows[first : first + NOTES_IN_A_FILE]), inputs / f"part-{first:09}.parquet")
    order = [*UNITWISE, str(inputs), "-o", str(out), "--format", "parquet", "--reader", reader, "--engine", "spark", "--workers", "2"]
    run = subprocess.Popen(order, start_new_session=True, stdout=subprocess.DEVNULL)
    seen: dict[int, tuple[str, float]] = {}
    while run.poll() is None:
        seen |= processor_seconds(run.pid)
        time.sleep(SECONDS_BETWEEN_LOOKS)
    if run.returncode:
        raise SystemExit("the review failed")
    parts = dict.fromkeys(PARTS, 0.0)
    for process, (name, seconds) in seen.items():
        parts["driver" if process == run.pid else "Java" if name == "java" else "coding"] += seconds
    return parts, json.loads((out / "timings.json").read_text("utf-8"))["seconds"]


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--notes", type=int, nargs=2, default=(512, 1536))
    parser.add_argument("--reader", choices=("fast", "careful"), default="fast")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        few, many = (review(Path(folder), notes, asked.reader) for notes in asked.notes)
    more = asked.notes[1] - asked.notes[0]
    print(f"{'part':8} {'s, ' + str(asked.notes[0]):>10} {'s, ' + str(asked.notes[1]):>10} {'ms a note':>10} {'h a million':>12}")
    for part in PARTS:
        each = (many[0][part] - few[0][part]) / more
        print(f"{part:8} {few[0][part]:10.1f} {many[0][part]:10.1f} {each * 1000:10.2f} {each * MILLION / HOUR:12.2f}")
    print("seconds of the clock by stage:", json.dumps(few[1]), json.dumps(many[1]))


if __name__ == "__main__":
    main()
