"""One reader for each kind of input: bytes in, drafts and rejected rows out, a row at a time."""

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from io import BufferedReader
from typing import Any

from nlp_pipeline.intake.decoding import decode, decoded_lines
from nlp_pipeline.intake.documents import read_documents
from nlp_pipeline.intake.messages import read_messages
from nlp_pipeline.intake.profiles import Profile
from nlp_pipeline.intake.received import Draft, Drafts, Place, Rejected, reject
from nlp_pipeline.intake.recognition import Field, ReaderName, recognition
from nlp_pipeline.intake.sources import Source
from nlp_pipeline.intake.tables import read_parquet, read_table, read_workbook

Reader = Callable[[Source, BufferedReader, Profile], Drafts]


def read_text(source: Source, stream: BufferedReader, profile: Profile) -> Drafts:
    """Read a file that is one note; its id is the file's name without the ending, with the folders inside the input before it."""
    limit = recognition().line_bytes
    data = stream.read(limit + 1)
    if len(data) > limit:
        yield reject("oversized-note", source.place(), source.note_id, characters=f"more than {limit}", limit=recognition().note_characters)
    else:
        yield Draft({"id": source.note_id, "text": decode(data)}, source.place())


def read_lines(source: Source, stream: BufferedReader, profile: Profile) -> Drafts:
    """Read JSON Lines, one note an object."""
    for row, line in enumerate(decoded_lines(stream, source.label), 1):
        if line.strip("\ufeff \t\r\n"):
            yield from _drafts_of_line(line.removeprefix("\ufeff"), source.place(row), profile)


def _drafts_of_line(line: str, place: Place, profile: Profile) -> Drafts:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        row = None
    yield draft_of_object(row, place, profile)


def draft_of_object(row: Any, place: Place, profile: Profile) -> Draft | Rejected:
    """Make a draft of a JSON object that has the fields of a note as its keys."""
    if not isinstance(row, dict):
        return reject("broken-json", place)
    keys = _keys_of_fields(tuple(row), profile)
    if "text" not in keys:
        return reject("missing-text", place)
    return Draft({field: row[key] for field, key in keys.items()}, place)


@lru_cache(maxsize=256)
def _keys_of_fields(names: tuple[str, ...], profile: Profile) -> dict[Field, str]:
    return profile.columns_of(names)


READERS: Mapping[ReaderName, Reader] = {
    "text": read_text,
    "table": read_table,
    "workbook": read_workbook,
    "parquet": read_parquet,
    "lines": read_lines,
    "document": read_documents,
    "messages": read_messages,
}
