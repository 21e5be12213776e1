"""Every screen, light and dark: no violation that axe knows of; and pictures of them for the docs, when they are asked for.

UNITWISE_PICTURES=1 python -m pytest tests/apps/coder_tool/browser/test_screens.py draws the pictures anew, into docs/images or the folder named.
"""

import os
from io import BytesIO
from pathlib import Path

import pytest

from tests.apps.coder_tool.browser.conftest import SECONDS, sample_notes
from tests.apps.coder_tool.real_pipeline import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AXE = (ROOT / "tests" / "vendor" / "axe-core" / "axe.min.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PICTURED = ("visit", "abstention", "why", "minutes", "payers", "new", "blind", "query", "flag", "keys", "search", "queue", "add", "pace", "sign_in")


def violations(page):
    """Ask axe; what it finds, in a line each."""
    page.evaluate(AXE)
    found = page.evaluate("rules => axe.run(document, {runOnly: rules}).then(all => all.violations)", RULES)
    return [f"{each['id']}: {node['target']} {node['failureSummary']}" for each in found for node in each["nodes"]]


def picture(page, name, scheme):
    """Draw the screen for the docs, where pictures are asked for; few colours, so that the file stays small."""
    asked = os.environ.get("UNITWISE_PICTURES")
    if asked and name in PICTURED:
        from PIL import Image

        shot = Image.open(BytesIO(page.screenshot())).convert("RGB").quantize(160, dither=Image.Dither.NONE)
        shot.save((ROOT / "docs" / "images" if asked == "1" else Path(asked)) / f"coder_tool_{name}_{scheme}.png", optimize=True)


def visit(coder, keys, name):
    coder.open(f"/visits/{keys[name]}")
    coder.page.wait_for_selector("#visit .note-head", timeout=SECONDS)
    coder.reads()


def the_visit(coder, keys):
    visit(coder, keys, "pt_shoulder_emr_template")


def an_abstention(coder, keys):
    visit(coder, keys, "pt_minutes_do_not_add_up")


def the_ledger(coder, keys):
    visit(coder, keys, "pt_parkinson_narrative")
    coder.press("j", "e")
    coder.page.wait_for_selector(".why:not([hidden])")


def the_minutes(coder, keys):
    visit(coder, keys, "ot_hand_charge_grid")
    coder.press("m")
    coder.page.wait_for_selector(".minutes input:focus")
    coder.page.locator(".minutes").scroll_into_view_if_needed()
    coder.page.evaluate("document.querySelector('.decision').scrollTop = document.querySelector('.minutes').offsetTop - 60")


def the_other_payers(coder, keys):
    visit(coder, keys, "pta_and_pt_minutes")
    coder.page.evaluate("document.querySelector('.decision').scrollTop = document.querySelector('.claim').offsetTop - 60")


def what_is_new(coder, keys):
    visit(coder, keys, "pt_knee_replacement_soap 2")


def a_blind_visit(coder, keys):
    visit(coder, keys, "pt_balance_group")


def a_question(coder, keys):
    visit(coder, keys, "pt_minutes_missing")
    coder.press("q")
    coder.page.wait_for_selector("#ask:not([hidden])")


def a_reason(coder, keys):
    visit(coder, keys, "pt_work_rehab")
    coder.press("f")
    coder.page.wait_for_selector("#ask:not([hidden])")


def the_keys(coder, keys):
    visit(coder, keys, "pt_work_rehab")
    coder.press("?")
    coder.page.wait_for_selector("#help:not([hidden])")


def the_search(coder, keys):
    visit(coder, keys, "pt_work_rehab")
    coder.press("/")
    coder.type("knee")
    coder.page.wait_for_selector("#found [data-key]")


def page_at(path):
    def open_it(coder, keys):
        coder.open(path)
        coder.page.wait_for_selector("main h1", state="attached")

    return open_it


SCREENS = {
    "visit": the_visit,
    "abstention": an_abstention,
    "why": the_ledger,
    "minutes": the_minutes,
    "payers": the_other_payers,
    "new": what_is_new,
    "blind": a_blind_visit,
    "query": a_question,
    "flag": a_reason,
    "keys": the_keys,
    "search": the_search,
    "queue": page_at("/queue"),
    "add": page_at("/add"),
    "pace": page_at("/pace"),
    "account": page_at("/account"),
    "audits": page_at("/audits"),
    "policies": page_at("/policies"),
    "agreement": page_at("/agreement"),
    "log": page_at("/log"),
    "people": page_at("/people"),
}


def decide_some(coder):
    """Give the pages of pace and agreement something to show."""
    coder.open("/work")
    coder.page.wait_for_selector("#visit[data-key]:not([data-key=''])", timeout=SECONDS)
    for key in ("Enter", "Enter", "Enter", "Enter", "Enter", "2", "Enter", "Enter"):
        coder.reads()
        coder.press(key)
        coder.settled()
        coder.page.wait_for_timeout(150)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_screen_breaks_a_rule_of_axe_and_each_gives_its_pictures(served, filled_with, new_coder, scheme):
    keys = filled_with(served.tool, sample_notes(rounds=2), blind_ones=("pt_balance_group",))
    coder, _ = new_coder(served, roles=("coder", "lead", "auditor", "admin"), name="ann", color_scheme=scheme)
    decide_some(coder)
    broken = {}
    for name, show in SCREENS.items():
        show(coder, keys)
        picture(coder.page, name, scheme)
        if found := violations(coder.page):
            broken[name] = found
    coder.page.click("text=Sign out")
    coder.page.wait_for_selector("[name=password]")
    picture(coder.page, "sign_in", scheme)
    if found := violations(coder.page):
        broken["sign-in"] = found
    assert not broken, "\n".join(f"{name}: {each}" for name, found in broken.items() for each in found)
