"""The folder that a bulk run writes: coded notes, rejected rows, the summary, and the checkpoint."""

import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from nlp_pipeline.apps import checkpoint
from nlp_pipeline.apps.checkpoint import Checkpoint
from nlp_pipeline.errors import ResultsInTheWay
from nlp_pipeline.intake.received import Rejected
from nlp_pipeline.reporting.tables import header_row

REJECTED = "rejected.jsonl"
SUMMARY = "summary.json"
OURS = (checkpoint.NAME, f"{checkpoint.NAME}.new", "coded.jsonl", "coded.csv", REJECTED, SUMMARY, f"{SUMMARY}.new")


class Results:
    """Appends chunk by chunk, and can be cut back to any checkpoint."""

    def __init__(self, folder: Path, form: str) -> None:
        self.folder, self.form = folder, form
        self.coded, self.rejected = folder / f"coded.{form}", folder / REJECTED
        self._files: dict[Path, BinaryIO] = {}

    def clear(self) -> None:
        """Remove what an earlier run wrote, and nothing else."""
        for name in OURS:
            (self.folder / name).unlink(missing_ok=True)

    def refuse_if_used(self) -> None:
        """Refuse a folder that holds a run."""
        if any((self.folder / name).exists() for name in OURS):
            way_out = "Go on with --resume, start again with --overwrite, or name another folder with -o."
            raise ResultsInTheWay(str(self.folder), "it already holds the results of a run", way_out)

    def refuse_as_input(self, inputs: Sequence[str]) -> None:
        """Refuse a folder that is itself an input, or whose results are: a run must not read, or remove, what it writes."""
        taken = {self.folder.resolve(), *(self.folder.resolve() / name for name in OURS)}
        if any(Path(name).resolve() in taken for name in inputs):
            raise ResultsInTheWay(str(self.folder), "its results would lie among the inputs", "Name another folder with -o.")

    def open(self, start: Checkpoint) -> Self:
        """Open the results where the checkpoint left them; what was written after it is cut off."""
        for path in (self.coded, self.rejected):
            length = start.lengths.get(path.name, 0)
            if length and (not path.exists() or path.stat().st_size < length):
                raise ResultsInTheWay(str(self.folder), f"{path.name} is shorter than its checkpoint says", "Start again with --overwrite.")
            file = path.open("r+b" if path.exists() else "w+b")
            file.truncate(length)
            file.seek(length)
            self._files[path] = file
        if self.form == "csv" and not start.lengths.get(self.coded.name):
            self._files[self.coded].write(header_row().encode())
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for file in self._files.values():
            file.close()

    def append(self, lines: str, rejected: Iterable[Rejected]) -> None:
        """Write a chunk's answer."""
        self._files[self.coded].write(lines.encode())
        for row in rejected:
            self._files[self.rejected].write((json.dumps(row.to_json(), ensure_ascii=False) + "\n").encode())

    def settle(self) -> dict[str, int]:
        """Bring all that was written to the disk, and measure it."""
        for file in self._files.values():
            file.flush()
            os.fsync(file.fileno())
        return {path.name: file.tell() for path, file in self._files.items()}

    def write_summary(self, summary: dict[str, Any]) -> None:
        """Write `summary.json`, whole or not at all."""
        new = self.folder / f"{SUMMARY}.new"
        new.write_text(json.dumps(summary, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        new.replace(self.folder / SUMMARY)
