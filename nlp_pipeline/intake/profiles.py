"""Profiles: how the exports of one system are to be understood, kept in a file so that every month is read alike."""

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast, get_args

from nlp_pipeline.errors import UnreadableInput
from nlp_pipeline.intake.recognition import Field, bare, recognition

DateOrder = Literal["month-first", "day-first"]
FORM = "A profile is told in docs/formats.md; `unitwise profile FILE --save PROFILE` writes one."


@dataclass(frozen=True, slots=True)
class Profile:
    """Which column holds which field, where names alone do not tell, and which way round dates are written."""

    columns: tuple[tuple[Field, str], ...] = ()
    date_order: DateOrder = "month-first"

    def columns_of(self, names: Iterable[str]) -> dict[Field, str]:
        """Say which of the given column names holds which field; the profile goes before what is recognised.

        >>> Profile((("text", "Remarks"),)).columns_of(["Visit ID", "Remarks", "Note"])
        {'id': 'Visit ID', 'text': 'Remarks'}
        """
        given = list(names)
        compared = {bare(name): name for name in reversed(given)}
        named = {each: compared[bare(name)] for each, name in self.columns if bare(name) in compared}
        recognised = recognition().columns(name for name in given if name not in named.values())
        both = {**recognised, **named}
        return {each: both[each] for each in recognition().fields if each in both}

    @classmethod
    def read(cls, path: Path) -> "Profile":
        """Read a profile, or say what in it is not understood."""
        try:
            data = tomllib.loads(path.read_text("utf-8"))
        except OSError as trouble:
            raise UnreadableInput(str(path), trouble.strerror or "it cannot be read", "Check the path of the profile.") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError):
            raise UnreadableInput(str(path), "it is not a TOML file", FORM) from None
        return cls._of(data, str(path))

    @classmethod
    def from_toml(cls, text: str, source: str = "the profile") -> "Profile":
        """Read a profile from the text of its file."""
        try:
            return cls._of(tomllib.loads(text), source)
        except tomllib.TOMLDecodeError:
            raise UnreadableInput(source, "it is not a TOML file", FORM) from None

    @classmethod
    def _of(cls, data: Mapping[str, Any], source: str) -> "Profile":
        columns, dates = data.get("columns", {}), data.get("dates", {})
        order = dates.get("order", "month-first") if isinstance(dates, dict) else None
        wrong = sorted(set(data) - {"columns", "dates"})
        if not wrong and isinstance(columns, dict):
            wrong = sorted(name for name, column in columns.items() if name not in get_args(Field) or not isinstance(column, str))
        if wrong or not isinstance(columns, dict) or order not in get_args(DateOrder):
            raise UnreadableInput(source, f"{', '.join(map(repr, wrong)) or 'its content'} is not understood", FORM)
        return cls(tuple(cast("Mapping[Field, str]", columns).items()), cast("DateOrder", order))

    def to_toml(self) -> str:
        """Write the profile as a file to be kept."""
        lines = [f"{each} = {json.dumps(name, ensure_ascii=False)}" for each, name in self.columns]
        return "\n".join(["[columns]", *lines, "", "[dates]", f'order = "{self.date_order}"', ""])
