"""The working papers of a bulk run: a private folder inside that of the results, appended to chunk by chunk, gone when the run is whole."""

import json
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from nlp_pipeline.apps.checkpoint import Checkpoint
from nlp_pipeline.apps.chunks import CodedChunk
from nlp_pipeline.errors import ResultsInTheWay
from nlp_pipeline.intake.received import Rejected

NAME: Final = "unfinished"
CODED, VISITS, KEYS, ROWS, REJECTED = "coded.jsonl", "visits.jsonl", "keys.jsonl", "rows.jsonl", "rejected.jsonl"
INPUTS, SHELF, CHARTS, ACROSS = "inputs.jsonl", "visits.sqlite", "charts.jsonl", "across.json"
APPENDED: Final = (CODED, VISITS, KEYS, ROWS, REJECTED)
ONLY_ITS_OWNER = 0o700


class WorkFolder:
    """Appends to the papers of the coding, and can cut them back to any checkpoint."""

    def __init__(self, results: Path) -> None:
        self.path = results / NAME
        self._files: dict[str, BinaryIO] = {}

    def make(self) -> None:
        """Make the folder, readable by its owner alone."""
        self.path.mkdir(mode=ONLY_ITS_OWNER, exist_ok=True)

    def remove(self) -> None:
        """Remove the folder with all that is in it, the checkpoint last: what is left of it after a stop can still be told from a run."""
        shutil.rmtree(self.path, ignore_errors=True)

    def open(self, start: Checkpoint) -> Self:
        """Open the papers where the checkpoint left them; what was written after it is cut off."""
        for name in APPENDED:
            path, length = self.path / name, start.lengths.get(name, 0)
            if length and (not path.exists() or path.stat().st_size < length):
                raise ResultsInTheWay(str(self.path.parent), f"{NAME}/{name} is shorter than its checkpoint says", "Start again with --overwrite.")
            file = path.open("r+b" if path.exists() else "w+b")
            file.truncate(length)
            file.seek(length)
            self._files[name] = file
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        files, self._files = self._files, {}
        for file in files.values():
            file.close()

    def append(self, answer: CodedChunk, rejected: Iterable[Rejected]) -> None:
        """Write a chunk's answer."""
        told = "".join(json.dumps(row.to_json(), ensure_ascii=False) + "\n" for row in rejected)
        self.append_papers(*(lines.encode() for lines in (answer.lines, answer.visits, answer.keys, answer.rows, told)))

    def append_papers(self, *papers: bytes) -> None:
        """Write what belongs to each of the papers, in their order."""
        for name, lines in zip(APPENDED, papers, strict=True):
            self._files[name].write(lines)

    def settle(self) -> dict[str, int]:
        """Bring all that was written to the disk, and measure it."""
        for file in self._files.values():
            file.flush()
            os.fsync(file.fileno())
        return {name: file.tell() for name, file in self._files.items()}

    def bring_to_disk(self, name: str) -> None:
        """See to it that a paper outlives a power cut."""
        with (self.path / name).open("rb+") as file:
            os.fsync(file.fileno())

    def lines(self, name: str) -> Iterator[bytes]:
        """Read a paper line by line, without the line's end."""
        with (self.path / name).open("rb") as file:
            for line in file:
                yield line.rstrip(b"\n")
