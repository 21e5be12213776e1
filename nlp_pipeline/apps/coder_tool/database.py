"""The store of the coder tool: one database, one transaction for each thing that happens, and the audit log written with it."""

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.orm import Session

from nlp_pipeline.apps.coder_tool.audit_log import HEAD_FILE, HeadFile, Line, append
from nlp_pipeline.apps.coder_tool.keys import Keys
from nlp_pipeline.apps.coder_tool.tables import User
from nlp_pipeline.errors import ServeRefused

BUSY_MILLISECONDS = 30_000
_REMEDY = "Name a database with --database: sqlite:////path/to/file.db or postgresql://user@host/name."


def now() -> datetime:
    """Tell the moment."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Transaction:
    """What happens together or not at all; `now` is the same moment for all of it."""

    session: Session
    keys: Keys
    now: datetime
    head: tuple[int, str] | None = None

    def log(self, action: str, who: User | None = None, subject: str | None = None, details: Mapping[str, Any] | None = None) -> None:
        """Write a line of the audit log; `subject` is the key of a visit, person or policy, `details` never hold words of a note."""
        self.session.flush()
        self.head = append(self.session, self.keys, Line(self.now, who.name if who else None, action, subject, details or {}))


@dataclass(slots=True)
class Store:
    """A database and what is needed to write to it."""

    engine: Engine
    keys: Keys
    head_file: HeadFile
    clock: Callable[[], datetime] = now
    _writing: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def open(cls, url: str, folder: Path) -> "Store":
        """Open a database, with the key in its folder, and bring its tables up to date."""
        store = cls.reach(url, folder, make=True)
        from nlp_pipeline.apps.coder_tool.migrating import upgrade

        upgrade(store.engine)
        return store

    @classmethod
    def reach(cls, url: str, folder: Path, *, make: bool = False) -> "Store":
        """Open a database as it is."""
        engine = _engine(url, make=make)
        keys = Keys.of(folder, make=make)
        try:
            with engine.connect():
                pass
        except DBAPIError:
            raise ServeRefused(f"the database {engine.url.render_as_string(hide_password=True)} cannot be opened", _REMEDY) from None
        return cls(engine, keys, HeadFile(folder / HEAD_FILE, keys))

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """Read what is there."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield Transaction(session, self.keys, self.clock())

    @contextmanager
    def snapshot(self) -> Iterator[Transaction]:
        """Read what is there as of one moment, however long the reading takes while others write."""
        options = {"isolation_level": "REPEATABLE READ"} if self.engine.dialect.name == "postgresql" else {}
        with Session(self.engine.execution_options(**options), expire_on_commit=False) as session:
            yield Transaction(session, self.keys, self.clock())

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """Write in one transaction: all of it is kept when this ends well, and none of it otherwise."""
        engine = self.engine.execution_options(sqlite_begin="BEGIN IMMEDIATE")
        with Session(engine, expire_on_commit=False) as session:
            transaction = Transaction(session, self.keys, self.clock())
            yield transaction
            session.commit()
        if transaction.head:
            self._note(transaction.head)

    def _note(self, head: tuple[int, str]) -> None:
        with self._writing:
            kept = self.head_file.read()
            if kept is None or kept[0] < head[0]:
                self.head_file.note(*head)


def _engine(written: str, *, make: bool) -> Engine:
    url = _url(written)
    try:
        if url.get_backend_name() == "sqlite":
            return _sqlite(url, make=make)
        engine = create_engine(url, pool_size=10, max_overflow=20, pool_pre_ping=True, hide_parameters=True)
    except ModuleNotFoundError:
        raise ServeRefused("PostgreSQL needs a library that is not installed", "Install unitwise with the extra: pip install 'unitwise[postgres]'.") from None
    return engine


def _url(written: str) -> URL:
    try:
        url = make_url(written)
    except ArgumentError:
        raise ServeRefused("the database's address cannot be read", _REMEDY) from None
    if url.drivername in {"postgresql", "postgres"}:
        return url.set(drivername="postgresql+psycopg")
    if url.drivername not in {"sqlite", "postgresql+psycopg"}:
        raise ServeRefused(f"a database of the kind {url.drivername} is not supported", _REMEDY)
    return url


def _sqlite(url: URL, *, make: bool) -> Engine:
    """Open SQLite so that readers never wait for the writer, a writer waits for its turn, and what was told to be kept is on the disk."""
    if url.database and url.database != ":memory:":
        path = Path(url.database)
        if not make and not path.exists():
            raise ServeRefused(f"there is no database at {path}", _REMEDY)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_MILLISECONDS / 1000})

    @event.listens_for(engine, "connect")
    def _settle(connection: Any, _: object) -> None:
        connection.isolation_level = None  # transactions begin where we say
        for order in (f"busy_timeout = {BUSY_MILLISECONDS}", "journal_mode = WAL", "foreign_keys = ON", "synchronous = FULL", "secure_delete = ON"):
            connection.execute(f"PRAGMA {order}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN"))

    return engine
