"""Imported official tables in one SQLite file: a kind and a period each, with where it came from."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

from nlp_pipeline.errors import RuleFileRefused
from nlp_pipeline.records.official_tables import TableDate
from nlp_pipeline.rulebook.tables import COLUMNS, OfficialTable, Row

IMPORTED = "imported"


def keep(path: Path, table: OfficialTable, known: date) -> int:
    """Store a table, in place of one of the same kind and period; give the number of its rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    dated, kind = table.dated, table.kind
    with closing(sqlite3.connect(path)) as store, store:
        _lay_out(store)
        store.execute("DELETE FROM tables WHERE kind = ? AND name = ?", (kind, dated.name))
        store.execute(f"DELETE FROM {kind} WHERE period = ?", (dated.name,))
        row = (kind, dated.name, dated.first.isoformat(), dated.last.isoformat(), dated.source, dated.mark, known.isoformat())
        store.execute("INSERT INTO tables VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        places = ", ".join("?" * (len(COLUMNS[kind]) + 1))
        return store.executemany(f"INSERT INTO {kind} VALUES ({places})", ((dated.name, *each) for each in table.rows())).rowcount


def stored_tables(path: Path) -> tuple[tuple[OfficialTable, date], ...]:
    """List the stored tables, each with the day on which it became known; their rows are read when they are first asked for."""
    if not path.is_file():
        return ()
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as store:
            rows = store.execute("SELECT kind, name, first, last, source, mark, known FROM tables ORDER BY kind, first").fetchall()
    except sqlite3.Error as wrong:
        raise RuleFileRefused(path, f"is no store of official tables ({wrong}); remove it and import again") from wrong
    found = []
    for kind, name, first, last, source, mark, known in rows:
        dated = TableDate(name, date.fromisoformat(first), date.fromisoformat(last), source, mark)
        found.append((OfficialTable(kind, dated, _Stored(path, kind, name)), date.fromisoformat(known)))
    return tuple(found)


class _Stored:
    """Reads the rows of one stored table."""

    def __init__(self, path: Path, kind: str, name: str) -> None:
        self._path, self._kind, self._name = path, kind, name

    def __call__(self) -> Iterable[Row]:
        return self._rows()

    def _rows(self) -> Iterator[Row]:
        with closing(sqlite3.connect(f"{self._path.resolve().as_uri()}?mode=ro", uri=True)) as store:
            columns = _quoted(COLUMNS[self._kind])
            yield from store.execute(f"SELECT {columns} FROM {self._kind} WHERE period = ?", (self._name,))


def _quoted(columns: Iterable[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def _lay_out(store: sqlite3.Connection) -> None:
    store.execute("CREATE TABLE IF NOT EXISTS tables (kind, name, first, last, source, mark, known)")
    for kind, columns in COLUMNS.items():
        store.execute(f"CREATE TABLE IF NOT EXISTS {kind} (period, {_quoted(columns)})")
        store.execute(f"CREATE INDEX IF NOT EXISTS {kind}_by_period ON {kind} (period)")
