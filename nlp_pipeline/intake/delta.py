"""Tables of Parquet files whose log says which of them count: the Delta form, read as it stands, without the libraries that write it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from nlp_pipeline.errors import UnreadableInput

LOG: Final = "_delta_log"
DIGITS: Final = 20  # of a version in a file's name
UNDERSTOOD: Final = frozenset(
    {"columnMapping", "deletionVectors", "timestampNtz", "typeWidening", "typeWidening-preview", "v2Checkpoint", "vacuumProtocolCheck"}
)  # where a table only allows for them, it can be read; where it uses the first two, it is refused below
LAST_READER_WITHOUT_FEATURES: Final = 2
COLUMN_MAPPING: Final = "delta.columnMapping.mode"
REMEDY: Final = "Write the table's present rows anew as plain Parquet files, and review those."
ACTIONS: Final = ("add", "remove", "metaData", "protocol")


@dataclass(frozen=True, slots=True)
class LiveFile:
    """A file that counts, by its path inside the table, and the columns that hold one value in all of it."""

    path: str
    partition: tuple[tuple[str, str | None], ...]


def is_delta(folder: Path) -> bool:
    """Tell whether a folder is such a table."""
    return (folder / LOG).is_dir()


def live_files(folder: Path) -> list[LiveFile]:
    """List the files that count as of the last commit, by name; refuse a table that needs more than its files to be understood."""
    live: dict[str, Mapping[str, Any]] = {}
    for action in _actions(folder):
        if protocol := action.get("protocol"):
            _check_protocol(folder, protocol)
        if (told := action.get("metaData")) and dict(told.get("configuration") or {}).get(COLUMN_MAPPING, "none") != "none":
            raise _refused(folder, "its columns bear other names in its files")
        if removed := action.get("remove"):
            live.pop(removed["path"], None)
        if added := action.get("add"):
            live[added["path"]] = added
    return sorted((_file(folder, added) for added in live.values()), key=lambda file: file.path)


def _actions(folder: Path) -> Iterator[Mapping[str, Any]]:
    """Read the log from its last checkpoint on, and make sure that no commit is missing."""
    log = folder / LOG
    commits = {int(path.stem): path for path in log.glob("*.json") if path.stem.isdigit() and len(path.stem) == DIGITS}
    checkpoints = [int(path.name[:DIGITS]) for path in log.glob("*.checkpoint*.parquet") if path.name[:DIGITS].isdigit()]
    last = max(checkpoints, default=-1)
    if last >= 0:
        yield from _checkpoint(folder, last)
    wanted = range(last + 1, max(commits, default=last) + 1)
    if (not wanted and last < 0) or any(version not in commits for version in wanted):
        raise _refused(folder, "its log lacks a commit")
    for version in wanted:
        yield from _lines(folder, commits[version])


def _lines(folder: Path, commit: Path) -> Iterator[Mapping[str, Any]]:
    try:
        actions = [json.loads(line) for line in commit.read_text("utf-8").splitlines() if line.strip()]
    except (OSError, ValueError, UnicodeDecodeError):
        raise _refused(folder, "a commit of its log cannot be read") from None
    yield from sorted(actions, key=lambda action: "remove" not in action)  # a file that is taken out and put in again is in


def _checkpoint(folder: Path, version: int) -> Iterator[Mapping[str, Any]]:
    """Read what a checkpoint sums up; it may lie in several files."""
    import pyarrow  # heavy, and most runs never need it
    from pyarrow.parquet import ParquetFile

    names = sorted((folder / LOG).glob(f"{version:0{DIGITS}}.checkpoint*.parquet"))
    parts = [path.name.split(".")[2:-1] for path in names]
    whole = parts == [[]] or (all(len(part) == 2 for part in parts) and len(parts) == int(parts[0][1]))
    if not whole:
        raise _refused(folder, "its checkpoint is not whole, or of a newer form")
    try:
        for path in names:
            file = ParquetFile(path)
            known = [name for name in ACTIONS if name in file.schema_arrow.names]
            for batch in file.iter_batches(columns=known):
                yield from batch.to_pylist()
    except (OSError, pyarrow.ArrowException):
        raise _refused(folder, "its checkpoint cannot be read") from None


def _check_protocol(folder: Path, protocol: Mapping[str, Any]) -> None:
    needs = set(protocol.get("readerFeatures") or ()) - UNDERSTOOD
    if needs or ((protocol.get("minReaderVersion") or 1) > LAST_READER_WITHOUT_FEATURES and protocol.get("readerFeatures") is None):
        raise _refused(folder, f"it asks its readers for {', '.join(sorted(needs)) or 'more than is known here'}")


def _file(folder: Path, added: Mapping[str, Any]) -> LiveFile:
    path = unquote(added["path"])
    if added.get("deletionVector"):
        raise _refused(folder, "some of its rows are marked as deleted beside its files")
    if "://" in path or not (folder / path).resolve().is_relative_to(folder.resolve()):
        raise _refused(folder, "it names files outside its own folder")
    return LiveFile(path, tuple(sorted(dict(added.get("partitionValues") or {}).items())))


def _refused(folder: Path, why: str) -> UnreadableInput:
    return UnreadableInput(str(folder), f"as a Delta table it cannot be read: {why}", REMEDY)
