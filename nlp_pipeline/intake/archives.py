"""Archives: what may be unpacked of one, and what must not be."""

import errno
import io
import lzma
import shutil
import stat
import tempfile
import zlib
from collections.abc import Iterator
from io import BufferedReader
from pathlib import PurePosixPath
from typing import BinaryIO, cast
from zipfile import BadZipFile, ZipFile, ZipInfo

from nlp_pipeline.errors import UnreadableInput
from nlp_pipeline.intake.recognition import recognition

ENCRYPTED = 0x1
BROKEN = (BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)
REMEDY = "Make the archive again, without a password, with the usual packing."


def is_bomb(stream: BinaryIO) -> bool:
    """Tell whether an office document, which is an archive, says that it unpacks to far more than it is; leaves the stream at its start."""
    try:
        archive = ZipFile(stream)
    except BadZipFile:
        stream.seek(0)
        return False  # and no archive: whoever reads it will say so
    with archive:
        found = any(_is_swollen(entry) for entry in archive.infolist()) or sum(entry.file_size for entry in archive.infolist()) > recognition().unpacked_bytes
    stream.seek(0)
    return found


def entries_of(archive: ZipFile) -> Iterator[ZipInfo]:
    """Give the files of an archive in the order of their names, hidden ones left out as in a folder."""
    for entry in sorted(archive.infolist(), key=lambda each: each.filename):
        parts = _path(entry).parts
        if not entry.is_dir() and "__MACOSX" not in parts and not any(part.startswith(".") and part != ".." for part in parts):
            yield entry


def trouble_with(entry: ZipInfo) -> str | None:
    """Say why an entry must not be opened, if it must not."""
    path = _path(entry)
    if path.is_absolute() or ".." in path.parts or "".join(path.parts[:1])[1:2] == ":":
        return "unsafe-path"
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "linked-folder"
    if entry.flag_bits & ENCRYPTED:
        return "encrypted-file"
    return "zip-bomb" if _is_swollen(entry) else None


def unpack(archive: ZipFile, entry: ZipInfo) -> BufferedReader:
    """Unpack an entry into a file without a name, which is gone when it is closed; nothing is ever written under the entry's own name."""
    kept = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - the caller closes what it opened
    try:
        with archive.open(entry) as packed:
            shutil.copyfileobj(packed, kept)
    except BROKEN as trouble:
        kept.close()
        if isinstance(trouble, OSError) and trouble.errno == errno.ENOSPC:
            raise
        raise UnreadableInput(entry.filename, "it does not unpack", REMEDY) from trouble
    kept.seek(0)
    return BufferedReader(cast("io.RawIOBase", kept))


def _path(entry: ZipInfo) -> PurePosixPath:
    """Read an entry's name as a path, whichever way its slashes lean."""
    return PurePosixPath(entry.filename.replace("\\", "/"))


def _is_swollen(entry: ZipInfo) -> bool:
    limits = recognition()
    if entry.file_size > limits.unpacked_bytes:
        return True
    return entry.file_size > limits.small_bytes and entry.file_size > limits.unpacked_ratio * max(entry.compress_size, 1)
