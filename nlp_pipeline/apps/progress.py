"""How a long run is doing, told on standard error: a bar for a person, a line now and then for a log."""

import sys
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn

SECONDS_BETWEEN_LINES = 10.0
NOTES_BETWEEN_LOOKS = 500


class RunProgress:
    """Shows how far a run has come; how much there is in all is measured in bytes, for nobody has counted the notes."""

    def __init__(self, bytes_in_all: int) -> None:
        self._all = bytes_in_all
        self._started = self._told = time.monotonic()
        self._first: tuple[int, int] | None = None
        self._bar = _bar() if sys.stderr.isatty() else None
        self._task = self._bar.add_task("", total=bytes_in_all or None, rows=0, rejected=0, rate="") if self._bar else None

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._bar:
            self._bar.stop()

    def tell(self, bytes_read: int, rows: int, rejected: int) -> None:
        """Show where the run stands."""
        now = time.monotonic()
        self._first = self._first or (rows, bytes_read)  # what a resumed run had done before does not count for its speed
        rate = (rows - self._first[0]) / max(now - self._started, 0.001)
        if self._bar and self._task is not None:
            self._bar.update(self._task, completed=min(bytes_read, self._all or bytes_read), rows=rows, rejected=rejected, rate=f"{rate:,.0f}")
        elif now - self._told >= SECONDS_BETWEEN_LINES:
            self._told = now
            print(f"{rows:,} notes, {rejected:,} rejected, {rate:,.0f} a second{self._left(bytes_read, now)}", file=sys.stderr, flush=True)

    def _left(self, bytes_read: int, now: float) -> str:
        done = bytes_read - (self._first[1] if self._first else 0)
        if not self._all or done <= 0:
            return ""
        seconds = (self._all - bytes_read) * (now - self._started) / done
        return f", about {seconds:,.0f} s left" if seconds < 120 else f", about {seconds / 60:,.0f} min left"


class StageProgress:
    """Tells now and then how far a later stage has come; it is short beside the coding."""

    def __init__(self, words: str) -> None:
        self._words, self._number, self._told = words, 0, time.monotonic()

    def count(self, more: int = 1) -> None:
        """Count more notes, and tell where it is time to."""
        looks = self._number // NOTES_BETWEEN_LOOKS
        self._number += more
        if self._number // NOTES_BETWEEN_LOOKS > looks and (now := time.monotonic()) - self._told >= SECONDS_BETWEEN_LINES:
            self._told = now
            print(self._words.format(self._number), file=sys.stderr, flush=True)


def _bar() -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.fields[rows]:,} notes"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rate]} a second"),
        TextColumn("{task.fields[rejected]:,} rejected"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
