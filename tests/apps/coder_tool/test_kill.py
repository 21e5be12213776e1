"""A server that is killed in the middle of its work has kept every decision that it answered for."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx2 as httpx
import pytest

from nlp_pipeline.apps.coder_tool import decisions, sessions, visits
from nlp_pipeline.apps.coder_tool.audit_log import verify
from tests.apps.coder_tool.conftest import fill, new_person
from tests.apps.coder_tool.postgres_server import free_port

ROOT = Path(__file__).parents[3]
CODERS, VISITS, BEFORE_THE_KILL = 3, 60, 15


@pytest.fixture
def start(tmp_path, either_url):
    """Start `unitwise serve` as a process of its own."""
    begun = []

    def run():
        port = free_port()
        order = [sys.executable, "-m", "tests.apps.fake_unitwise", "serve", "--data", tmp_path, "--database", either_url, "--port", port]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        process = subprocess.Popen([*map(str, order)], cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        begun.append(process)
        address = f"http://127.0.0.1:{port}"
        ends = time.monotonic() + 60
        while time.monotonic() < ends:
            try:
                httpx.get(f"{address}/sign-in")
                return process, address
            except httpx.TransportError:
                assert process.poll() is None
                time.sleep(0.05)
        raise AssertionError("the server did not start")

    yield run
    for process in begun:
        process.kill()
        process.wait()
        process.stdout.close()


def decide_on(address, cookie, csrf, keys, answered):
    """Decide about one visit after the other, and remember what was answered for, until the server is gone."""
    with httpx.Client(base_url=address, cookies=cookie, headers={"x-csrf-token": csrf}, timeout=30) as client:
        for key in keys:
            try:
                answer = client.post(f"/visits/{key}/decide", json={"ops": [], "version": 0, "verdict": "flagged", "reason": "as seen"})
            except httpx.TransportError:
                return
            if answer.status_code == 200:
                answered.append(key)


def test_no_decision_that_was_answered_for_is_lost(make_store, either_url, start):
    store = make_store(either_url)
    keys = fill(store, ["TherEx 15 min: squats."] * VISITS)
    coders, answered, threads = [new_person(store, f"coder {number}", "coder") for number in range(CODERS)], [], []
    process, address = start()
    for number, coder in enumerate(coders):
        with store.write() as tx:
            token = sessions.begin(tx, coder, "open")
        csrf = store.keys.seal("form", sessions.digest_of(token))
        own = keys[number::CODERS]
        threads.append(threading.Thread(target=decide_on, args=(address, {"unitwise_session": token}, csrf, own, answered)))
    for thread in threads:
        thread.start()
    ends = time.monotonic() + 60
    while len(answered) < BEFORE_THE_KILL and time.monotonic() < ends:
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    for thread in threads:
        thread.join()
    with store.read() as tx:
        kept = {visit.key for visit, _ in decisions.standing(tx)}
        decided = {visit.key for visit in visits.queue(tx, visits.Filters(state="flagged"), limit=1000)}
        found = verify(tx.session, store.keys, store.head_file)
    assert BEFORE_THE_KILL <= len(answered) < VISITS
    assert set(answered) <= kept
    assert kept == decided
    assert found.breaches == []
