"""Runs `unitwise` over the stand-ins in a copy of this process, which has everything imported: quick enough to be stopped many times."""

import os
import random
import resource
import signal
import sys
import time
from pathlib import Path

from nlp_pipeline.apps import chunks
from tests.apps import fake_charts, fake_pipeline


def start(arguments, said: Path, file_size: int | None = None) -> int:
    """Start a run that writes what it says of errors into a file, all else beside it; where a size is given, no file may grow beyond it."""
    if child := os.fork():
        return child
    try:
        for path, number in ((said.with_suffix(".out"), 1), (said, 2)):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        os.environ["COLUMNS"] = "100"
        sys.stdout, sys.stderr = (os.fdopen(number, "w") for number in (1, 2))
        sys.modules["nlp_pipeline.pipeline"] = fake_pipeline
        sys.modules["nlp_pipeline.chart_layer"] = fake_charts
        signal.signal(signal.SIGINT, signal.default_int_handler)
        chunks.ROWS_IN_A_CHUNK = 32  # so that a short run has many
        if file_size is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_size, file_size))
        from nlp_pipeline.apps.cli import main

        main([str(each) for each in arguments])
    except SystemExit as end:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(end.code if isinstance(end.code, int) else 0)
    finally:
        os._exit(99)


def ended(child: int) -> int:
    """Wait for a run; its status, or less than zero for the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def run(arguments, said: Path, file_size: int | None = None) -> int:
    """Run to the end."""
    return ended(start(arguments, said, file_size))


def stop_at_random(arguments, said: Path, chance: random.Random, longest: float, sign: signal.Signals = signal.SIGKILL) -> bool:
    """Start a run and stop it at a random moment; False where it had ended before."""
    child = start(arguments, said)
    time.sleep(chance.uniform(0, longest))
    os.kill(child, sign)
    return ended(child) != 0
