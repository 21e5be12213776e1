"""What stands around the thirty visits: filters and uploads in the browser, two coders on one visit, blind visits, words chosen by mouse."""

import pytest

from nlp_pipeline.apps.coder_tool import decisions, visits
from tests.apps.coder_tool.browser.conftest import SECONDS, sample_notes

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def keys(served, filled_with):
    return filled_with(served.tool, sample_notes()[:8], blind_ones=("ot_discharge_letter",))


@pytest.fixture
def coder(keys, served, new_coder):
    return new_coder(served, name="ann")[0]


def test_filters_come_by_htmx_and_go_on_to_the_work_page(coder, served):
    coder.open("/queue")
    coder.page.select_option("[name=payer]", "aetna")
    coder.page.wait_for_function(
        "() => [...document.querySelectorAll('.rows tbody tr')].every(row => row.children[2].textContent === 'aetna')", timeout=SECONDS
    )
    coder.page.click("#work-these")
    coder.page.wait_for_selector("#visit .note-head")
    assert "aetna" in coder.page.inner_text(".facts")
    assert "aetna" not in coder.page.url


def test_an_upload_is_followed_without_a_reload(coder):
    coder.open("/add")
    coder.page.set_input_files("[name=file]", {"name": "note.txt", "mimeType": "text/plain", "buffer": b"Ther ex 20 min: squats 3x10 for strength."})
    coder.page.click("text=Add to the queue")
    coder.page.wait_for_selector("text=Done: 1 coded", timeout=SECONDS)


def test_who_comes_second_is_told_and_loses_nothing_of_the_first(coder, served, keys):
    key = keys["nursing_shift_note"]
    coder.open(f"/visits/{key}")
    coder.reads()
    with served.tool.store.write() as tx:
        other = tx.session.scalar(decisions.select(decisions.User))
        decisions.decide(tx, other, decisions.Ruling(key, visits.get(tx, key).version, "flagged", [], {}, "first"))
    coder.press("Enter")
    coder.page.wait_for_selector("#notice:not([hidden])", timeout=SECONDS)
    assert "decided this visit" in coder.page.inner_text("#notice")
    with served.tool.store.read() as tx:
        assert [each.reason for each in decisions.of(tx, visits.get(tx, key))] == ["first"]


def test_words_chosen_by_mouse_become_an_activity_by_a_chip(coder, keys):
    coder.open(f"/visits/{keys['nursing_shift_note']}")
    coder.reads()
    lines = coder.page.locator(".line").count()
    coder.page.evaluate(
        "() => { const node = document.querySelector('#note-text [data-at=\"0\"]').firstChild; const range = new Range();"
        " range.setStart(node, 0); range.setEnd(node, 8); getSelection().removeAllRanges(); getSelection().addRange(range); }"
    )
    coder.page.click(".chips button:has-text('97530')")
    coder.page.wait_for_function("n => document.querySelectorAll('.line').length === n + 1", arg=lines, timeout=SECONDS)
    assert coder.page.locator(".line.current .code").inner_text().startswith("97530")


def test_keys_pause_while_typing_and_can_be_switched_off(coder, keys):
    coder.open(f"/visits/{keys['nursing_shift_note']}")
    coder.reads()
    before = coder.visit
    coder.press("/")
    coder.type("mxu1")
    coder.press("Escape", "?")
    coder.page.click("#keys-on")
    coder.page.click("text=Close")
    coder.press("1", "x", "Enter")
    coder.page.wait_for_timeout(300)
    assert coder.visit == before
    assert coder.page.locator(".line.changed").count() == 0
