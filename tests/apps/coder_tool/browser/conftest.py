"""Chromium before the coder tool: notes read by the fast reader, and a coder who sets up her account as anyone would."""

import os
import secrets
import time
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import sync_playwright
from sqlalchemy import select

from nlp_pipeline.apps.coder_tool import accounts, blind, coding_process, visits
from nlp_pipeline.house_layer import HouseLayer
from nlp_pipeline.records.note import Note
from tests.apps.coder_tool.real_pipeline import ROOT, fast_pipeline

CHROMIUM = Path("/usr/bin/chromium")
PASSWORD = "a long and quiet password"
SECONDS = 30_000  # milliseconds that a page may take on a busy machine


@pytest.fixture(scope="module")  # its loop must be gone before another module begins
def chromium():
    if not CHROMIUM.exists():
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium is missing")
        pytest.skip("Chromium is missing")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def house():
    return HouseLayer.load()


def sample_notes(rounds=1):
    """The sample notes as visits of three therapists; a second round comes three weeks later, with a line of its own."""
    found = []
    for again in range(rounds):
        for number, path in enumerate(sorted((ROOT / "data_samples" / "notes").glob("*.txt"))):
            text = path.read_text("utf-8") + ("\nNew this week: patient reports walking to the mailbox without stopping.\n" if again else "")
            day = date(2026, 8, 3) + timedelta(days=number % 12 + 21 * again)
            told = {"patient": f"P-{number:03}", "therapist": ("R. Lund", "M. Osei", "T. Ito")[number % 3]}
            payer = ("medicare", "aetna", "commercial")[number % 3]
            found.append(Note(f"{path.stem}{' 2' * again}", text, day, payer, "OT" if path.stem.startswith("ot") else "PT", **told))
    return found


def waiting(tool):
    with tool.store.read() as tx:
        return visits.states(tx).get("waiting")


@pytest.fixture
def filled_with(house):
    """Put notes into a tool's store, coded in this process; their keys by name. None is blind, but those that are named."""

    class Here(coding_process.CodingProcess):
        def _ask(self, notes, policies):
            return [coding_process.coded_visit(house.apply(each, policies, date(2026, 10, 1))) for each in fast_pipeline().code(notes, counterfactuals=True)]

    def put(tool, notes, blind_ones=()):
        tool.coding.process = Here()
        with tool.store.write() as tx:
            blind.choose(tx, None, 0.0, 0.0)
            visits.add(tx, visits.add_batch(tx, "samples", None), notes)
        tool.coding._wake.set()
        ends = time.monotonic() + 60
        while time.monotonic() < ends and waiting(tool):
            time.sleep(0.1)
        with tool.store.write() as tx:
            rows = list(tx.session.scalars(select(visits.Visit)))
            for row in rows:
                if row.note_id in blind_ones:
                    row.blind = True
            return {row.note_id: row.key for row in rows}

    return put


@dataclass
class Coder:
    """Someone at the keyboard; every key that she presses is counted."""

    page: object
    address: str
    keys: list[str] = field(default_factory=list)

    def press(self, *keys):
        for key in keys:
            self.keys.append(key)
            self.page.keyboard.press(key)

    def type(self, words):
        self.keys.extend(words)
        self.page.keyboard.type(words)

    def open(self, path):
        self.page.goto(self.address + path)

    @property
    def visit(self):
        return self.page.get_attribute("#visit", "data-key")

    @property
    def name(self):
        return self.page.locator(".note-head h2").inner_text()

    def settled(self):
        """Wait until nothing is on its way."""
        self.page.wait_for_load_state("networkidle", timeout=SECONDS)

    def reads(self):
        """Read for a moment; meanwhile the visit after this one is fetched."""
        self.page.wait_for_selector("#stage[data-ahead=ready]", timeout=SECONDS)

    def next(self, *keys):
        """Press keys that end a visit, and wait for the one that follows."""
        before = self.visit
        self.press(*keys)
        self.page.wait_for_function("key => document.getElementById('visit').dataset.key !== key", arg=before, timeout=SECONDS)


@pytest.fixture
def new_coder(chromium):
    """Make an account by the one-time link, in a browser of its own, with the second factor."""
    contexts = []

    def sign_up(served, roles=("coder",), name=None, **options):
        with served.tool.store.write() as tx:
            link = accounts.invite(tx, None, roles)
        context = chromium.new_context(viewport={"width": 1440, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(SECONDS)
        page.on("pageerror", lambda error: pytest.fail(f"a script failed: {error}"))
        page.on("console", lambda told: told.type == "error" and "Content Security Policy" in told.text and pytest.fail(told.text))
        page.goto(f"{served.address}/set-up/{link}")
        secret = page.locator("code").first.inner_text()
        page.fill("[name=name]", name or f"coder {secrets.token_hex(2)}")
        page.fill("[name=password]", PASSWORD)
        page.fill("[name=again]", PASSWORD)
        page.fill("[name=code]", pyotp.TOTP(secret).now())
        page.click("main button[type=submit]")
        page.wait_for_url(lambda address: "/set-up/" not in address)
        return Coder(page, served.address), secret

    yield sign_up
    for context in contexts:
        context.close()
