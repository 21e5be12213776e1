"""`unitwise rules import` and `rules diff`: official files in, what changes out."""

import json
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from nlp_pipeline.errors import UnreadableInput
from nlp_pipeline.rulebook.changes import Changes, changes_between
from nlp_pipeline.rulebook.official import read_official
from nlp_pipeline.rulebook.own_data import TABLES, own_folder
from nlp_pipeline.rulebook.rulebook import Rulebook
from nlp_pipeline.rulebook.store import keep
from nlp_pipeline.rulebook.tables import OfficialTable

MOST_TOLD = 40  # on a screen; all of them stand in the JSON


def import_table(kind: str, files: Sequence[Path], period: str | None, as_json: bool) -> int:
    """Take in one official table, and say what it changes."""
    for file in files:
        if not file.is_file():
            raise UnreadableInput(str(file), "there is no such file", "Check the path.")
    book = Rulebook.open()
    registry = frozenset(line.rule.code for line in book.codes)
    table = read_official(kind, files, period, registry)
    before = _before(book, table)
    rows = keep(own_folder() / TABLES, table, min(date.today(), table.dated.first))
    found = changes_between(before, table, registry) if before else Changes((), 0)
    told: dict[str, Any] = {"kind": kind, "table": table.dated.name, "rows": rows, "compared_with": before.dated.name if before else None}
    return _told(told, found, as_json, f"{kind} {table.dated.name}: {rows} rows kept in {own_folder() / TABLES}")


def compare(kind: str, old: str, new: str, as_json: bool) -> int:
    """Say what changes between two periods of a table."""
    book = Rulebook.open()
    one, other = _named(book, kind, old), _named(book, kind, new)
    found = changes_between(one, other, frozenset(line.rule.code for line in book.codes))
    return _told({"kind": kind, "from": old, "to": new}, found, as_json, f"{kind}, {old} to {new}")


def _before(book: Rulebook, table: OfficialTable) -> OfficialTable | None:
    earlier = [line.value for line in book.law.tables.kinds[table.kind].values if line.since < table.dated.first]
    return earlier[-1] if earlier else None


def _named(book: Rulebook, kind: str, name: str) -> OfficialTable:
    held = {line.value.dated.name.upper(): line.value for line in book.law.tables.kinds[kind].values}
    if name.upper() not in held:
        raise UnreadableInput(name, f"no {kind} table of this period is held", f"Held are: {', '.join(sorted(held))}; `unitwise rules import` takes in more.")
    return held[name.upper()]


def _told(about: dict[str, Any], found: Changes, as_json: bool, headline: str) -> int:
    if as_json:
        sys.stdout.write(json.dumps({**about, "changes": list(found.told), "changes_elsewhere": found.elsewhere}, ensure_ascii=False) + "\n")
        return 0
    print(headline)
    for change in found.told[:MOST_TOLD]:
        print(f"  {change}")
    if len(found.told) > MOST_TOLD:
        print(f"  and {len(found.told) - MOST_TOLD} more; --json gives them all")
    print(f"{len(found.told)} changes touch the registry, {found.elsewhere} do not.")
    return 0
