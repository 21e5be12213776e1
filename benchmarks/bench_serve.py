"""Fifty coders at once on loopback: is a decision lost, or kept twice, and how long does each wait?

`python -m benchmarks.bench_serve --coders 50 --seconds 60` fills a store with visits, serves it in a process of its own, and lets each coder fetch the
next visit, decide about it, and undo one in twenty. Coders go for the same visits on purpose: nearly a third asks for the oldest, reserved or not.
In the end the store is compared with what each coder was told: every acknowledged decision must be there once, and nothing else.
"""

import argparse
import asyncio
import json
import random
import secrets
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles

import httpx2 as httpx
from sqlalchemy import func, select

from nlp_pipeline.apps.coder_tool import blind, sessions, visits
from nlp_pipeline.apps.coder_tool.audit_log import verify
from nlp_pipeline.apps.coder_tool.database import Store
from nlp_pipeline.apps.coder_tool.keys import digest_of
from nlp_pipeline.apps.coder_tool.tables import Decision, User, Visit

SERVER = """
import sys
from pathlib import Path
import uvicorn
from nlp_pipeline.apps.coder_tool.coding_process import CodingProcess
from nlp_pipeline.apps.coder_tool.coding_queue import CodingQueue
from nlp_pipeline.apps.coder_tool.database import Store
from nlp_pipeline.apps.coder_tool.keys import digest_of
from nlp_pipeline.apps.coder_tool.rates import Rates
from nlp_pipeline.apps.coder_tool.server import create_app
from nlp_pipeline.apps.coder_tool.tool import Settings, Tool
from nlp_pipeline.rule_layer import RuleLayer

url, folder, port = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
store = Store.open(url, folder)
tool = Tool(Settings(port=port), store, CodingQueue(store, CodingProcess()), Rates(), RuleLayer.load())
uvicorn.run(create_app(tool), port=port, log_level="error", access_log=False)
"""
CODED = {
    "text": "TherEx 15 min: squats.",
    "coded": {
        "id": "", "date_of_service": "2026-03-02", "payer": None, "discipline": "PT", "findings": [], "blocks": [], "minutes": [],
        "interventions": [{"start": 15, "end": 21, "text": "squats", "status": "performed", "code": "97110", "confidence": 0.9, "block": None}],
        "billing": {"lines": [{"code": "97110", "units": 1, "modifiers": ["GP"]}], "ledger": [{"start": 7, "end": 13, "code": "97110", "minutes": 15}]},
    },
    "encounter": {"services": [{"code": "97110", "minutes": 15, "assistant_minutes": 0, "times": []}], "timed_total": None, "visit_total": None,
                  "stated_units": {}, "distinct": [], "grounds": []},
}  # fmt: skip


@dataclass
class Told:
    """What the server told one coder: what was kept, what was undone, how often somebody else was first, and how long each answer took."""

    kept: list[tuple[str, int]] = field(default_factory=list)
    undone: list[str] = field(default_factory=list)
    conflicts: int = 0
    seconds: list[float] = field(default_factory=list)
    others: Counter[int] = field(default_factory=Counter)


@dataclass(frozen=True)
class Bench:
    """What is measured, and against which store."""

    coders: int
    seconds: float
    visits: int
    url: str
    folder: Path
    port: int


def fill(bench: Bench) -> list[str]:
    """Put coded visits and signed-in coders into the store; the coders' session tokens."""
    store = Store.open(bench.url, bench.folder)
    with store.write() as tx:
        blind.choose(tx, None, 0.0, 0.0)
        batch = visits.add_batch(tx, "bench", None)
        coded = json.dumps(CODED)
        rows = [
            Visit(batch_id=batch.id, note_id=f"n{k}", text="TherEx 15 min: squats.", coded=coded, state="open", codes=" 97110 ") for k in range(bench.visits)
        ]
        tx.session.add_all(rows)
        people = [User(name=f"coder {k}", roles="coder", created_at=tx.now) for k in range(bench.coders)]
        tx.session.add_all(people)
        tx.session.flush()
        tokens = [sessions.begin(tx, person, "open") for person in people]
    store.engine.dispose()
    return tokens


async def work(bench: Bench, token: str, ends: float, seed: int) -> Told:
    """Be one coder until the time is up."""
    told, chance = Told(), random.Random(seed)
    store = Store.reach(bench.url, bench.folder)
    csrf = store.keys.seal("form", digest_of(token))
    store.engine.dispose()
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{bench.port}", cookies={"unitwise_session": token}, headers={"x-csrf-token": csrf}, timeout=120
    ) as client:
        while time.monotonic() < ends:
            found = await _wanted(client, chance)
            if found is None:
                break
            key, version = found
            begun = time.monotonic()
            answer = await client.post(f"/api/v1/visits/{key}/decisions", json={"version": version, "verdict": "accepted"})
            told.seconds.append(time.monotonic() - begun)
            if answer.status_code == 201:
                told.kept.append((key, answer.json()["number"]))
            elif answer.status_code == 409:
                told.conflicts += 1
            else:
                told.others[answer.status_code] += 1
            if chance.random() < 0.05:
                back = await client.post("/api/v1/decisions:undo")
                if back.status_code == 200 and back.json()["visit"]:
                    told.undone.append(back.json()["visit"])
    return told


async def _wanted(client: httpx.AsyncClient, chance: random.Random) -> tuple[str, int] | None:
    """Find a visit to decide about: one of the oldest, whoever else is after it."""
    rows = (await client.get("/api/v1/queue", params={"state": "open", "order": "oldest", "limit": 40})).json()["visits"]
    if not rows:
        return None
    row = rows[0] if chance.random() < 0.3 else chance.choice(rows)
    return row["key"], row["version"]


async def crowd(bench: Bench, tokens: list[str]) -> list[Told]:
    """Let all coders work at once."""
    ends = time.monotonic() + bench.seconds
    return list(await asyncio.gather(*(work(bench, token, ends, seed) for seed, token in enumerate(tokens))))


def check(bench: Bench, told: list[Told]) -> dict[str, object]:
    """Compare the store with what the coders were told."""
    store = Store.reach(bench.url, bench.folder)
    with store.read() as tx:
        numbers = {row.id: row.key for row in tx.session.scalars(select(Visit))}
        made = Counter((numbers[row.visit_id], row.number) for row in tx.session.scalars(select(Decision).where(Decision.verdict != "undone")))
        undone = tx.session.scalar(select(func.count()).select_from(Decision).where(Decision.verdict == "undone")) or 0
        breaches = len(verify(tx.session, store.keys, store.head_file, None).breaches)
    store.engine.dispose()
    acknowledged = Counter(each for one in told for each in one.kept)
    waits = sorted(second for one in told for second in one.seconds) or [0.0, 0.0]
    return {
        "coders": bench.coders,
        "seconds": bench.seconds,
        "acknowledged": acknowledged.total(),
        "in_store": made.total(),
        "lost": (acknowledged - made).total(),
        "doubled": sum(count - 1 for count in made.values()) + sum(count - 1 for count in acknowledged.values()),
        "unexplained": (made - acknowledged).total(),
        "undone": undone,
        "undone_told": sum(len(one.undone) for one in told),
        "conflicts": sum(one.conflicts for one in told),
        "other_answers": dict(sum((one.others for one in told), Counter())),
        "log_breaches": breaches,
        "decision_ms": {"median": round(1000 * waits[len(waits) // 2], 1), "p95": round(1000 * quantiles(waits, n=20)[-1], 1)},
    }


def run(bench: Bench) -> dict[str, object]:
    """Serve, let the coders work, and compare."""
    tokens = fill(bench)
    server = subprocess.Popen([sys.executable, "-c", SERVER, bench.url, str(bench.folder), str(bench.port)])
    try:
        _wait_for(bench.port)
        told = asyncio.run(crowd(bench, tokens))
    finally:
        server.terminate()
        server.wait()
    return check(bench, told)


def _wait_for(port: int) -> None:
    ends = time.monotonic() + 120
    while time.monotonic() < ends:
        try:
            httpx.get(f"http://127.0.0.1:{port}/api/v1/openapi.json", timeout=5)
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the server did not start")


def main() -> None:
    """Read the command line, run, print."""
    command = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    command.add_argument("--coders", type=int, default=50)
    command.add_argument("--seconds", type=float, default=60)
    command.add_argument("--visits", type=int, default=20_000)
    command.add_argument("--port", type=int, default=18_765)
    command.add_argument("--database", help="another database than an SQLite file (postgresql://…, empty)")
    order = command.parse_args()
    with tempfile.TemporaryDirectory(prefix=f"bench-{secrets.token_hex(2)}-") as place:
        url = order.database or f"sqlite:///{Path(place) / 'bench.db'}"
        print(json.dumps(run(Bench(order.coders, order.seconds, order.visits, url, Path(place), order.port)), indent=1))


if __name__ == "__main__":
    main()
