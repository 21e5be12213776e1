"""The coder tool over the stand-in for the pipeline: a store of its own for each test, people, visits, and a browser's requests."""

import os
import secrets
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import uvicorn
from argon2 import PasswordHasher
from fastapi.testclient import TestClient
from sqlalchemy import create_engine, select, text

from nlp_pipeline.apps.coder_tool import accounts, coding_process, sessions, visits
from nlp_pipeline.apps.coder_tool.coding_queue import CodingQueue
from nlp_pipeline.apps.coder_tool.database import Store
from nlp_pipeline.apps.coder_tool.rates import Rates
from nlp_pipeline.apps.coder_tool.server import create_app
from nlp_pipeline.apps.coder_tool.tables import User
from nlp_pipeline.apps.coder_tool.tool import Settings, Tool
from nlp_pipeline.house_layer import HouseLayer
from nlp_pipeline.records.note import Note
from nlp_pipeline.rule_layer import RuleLayer
from tests.apps import fake_pipeline
from tests.apps.coder_tool.postgres_server import free_port, programs, running

DAY = date(2026, 3, 2)
NOTES = (
    "NMR 15 min: SLS on foam for impaired balance.\nTherEx 20 min: squats.",
    "TherEx 23 min: squats and step-ups.",
    "TherEx 15 min: squats. Will add step-ups next visit.",
    "NMR 8 min: SLS on foam.",
)
AS_A_BROWSER = {"accept": "text/html", "sec-fetch-site": "same-origin"}


class Nearby(coding_process.CodingProcess):
    """Codes in this process, with the stand-in."""

    def _ask(self, notes, policies):
        layer = _layer()
        return [coding_process.coded_visit(layer.apply(coded, policies, DAY)) for coded in fake_pipeline.Pipeline().code(notes)]


_LAYERS: list[HouseLayer] = []


def _layer():
    if not _LAYERS:
        _LAYERS.append(HouseLayer.load())
    return _LAYERS[0]


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch):
    """Hash passwords as argon2id does, with less work; that the real work is enough has a test of its own."""
    monkeypatch.setattr(accounts, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    accounts._nobody.cache_clear()


@dataclass
class Clock:
    """A clock that a test can put forward."""

    ahead: timedelta = field(default_factory=timedelta)

    def __call__(self):
        return datetime.now(UTC) + self.ahead


@pytest.fixture(scope="session")
def rules():
    return RuleLayer.load()


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL server; a test that needs it is left out where its programs are missing, and fails there under CI."""
    place = programs()
    if place is None:
        if os.environ.get("CI") == "true":
            pytest.fail("the programs of a PostgreSQL server are missing")
        pytest.skip("the programs of a PostgreSQL server are missing")
    with running(place) as address:
        yield address


@pytest.fixture
def postgres_url(postgres):
    """A new database on a real PostgreSQL server."""
    name = f"t{secrets.token_hex(6)}"
    admin = create_engine(f"{postgres}/postgres".replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield f"{postgres}/{name}"
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite:///{tmp_path / 'coder_tool.db'}"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def either_url(request):
    """SQLite, and then PostgreSQL."""
    return request.getfixturevalue("database_url" if request.param == "sqlite" else "postgres_url")


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def make_store(tmp_path, clock):
    """Open stores over given databases, and close them after the test."""
    opened = []

    def make(url):
        store = Store.open(url, tmp_path)
        store.clock = clock
        opened.append(store)
        return store

    yield make
    for store in opened:
        store.engine.dispose()


@pytest.fixture
def store(make_store, database_url):
    return make_store(database_url)


@pytest.fixture
def make_tool(make_store, rules):
    """Make the tool over a database."""

    def make(url, **settings):
        store = make_store(url)
        return Tool(Settings(**settings), store, CodingQueue(store, Nearby()), Rates(), rules)

    return make


@pytest.fixture
def tool(make_tool, database_url):
    return make_tool(database_url)


@pytest.fixture
def app(tool):
    return create_app(tool)


def new_person(store, name, *roles):
    """Make an account without a password."""
    with store.write() as tx:
        user = User(name=name, roles=" ".join(roles), created_at=tx.now)
        tx.session.add(user)
    return user


@dataclass
class Someone:
    """A person and her browser; `post` and `get` send what a browser sends, with the mark of her session."""

    tool: Tool
    user: User
    client: TestClient

    @property
    def csrf(self):
        digest = sessions.digest_of(self.client.cookies[self.tool.cookie])
        return self.tool.store.keys.seal("form", digest)

    def get(self, path, **more):
        return self.client.get(path, headers=AS_A_BROWSER | more.pop("headers", {}), follow_redirects=False, **more)

    def post(self, path, **more):
        return self.client.post(path, headers=AS_A_BROWSER | {"x-csrf-token": self.csrf} | more.pop("headers", {}), follow_redirects=False, **more)


def signed_in(tool, app, user):
    """Give a person's browser with a session that is open."""
    with tool.store.write() as tx:
        token = sessions.begin(tx, user, "open")
    client = browser_of(app, tool)
    client.cookies.set(tool.cookie, token)
    return Someone(tool, user, client)


def browser_of(app, tool):
    """Give a browser that knows nothing yet."""
    return TestClient(app, base_url=tool.settings.address, raise_server_exceptions=True)


@pytest.fixture
def client_of(tool, app):
    """Sign someone in who has these roles, under a name of their own."""

    def sign_in(*roles, name=None):
        return signed_in(tool, app, new_person(tool.store, name or f"{'-'.join(roles)} {secrets.token_hex(3)}", *roles))

    return sign_in


@pytest.fixture
def browser(tool, app):
    return browser_of(app, tool)


def fill(store, texts=NOTES, **known):
    """Put coded visits into a store; their keys in order."""
    notes = [Note(f"n{number}", words, DAY, **known) for number, words in enumerate(texts, 1)]
    queue = CodingQueue(store, Nearby())
    with store.write() as tx:
        rows = visits.add(tx, visits.add_batch(tx, "test", None), notes)
    while queue._code_some():
        pass
    with store.read() as tx:
        return [tx.session.scalar(select(visits.Visit).where(visits.Visit.id == row.id)).key for row in rows]


@pytest.fixture
def filled(tool):
    """The keys of four coded visits, none of them blind."""
    keys = fill(tool.store)
    with tool.store.write() as tx:
        for key in keys:
            visits.get(tx, key).blind = False
    return keys


@dataclass
class Served:
    """A server that runs, and its address."""

    tool: Tool
    address: str


@pytest.fixture
def serve(make_tool):
    """Serve the tool over a database on a port of the loopback, in a thread."""
    running_ones: list[tuple[uvicorn.Server, threading.Thread]] = []

    def start(url, **settings: Any):
        port = free_port()
        tool = make_tool(url, port=port, **settings)
        server = uvicorn.Server(uvicorn.Config(create_app(tool), port=port, log_level="error", access_log=False))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        running_ones.append((server, thread))
        ends = time.monotonic() + 20
        while not server.started and time.monotonic() < ends:
            time.sleep(0.02)
        assert server.started
        return Served(tool, tool.settings.address)

    yield start
    for server, thread in running_ones:
        server.should_exit = True
        thread.join(20)


@pytest.fixture
def served(serve, database_url):
    return serve(database_url)
