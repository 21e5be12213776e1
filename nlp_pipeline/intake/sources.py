"""What an input is made of: a file, the files of a folder, a pattern or an archive in a fixed order, or standard input."""

import io
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from glob import glob, has_magic
from pathlib import Path, PurePath, PurePosixPath
from urllib.parse import unquote
from zipfile import BadZipFile, ZipFile, ZipInfo

from nlp_pipeline.errors import UnreadableInput
from nlp_pipeline.intake.archives import entries_of, trouble_with, unpack
from nlp_pipeline.intake.delta import is_delta, live_files
from nlp_pipeline.intake.received import Place, Rejected, reject
from nlp_pipeline.intake.recognition import ReaderName, recognition

STANDARD_INPUT = "-"
ANY_DEPTH = "**"
NO_VALUE = "__HIVE_DEFAULT_PARTITION__"


class StandardInput:
    """What comes in on standard input, put by in a file without a name, so that it can be read twice."""

    def __init__(self) -> None:
        self._kept: io.FileIO | None = None

    def open(self) -> io.BufferedReader:
        """Open it from the start."""
        if self._kept is None:
            self._kept = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - closed with the run
            shutil.copyfileobj(sys.stdin.buffer, self._kept)
        again: io.BufferedReader = io.BufferedReader(io.FileIO(os.dup(self._kept.fileno())))
        again.seek(0)
        return again

    def close(self) -> None:
        """Forget it."""
        if self._kept is not None:
            self._kept.close()


@dataclass(frozen=True, slots=True)
class Source:
    """One thing to be opened: its name in reports, the id it gives a note that is all of it, and who reads it.

    `partition` are columns that are not in the file, for they hold one value in all of it: a folder's name or a table's log tells it.
    """

    path: Path | None
    label: str
    note_id: str
    reader: ReaderName | None
    archive: ZipFile | None = None
    entry: ZipInfo | None = None
    stream: StandardInput | None = None
    partition: tuple[tuple[str, str | None], ...] = ()

    def place(self, row: int | None = None) -> Place:
        """Name a row of this source, or all of it."""
        return Place(self.label, row)

    def open(self) -> io.BufferedReader:
        """Open the bytes, from the start each time; standard input is put by, and an entry of an archive unpacked."""
        if self.archive is not None and self.entry is not None:
            return unpack(self.archive, self.entry)
        return self.path.open("rb") if self.path is not None else (self.stream or StandardInput()).open()

    def size(self) -> int:
        """Measure the source in bytes; 0 where nobody knows before the end."""
        if self.entry is not None:
            return self.entry.file_size
        try:
            return self.path.stat().st_size if self.path else 0
        except OSError:
            return 0

    @property
    def suffix(self) -> str:
        """Give the ending of the file's name."""
        return PurePath(self.label).suffix.lower()


def check_input(name: str) -> None:
    """Refuse an input that was named and cannot be read at all."""
    path = Path(name)
    if name == STANDARD_INPUT or path.is_dir() or (not path.exists() and _matches(name)):
        return
    if not path.exists():
        raise UnreadableInput(name, "there is no such file or folder", "Check the path.")
    if not os.access(path, os.R_OK):
        raise UnreadableInput(name, "you may not read it", "Ask for permission to read it.")
    if path.suffix.lower() not in recognition().readers:
        words = reject("unknown-suffix", Place(name), suffix=path.suffix, known=known_suffixes())
        raise UnreadableInput(name, words.message[0].lower() + words.message[1:-1], words.remedy)


def sources_of(name: str, leave_out: Path | None = None, standard_input: StandardInput | None = None) -> Iterator[Source | Rejected]:
    """List what an input is made of: its files, and in place of an archive what lies in it."""
    for file in files_of(name, leave_out, standard_input):
        if isinstance(file, Source):
            yield from _opened(file)
        else:
            yield file


def files_of(name: str, leave_out: Path | None = None, standard_input: StandardInput | None = None) -> Iterator[Source | Rejected]:
    """List the files of an input, archives unopened; files and folders by name, hidden ones and the folder of the results left out."""
    path, kept_out = Path(name), leave_out.resolve() if leave_out else None
    if name == STANDARD_INPUT:
        yield Source(None, "stdin", "stdin", None, stream=standard_input)
    elif path.is_dir():
        yield from _files_of(path, path, kept_out)
    elif path.exists():
        yield Source(path, _printable(name), _printable(path.stem), recognition().readers[path.suffix.lower()])
    else:
        for match in map(Path, _matches(name)):
            if kept_out and match.resolve().is_relative_to(kept_out):
                continue
            if not match.is_dir():
                yield _file(match, match.parent)
            elif ANY_DEPTH not in name:  # at any depth the files match for themselves
                yield from _files_of(match, match, kept_out)


def _matches(name: str) -> list[str]:
    """Name the files and folders that a pattern with *, ? or [] stands for, in the order of their names."""
    return sorted(glob(name, recursive=True)) if has_magic(name) else []


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
    if is_delta(folder):
        yield from _live(folder, top)
        return
    for entry in entries:
        path = Path(entry.path)
        if entry.name.startswith(".") or entry.name in recognition().beside_tables:
            continue
        if not entry.is_dir():
            yield _file(path, top)
        elif entry.is_symlink():
            yield reject("linked-folder", Place(_printable(entry.path)))
        elif path.resolve() != leave_out:
            yield from _files_of(path, top, leave_out)


def _live(folder: Path, top: Path) -> Iterator[Source | Rejected]:
    """Give the files of a table that its log names, and no others."""
    try:
        files = live_files(folder)
    except UnreadableInput as trouble:
        yield reject("unreadable-file", Place(_printable(str(folder))), why=trouble.why)
        return
    for each in files:
        file = _file(folder / each.path, top)
        yield replace(file, partition=(*_partition(folder, top), *each.partition)) if isinstance(file, Source) else file


def _partition(folder: Path, top: Path) -> tuple[tuple[str, str | None], ...]:
    """Read the columns that folders are named after, as in payer=medicare/part-0.parquet."""
    pairs = (part.partition("=") for part in folder.relative_to(top).parts)
    return tuple((name, None if value == NO_VALUE else unquote(value)) for name, sign, value in pairs if name and sign)


def _file(path: Path, top: Path) -> Source | Rejected:
    label, suffix = _printable(str(path)), path.suffix.lower()
    if suffix not in recognition().readers:
        return reject("unknown-suffix", Place(label), suffix=_printable(path.suffix), known=known_suffixes())
    return Source(
        path, label, _printable(path.relative_to(top).with_suffix("").as_posix()), recognition().readers[suffix], partition=_partition(path.parent, top)
    )


def _opened(source: Source, depth: int = 1) -> Iterator[Source | Rejected]:
    """Give a source, or, of an archive, the sources that lie in it."""
    if source.reader != "archive":
        yield source
        return
    if depth > recognition().archive_depth:
        yield reject("nested-archive", source.place())
        return
    try:
        with source.open() as stream, ZipFile(stream) as archive:
            if len(archive.infolist()) > recognition().archive_entries:
                yield reject("zip-bomb", source.place())
                return
            for entry in entries_of(archive):
                yield from _entry(source, archive, entry, depth)
    except (BadZipFile, OSError, UnreadableInput):
        yield reject("unreadable-file", source.place(), why="it is no whole archive")


def _entry(source: Source, archive: ZipFile, entry: ZipInfo, depth: int) -> Iterator[Source | Rejected]:
    label, name = f"{source.label}!{_printable(entry.filename)}", PurePosixPath(_printable(entry.filename))
    suffix = name.suffix.lower()
    if trouble := trouble_with(entry):
        yield reject(trouble, Place(label))
    elif suffix not in recognition().readers:
        yield reject("unknown-suffix", Place(label), suffix=name.suffix, known=known_suffixes())
    else:
        note_id = f"{source.note_id}/{name.with_suffix('').as_posix()}"
        yield from _opened(Source(None, label, note_id, recognition().readers[suffix], archive, entry), depth + 1)


def _printable(name: str) -> str:
    """Write a file's name so that it can stand in a UTF-8 report, whatever bytes the file system keeps."""
    return os.fsencode(name).decode("utf-8", errors="replace")
