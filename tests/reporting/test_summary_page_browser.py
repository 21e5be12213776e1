"""The page of a run in a real browser: it asks for nothing, works by keyboard, and keeps to the accessibility rules, light, dark and printed."""

import os
import re
from pathlib import Path

import pytest

from nlp_pipeline.apps.bulk_review import ReviewOrder, review
from nlp_pipeline.reporting.summary_page import write_page
from tests.reporting.conftest import AXE, RULES
from tests.reporting.quarter import summary_of_a_quarter

PICTURES = Path(__file__).parents[2] / "docs" / "images"
QUARTER = Path(__file__).parents[2] / "data_samples" / "quarter"
VISITS = 1_200

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "summary.html"
    write_page(summary_of_a_quarter(VISITS), path)
    return path.as_uri()


@pytest.fixture
def opened(browser, address):
    """Open the page as it is asked for, and close it behind the test."""
    contexts = []

    def open_page(at=address, **options):
        contexts.append(browser.new_context(viewport={"width": 1280, "height": 900}, **options))
        page = contexts[-1].new_page()
        page.set_default_timeout(180_000)  # a busy machine fails nothing
        page.asked, page.said = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.goto(at)
        return page

    yield open_page
    for context in contexts:
        context.close()


def violations(page):
    """Run axe-core in the page; it is put there past the page's policy, which stays in force for the page itself."""
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    return [(each["id"], [node["html"][:120] for node in each["nodes"][:3]]) for each in found["violations"]]


def open_some(page):
    """Open the first pattern and the first findings: every kind of part is then in sight."""
    page.evaluate(
        "['#patterns', '#findings'].forEach(list => [...document.querySelectorAll(list + ' details')].slice(0, 2).forEach(each => { each.open = true }))"
    )


def test_a_page_asks_for_nothing_and_complains_of_nothing(opened, address):
    page = opened()
    open_some(page)
    page.select_option("select[name=clinic]", index=1)
    assert page.asked == [address]
    assert page.said == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_keeps_to_the_accessibility_rules(opened, scheme):
    page = opened(color_scheme=scheme)
    open_some(page)
    assert violations(page) == []


def test_a_narrow_page_keeps_to_the_accessibility_rules_and_does_not_scroll_sideways(opened):
    page = opened()
    page.set_viewport_size({"width": 400, "height": 800})
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


def test_a_pattern_opens_by_keyboard_to_a_note_with_its_words_lit(opened):
    page = opened()
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('#patterns') !== null"):
            break
    assert page.locator("#patterns .example").first.is_hidden()
    page.keyboard.press("Enter")
    assert page.locator("#patterns .example").first.is_visible()
    assert page.locator("#patterns mark.lit").first.is_visible()


def test_a_filter_counts_its_visits_and_leaves_the_others_out(opened):
    page = opened()
    page.select_option("select[name=therapist]", index=1)
    chosen = page.locator("select[name=therapist]").input_value()
    numbers = [int(page.inner_text(f"#n-{name}").replace(",", "")) for name in ("supported", "not_supported", "cannot_tell", "not_therapy")]
    row = page.locator("table[data-group=therapist] tbody tr:visible")
    assert row.count() == 1
    assert chosen in row.inner_text()
    assert f" {sum(numbers):,}" in re.sub(r"\s+", " ", row.inner_text())
    page.click("#filters button")
    page.wait_for_function("document.getElementById('told').textContent === ''")
    assert sum(int(page.inner_text(f"#n-{name}").replace(",", "")) for name in ("supported", "not_supported", "cannot_tell", "not_therapy")) == VISITS


def test_a_long_table_is_shortened_sorted_and_shown_whole(opened):
    page = opened()
    rows = page.locator("table[data-group=therapist] tbody tr:visible")
    assert rows.count() == 12
    page.locator("table[data-group=therapist] .sort", has_text="Not").first.focus()
    page.keyboard.press("Enter")
    shares = [int(re.search(r"\d+", text)[0]) for text in rows.locator("td:nth-of-type(5)").all_inner_texts()]
    assert shares == sorted(shares, reverse=True)
    page.locator("text=Show all 24").click()
    assert rows.count() == 24


def test_a_page_without_script_says_the_same(opened):
    page = opened(java_script_enabled=False)
    assert page.locator("#filters").is_hidden()
    assert page.locator(".four .n").count() == 4
    page.locator("#patterns summary").first.click()
    assert page.locator("#patterns .example").first.is_visible()


@pytest.mark.skipif(not os.environ.get("UNITWISE_PICTURES"), reason="pictures are drawn where UNITWISE_PICTURES is set")
def test_pictures_of_the_page_are_drawn(opened, tmp_path):
    import pypdfium2

    review(ReviewOrder([str(QUARTER)], tmp_path / "out", reader="fast"))
    quarter = (tmp_path / "out" / "summary.html").as_uri()
    for scheme in ("light", "dark"):
        page = opened(quarter, color_scheme=scheme)
        page.screenshot(path=PICTURES / f"summary-{scheme}.png")
        page.set_viewport_size({"width": 1280, "height": 2600})  # so that nothing has to scroll under what stays at the top
        page.locator("#charts").screenshot(path=PICTURES / f"summary-charts-{scheme}.png")
    page = opened(quarter, color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 2600})
    page.locator("#patterns summary").nth(2).click()
    page.locator("#patterns").screenshot(path=PICTURES / "summary-patterns-light.png")
    page.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True)
    with pypdfium2.PdfDocument(tmp_path / "page.pdf") as printed:
        printed[0].render(scale=1.4).to_pil().save(PICTURES / "summary-print.png")
