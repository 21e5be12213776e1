"""The data that says how an input is understood, read once."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

ReaderName = Literal["text", "table", "lines", "workbook", "parquet", "document", "messages", "json", "xml", "archive"]
DocumentKind = Literal["text", "html", "rtf", "pdf", "docx", "xml"]
Field = Literal["id", "text", "date_of_service", "payer", "discipline", "patient", "therapist", "clinic", "version", "record_status", "addendum_to", "replaces"]


@dataclass(frozen=True, slots=True)
class Recognition:
    """Limits, file endings, column names and date forms, as `recognition.toml` tells them; names stand in their compared form."""

    note_characters: int
    line_bytes: int
    head_bytes: int
    document_bytes: int
    unpacked_bytes: int
    unpacked_ratio: int
    small_bytes: int
    archive_entries: int
    archive_depth: int
    header_rows: int
    cell_characters: int
    segment_characters: int
    readers: Mapping[str, ReaderName]
    documents: Mapping[str, DocumentKind]
    content_types: Mapping[str, DocumentKind]
    starts: tuple[tuple[bytes, str], ...]
    delimiters: tuple[str, ...]
    beside_tables: frozenset[str]
    binary_starts: tuple[bytes, ...]
    rare_encodings: tuple[str, ...]
    fields: Mapping[Field, tuple[str, ...]]
    empty_words: frozenset[str]
    disciplines: Mapping[str, str]
    date_formats: tuple[str, ...]
    withdrawn_words: frozenset[str]
    segments: frozenset[str]
    web_blocks: frozenset[str]
    web_not_shown: frozenset[str]

    def columns(self, names: Iterable[str]) -> dict[Field, str]:
        """Say which of the given column names holds which field.

        >>> recognition().columns(["Note ID", "DOS", "Note_Text", "Weather"])
        {'id': 'Note ID', 'text': 'Note_Text', 'date_of_service': 'DOS'}
        """
        compared: dict[str, str] = {}
        for name in names:
            compared.setdefault(bare(name), name)
        found = {field: next((compared[alias] for alias in aliases if alias in compared), None) for field, aliases in self.fields.items()}
        return {field: name for field, name in found.items() if name is not None}


def bare(name: str) -> str:
    """Reduce a column's name to what is compared: letters and digits, without case."""
    return re.sub(r"[\W_]+", "", name).casefold()


@cache
def recognition() -> Recognition:
    """Read `recognition.toml`."""
    data: dict[str, Any] = tomllib.loads(resources.files("nlp_pipeline.intake").joinpath("recognition.toml").read_text("utf-8"))
    return Recognition(
        **data["limits"],
        readers=data["readers"],
        documents=data["documents"],
        content_types=data["content_types"],
        starts=tuple((start.encode("latin-1"), kind) for kind, starts in data["starts"].items() for start in starts),
        delimiters=tuple(data["tables"]["delimiters"]),
        beside_tables=frozenset(data["tables"]["beside"]),
        binary_starts=tuple(start.encode("latin-1") for start in data["binary"]["starts"]),
        rare_encodings=tuple(data["encodings"]["rare"]),
        fields={field: tuple(map(bare, names)) for field, names in data["fields"].items()},
        empty_words=frozenset(data["empty"]["words"]),
        disciplines={bare(name): short for short, names in data["disciplines"].items() for name in names},
        date_formats=tuple(data["dates"]["formats"]),
        withdrawn_words=frozenset(map(bare, data["record_status"]["withdrawn"])),
        segments=frozenset(data["messages"]["segments"]),
        web_blocks=frozenset(data["web"]["blocks"]),
        web_not_shown=frozenset(data["web"]["not_shown"]),
    )
