"""What an input is made of: a file, the files of a folder in a fixed order, or standard input."""

import io
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nlp_pipeline.errors import UnreadableInput
from nlp_pipeline.intake.received import Place, Rejected, reject
from nlp_pipeline.intake.recognition import ReaderName, recognition

STANDARD_INPUT = "-"


@dataclass(frozen=True, slots=True)
class Source:
    """One thing to be opened: its name in reports, the id it gives a note that is all of it, and who reads it."""

    path: Path | None
    label: str
    note_id: str
    reader: ReaderName | None

    def place(self, row: int | None = None) -> Place:
        """Name a row of this source, or all of it."""
        return Place(self.label, row)

    def open(self) -> io.BufferedReader:
        """Open the bytes; standard input is first put by, so that it can be looked at before it is read."""
        if self.path is not None:
            return self.path.open("rb")
        kept = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - the caller closes what it opened
        shutil.copyfileobj(sys.stdin.buffer, kept)
        kept.seek(0)
        return io.BufferedReader(kept)

    def size(self) -> int:
        """Measure the source in bytes; 0 where nobody knows before the end."""
        try:
            return self.path.stat().st_size if self.path else 0
        except OSError:
            return 0


def check_input(name: str) -> None:
    """Refuse an input that was named and cannot be read at all."""
    path = Path(name)
    if name == STANDARD_INPUT or path.is_dir():
        return
    if not path.exists():
        raise UnreadableInput(name, "there is no such file or folder", "Check the path.")
    if not os.access(path, os.R_OK):
        raise UnreadableInput(name, "you may not read it", "Ask for permission to read it.")
    if path.suffix.lower() not in recognition().readers:
        words = reject("unknown-suffix", Place(name), suffix=path.suffix, known=known_suffixes())
        raise UnreadableInput(name, words.message[0].lower() + words.message[1:-1], words.remedy)


def sources_of(name: str, leave_out: Path | None = None) -> Iterator[Source | Rejected]:
    """List what an input is made of; files and folders by name, hidden ones and the folder of the results left out."""
    path = Path(name)
    if name == STANDARD_INPUT:
        yield Source(None, "stdin", "stdin", None)
    elif path.is_dir():
        yield from _files_of(path, path, leave_out.resolve() if leave_out else None)
    else:
        yield Source(path, _printable(name), _printable(path.stem), recognition().readers[path.suffix.lower()])


def known_suffixes() -> str:
    """Name the file endings that have a reader."""
    return " ".join(recognition().readers)


def _files_of(folder: Path, top: Path, leave_out: Path | None) -> Iterator[Source | Rejected]:
    label = _printable(str(folder))
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as trouble:
        yield reject("unreadable-file", Place(label), why=trouble.strerror)
        return
    for entry in entries:
        path = Path(entry.path)
        if entry.name.startswith("."):
            continue
        if not entry.is_dir():
            yield _file(path, top)
        elif entry.is_symlink():
            yield reject("linked-folder", Place(_printable(entry.path)))
        elif path.resolve() != leave_out:
            yield from _files_of(path, top, leave_out)


def _file(path: Path, top: Path) -> Source | Rejected:
    label, suffix = _printable(str(path)), path.suffix.lower()
    if suffix not in recognition().readers:
        return reject("unknown-suffix", Place(label), suffix=_printable(path.suffix), known=known_suffixes())
    return Source(path, label, _printable(path.relative_to(top).with_suffix("").as_posix()), recognition().readers[suffix])


def _printable(name: str) -> str:
    """Write a file's name so that it can stand in a UTF-8 report, whatever bytes the file system keeps."""
    return os.fsencode(name).decode("utf-8", errors="replace")
