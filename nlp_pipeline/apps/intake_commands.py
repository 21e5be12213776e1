"""`unitwise profile` and `unitwise review --dry-run`: how inputs are understood, before anything is coded."""

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlp_pipeline.errors import ResultsInTheWay, UnreadableInput

if TYPE_CHECKING:
    from nlp_pipeline.intake.intake import Intake
    from nlp_pipeline.intake.profiles import Profile
    from nlp_pipeline.intake.received import Place

Reason = tuple[str, str, str]  # its name, what happened, what to do

ROWS_SHOWN = 5
PLACES_SHOWN = 3
TEXT_SHOWN = 60
FIELDS = ("id", "text", "date_of_service", "payer", "discipline", "version", "record_status", "addendum_to", "replaces")


def add_profile(commands: "argparse._SubParsersAction[Any]") -> None:
    """Describe `unitwise profile`."""
    words = "show how a file is understood: which column is what, and its first five rows; keep that as a profile"
    command = commands.add_parser("profile", help=words, description=words.capitalize() + ".", allow_abbrev=False)
    command.add_argument("file", metavar="FILE", help="any input of `unitwise review`")
    command.add_argument("--set", action="append", default=[], type=_setting, metavar="FIELD=COLUMN", help="say which column holds a field; may be repeated")
    command.add_argument("--dates", choices=("month-first", "day-first"), help="which way round dates like 3/2/2026 are (default: month-first)")
    command.add_argument("--profile", type=Path, metavar="PROFILE", help="begin with this profile")
    command.add_argument("--save", type=Path, metavar="PROFILE", help="write the profile to this file")
    command.add_argument("--json", action="store_true", help="print what was understood as JSON instead")
    command.set_defaults(run=_profile)


def _setting(written: str) -> tuple[str, str]:
    field, sign, column = written.partition("=")
    if not sign or field not in FIELDS or not column:
        raise argparse.ArgumentTypeError(f"{written!r} is not FIELD=COLUMN; a FIELD is one of {' '.join(FIELDS)}")
    return field, column


def profile_of(path: Path | None) -> "Profile":
    """Read a profile; none is one that adds nothing."""
    from nlp_pipeline.intake.profiles import Profile

    return Profile.read(path) if path else Profile()


def _profile(order: argparse.Namespace) -> int:
    profile = profile_of(order.profile)
    columns = {**dict(profile.columns), **dict(order.set)}
    profile = replace(profile, columns=tuple(columns.items()), date_order=order.dates or profile.date_order)
    understood = Understood.of(order.file, profile)
    for field, column in order.set:
        if (found := dict(understood.columns).get(field)) != column:
            there = ", ".join(map(repr, [*dict(understood.columns).values(), *understood.unknown]))
            instead = f"; {found!r} would be read" if found else ""
            raise UnreadableInput(order.file, f"it has no column {column!r} for {field}", f"Its columns are {there}{instead}.")
    if order.json:
        print(json.dumps(understood.to_json(), ensure_ascii=False))
    else:
        understood.tell()
    if order.save:
        _keep(replace(profile, columns=tuple({**dict(understood.columns), **columns}.items())), order.save)
    return 0


def _keep(profile: "Profile", path: Path) -> None:
    if path.exists():
        raise ResultsInTheWay(str(path), "it is there already", "Name another file with --save, or remove it.")
    path.write_text(profile.to_toml(), encoding="utf-8")
    print(f"kept in {path}; use it with: unitwise review ... --profile {path}", file=sys.stderr)


@dataclass(frozen=True, slots=True)
class Understood:
    """How a file is understood: its columns, a guess where none holds the text, and its first rows as notes."""

    source: str
    columns: tuple[tuple[str, str], ...]
    unknown: tuple[str, ...]
    guess: str | None
    rows: tuple[dict[str, Any], ...]
    notices: tuple[str, ...]

    @classmethod
    def of(cls, name: str, profile: "Profile") -> "Understood":
        """Read as much of a file as is needed to show how it is understood."""
        from nlp_pipeline.intake.intake import Intake
        from nlp_pipeline.intake.looking import header_of

        intake = Intake([name], profile=profile)
        rows = tuple(map(_row, islice(intake, ROWS_SHOWN)))
        header = header_of(name, profile)
        return cls(name, tuple(header.known.items()), header.unknown, header.guess, rows, tuple(intake.notices))

    def to_json(self) -> dict[str, Any]:
        """Lay out what was understood."""
        columns = {field: dict(self.columns).get(field) for field in FIELDS}
        return {"source": self.source, "columns": columns, "unknown": self.unknown, "guess": self.guess, "rows": self.rows, "notices": self.notices}

    def tell(self) -> None:
        """Show what was understood to a reader."""
        for line in self._lines():
            print(line)

    def _lines(self) -> Iterator[str]:
        if self.columns or self.unknown:
            yield from (f"{field:<16} {column}" for field, column in self.columns)
            yield f"{'(not used)':<16} {', '.join(self.unknown) or '-'}"
            yield ""
        if self.guess:
            yield f"No column is known to hold the note. {self.guess!r} has the longest texts: if that is it, say --set 'text={self.guess}'."
        for row in self.rows:
            yield "  ".join(f"{field}={value}" for field, value in row.items() if value is not None)
        yield from (f"notice: {words_of(notice)}" for notice in self.notices)


def _row(row: Any) -> dict[str, Any]:
    """Show a row as it is understood; of the text only how it begins, for this goes to the eyes of who asked, and to no log."""
    from nlp_pipeline.intake.received import Rejected

    if isinstance(row, Rejected):
        return {"row": row.place.row, "rejected": row.reason, "message": row.message, "remedy": row.remedy}
    note = row.note
    text = " ".join(note.text.split())
    day = note.date_of_service.isoformat() if note.date_of_service else None
    shown = text if len(text) <= TEXT_SHOWN else text[:TEXT_SHOWN] + "…"
    known = {"id": note.id, "date_of_service": day, "payer": note.payer, "discipline": note.discipline}
    return {"row": row.place.row, "part": row.place.part, **known, "characters": len(note.text), "text": shown}


def dry_run(intake: "Intake") -> int:
    """Read all inputs, code nothing, and say of each what would be read and what rejected."""
    from nlp_pipeline.intake.received import Received

    readable, rejected, places = 0, Counter[Reason](), defaultdict[Reason, list[str]](list)
    for row in intake:
        if isinstance(row, Received):
            readable += 1
            continue
        reason = row.reason, row.message, row.remedy
        rejected[reason] += 1
        if rejected[reason] <= PLACES_SHOWN:
            places[reason].append(_named(row.place))
    for reason, count in rejected.most_common():
        more = f"; and {count - PLACES_SHOWN:,} more" if count > PLACES_SHOWN else ""
        print(f"{count:>8} {reason[0]}: {reason[1]} {reason[2]} ({'; '.join(places[reason])}{more})")
    for notice, count in sorted(intake.notices.items()):
        print(f"{'':>8} {words_of(notice)}: {count}")
    print(f"in {readable + rejected.total()}, readable {readable}, rejected {rejected.total()}")
    return 0


def _named(place: "Place") -> str:
    row = f"row {place.row}" if place.row is not None else None
    return ", ".join(filter(None, (place.source, place.part, row)))


def words_of(notice: str) -> str:
    """Say in words what was read in one of several possible ways."""
    from nlp_pipeline.reporting.wording import wording

    return wording().intake[notice]
