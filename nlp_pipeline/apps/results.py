"""The folder that a bulk run leaves behind: each file is there whole, or not at all."""

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from nlp_pipeline.apps import work_folder
from nlp_pipeline.apps.work_folder import WorkFolder
from nlp_pipeline.errors import ResultsInTheWay

FORMS: Final = ("jsonl", "csv", "parquet", "xlsx")
REJECTED, SUMMARY, CHARTS, PAGE = "rejected.jsonl", "summary.json", "charts.jsonl", "summary.html"
MANIFEST, TIMINGS = "manifest.json", "timings.json"
OURS: Final = (*(f"coded.{form}" for form in FORMS), REJECTED, SUMMARY, CHARTS, PAGE, TIMINGS, MANIFEST)


class Results:
    """What a run writes for its reader; the manifest comes last and says that all of it is there."""

    def __init__(self, folder: Path, form: str) -> None:
        self.folder, self.work = folder, WorkFolder(folder)
        self.coded, self.rejected, self.manifest = folder / f"coded.{form}", folder / REJECTED, folder / MANIFEST

    def clear(self) -> None:
        """Remove what an earlier run wrote, and nothing else; the manifest first, for without it the rest is no run."""
        for name in reversed(OURS):
            (self.folder / name).unlink(missing_ok=True)
        self.work.remove()

    def refuse_if_used(self) -> None:
        """Refuse a folder that holds a run."""
        if any((self.folder / name).exists() for name in (*OURS, work_folder.NAME)):
            way_out = "Go on with --resume, start again with --overwrite, or name another folder with -o."
            raise ResultsInTheWay(str(self.folder), "it already holds the results of a run", way_out)

    def refuse_a_file(self) -> None:
        """Refuse a file in the place of the folder."""
        if self.folder.exists() and not self.folder.is_dir():
            raise ResultsInTheWay(str(self.folder), "it is a file", "Name a folder for the results with -o.")

    def refuse_as_input(self, inputs: Sequence[str]) -> None:
        """Refuse a folder that is itself an input, or whose results are: a run must not read, or remove, what it writes."""
        taken = {self.folder.resolve(), *(self.folder.resolve() / name for name in (*OURS, work_folder.NAME))}
        if any(Path(name).resolve() in taken for name in inputs):
            raise ResultsInTheWay(str(self.folder), "its results would lie among the inputs", "Name another folder with -o.")

    @contextmanager
    def writing(self, name: str) -> Iterator[Path]:
        """Give a place to write a result in; it takes its name once it is whole and on the disk."""
        new = self.work.path / f"{name}.new"
        yield new
        with new.open("rb+") as file:
            os.fsync(file.fileno())
        new.replace(self.folder / name)

    def write_json(self, name: str, told: Any) -> None:
        """Write a JSON file."""
        with self.writing(name) as path:
            path.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    def read_manifest(self) -> dict[str, Any] | None:
        """Read the manifest of a finished run; None where there is none."""
        return self._read(MANIFEST) if self.manifest.exists() else None

    def read_summary(self) -> dict[str, Any]:
        """Read the summary of a finished run."""
        return self._read(SUMMARY)

    def _read(self, name: str) -> dict[str, Any]:
        try:
            read: dict[str, Any] = json.loads((self.folder / name).read_text("utf-8"))
        except (ValueError, FileNotFoundError):
            raise ResultsInTheWay(str(self.folder), f"its {name} is damaged or gone", "Start again with --overwrite.") from None
        return read

    def outputs(self) -> Iterator[dict[str, Any]]:
        """Measure the results that are there, but for the two that tell of the run itself."""
        for name in OURS[:-2]:
            path = self.folder / name
            if path.exists():
                with path.open("rb") as file:
                    digest = hashlib.file_digest(file, "sha256").hexdigest()
                yield {"file": name, "bytes": path.stat().st_size, "sha256": digest}
