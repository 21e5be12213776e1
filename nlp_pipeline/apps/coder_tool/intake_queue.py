"""What comes into the queue: an uploaded file, or the inputs of a review run."""

import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path, PurePosixPath, PureWindowsPath
from tempfile import TemporaryDirectory
from typing import IO, Any

from nlp_pipeline.apps import checkpoint, work_folder
from nlp_pipeline.apps.coder_tool.coding_queue import CodingQueue
from nlp_pipeline.apps.coder_tool.tables import User
from nlp_pipeline.apps.results import MANIFEST
from nlp_pipeline.errors import ServeRefused
from nlp_pipeline.intake.intake import Intake
from nlp_pipeline.intake.notes import FrontDesk
from nlp_pipeline.intake.profiles import Profile
from nlp_pipeline.intake.received import Received
from nlp_pipeline.intake.sources import STANDARD_INPUT, check_input
from nlp_pipeline.records.note import Note

_LONGEST_NAME, _MARK = 120, 16


def add_upload(coding: CodingQueue, who: User, name: str | None, stream: IO[bytes]) -> str:
    """Take in a file that `unitwise review` could read; the batch's key."""
    folder = TemporaryDirectory(prefix="unitwise-")  # only its owner can look into it
    path = Path(folder.name) / plain_name(name)
    with path.open("wb") as file:
        shutil.copyfileobj(stream, file)

    def read() -> Iterator[Note | dict[str, Any]]:
        with folder:
            yield from _notes(Intake([str(path)]), path)

    return coding.add_all(path.name, who, read)


def plain_name(name: str | None) -> str:
    r"""Take from a name given by a browser what is a file's own name, and nothing that leads elsewhere.

    >>> plain_name("../../etc/passwd"), plain_name("C:\\march\\notes.csv"), plain_name("..")
    ('passwd', 'notes.csv', 'upload.txt')
    """
    last = PurePosixPath(PureWindowsPath(name or "").name).name
    kept = "".join(sign for sign in last if sign.isprintable() and sign not in '<>:"|?*')[-_LONGEST_NAME:].lstrip(".- ")
    return kept or "upload.txt"


def add_review_run(coding: CodingQueue, folder: Path, who: User | None = None) -> str:
    """Take in the notes of a review run's inputs; they are coded anew, with all that the screen shows. The batch's key."""
    told = _run_of(folder)
    if STANDARD_INPUT in told["inputs"]:
        raise ServeRefused(f"the run in {folder} read standard input, which cannot be read again", "Review the notes from a file.")
    desk = FrontDesk(date.fromisoformat(told["date"]) if told.get("date") else None, told.get("payer"), told.get("discipline"))
    profile = _profile_of(told.get("profile"))
    for name in told["inputs"]:
        check_input(name)

    def read() -> Iterator[Note | dict[str, Any]]:
        yield from _notes(Intake(told["inputs"], desk, leave_out=folder, profile=profile))  # made where it is read: it holds a database

    mark = hashlib.sha256(json.dumps([str(folder.resolve()), told], sort_keys=True).encode()).hexdigest()[:_MARK]
    return coding.add_all(f"review {folder.name[:_LONGEST_NAME]} {mark}", who, read, once=True)


def _run_of(folder: Path) -> dict[str, Any]:
    """Read what run a folder holds: its inputs, and what was said about them."""
    kept = ((folder / MANIFEST, "asked"), (folder / work_folder.NAME / checkpoint.NAME, "run"))
    for path, part in kept:  # a run that is whole, and one that was stopped
        try:
            run = json.loads(path.read_text("utf-8"))[part]
            if isinstance(run["inputs"], list):
                return dict(run)
        except (OSError, ValueError, KeyError, TypeError):
            continue
    raise ServeRefused(f"the folder {folder} holds no review run", "Name the folder that `unitwise review -o` has written.")


def _profile_of(written: str | None) -> Profile:
    """Read a profile as a run has kept it."""
    if not written:
        return Profile()
    with TemporaryDirectory(prefix="unitwise-") as folder:
        path = Path(folder) / "profile.toml"
        path.write_text(written, encoding="utf-8")
        return Profile.read(path)


def _notes(rows: Iterable[Any], path: Path | None = None) -> Iterator[Note | dict[str, Any]]:
    for row in rows:
        if isinstance(row, Received):
            yield _renamed(row.note, path)
        else:
            told = row.to_json()
            yield {**told, "source": path.name if path else told["source"], "id": None}


def _renamed(note: Note, path: Path | None) -> Note:
    """Name a note after the file that was uploaded, not after where it lay for a moment."""
    return replace(note, id=note.id.replace(str(path), path.name)) if path else note
