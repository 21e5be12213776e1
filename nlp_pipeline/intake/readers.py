"""One reader for each kind of input: bytes in, drafts and rejected rows out, a row at a time."""

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from io import BufferedReader
from typing import Any

from nlp_pipeline.intake.clinical_documents import read_xml
from nlp_pipeline.intake.decoding import decode, decoded_lines
from nlp_pipeline.intake.documents import read_documents, whole
from nlp_pipeline.intake.fhir import drafts_of_resource
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
            yield from _drafts_of(_parsed(line), source.place(row), profile)


def read_json(source: Source, stream: BufferedReader, profile: Profile) -> Drafts:
    """Read a JSON file: a note, a list of notes, a FHIR resource; lines of JSON that go by this ending are read as such."""
    data = whole(source, stream)
    if isinstance(data, Rejected):
        stream.seek(0)
        yield from read_lines(source, stream, profile) if _is_lines(stream) else iter([data])
        return
    content = _parsed(decode(data))
    if isinstance(content, list):
        for row, each in enumerate(content, 1):
            yield from _drafts_of(each, source.place(row), profile)
    elif content is None and _is_lines(stream):
        yield from read_lines(source, stream, profile)
    else:
        yield from _drafts_of(content, source.place(), profile)


def _is_lines(stream: BufferedReader) -> bool:
    """Tell whether the first line is an object of its own; leaves the stream at its start."""
    stream.seek(0)
    first = stream.readline(recognition().line_bytes)
    stream.seek(0)
    return isinstance(_parsed(decode(first)), dict)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return None


def _drafts_of(row: Any, place: Place, profile: Profile) -> Drafts:
    if isinstance(row, dict) and isinstance(row.get("resourceType"), str):
        yield from drafts_of_resource(row, place)
    else:
        yield _draft_of_object(row, place, profile)


def _draft_of_object(row: Any, place: Place, profile: Profile) -> Draft | Rejected:
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
    "json": read_json,
    "xml": read_xml,
}
