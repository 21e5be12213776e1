"""The page of an audit in a real browser: it asks for nothing, and keeps to the accessibility rules, light and dark."""

import pytest

from nlp_pipeline.reporting.audit_story import document_of
from nlp_pipeline.reporting.audit_words import names_of
from nlp_pipeline.reporting.document_html import page_of
from tests.reporting.audited import papers
from tests.reporting.conftest import AXE, RULES

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(page_of(document_of(papers(), names_of(papers(), True))), "utf-8")
    return path.as_uri()


def test_the_page_asks_for_nothing_and_says_nothing(browser, address):
    page = browser.new_page()
    heard = []
    page.on("request", lambda request: heard.append(request.url))
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.goto(address)
    assert heard == [address]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_keeps_to_the_accessibility_rules(browser, address, scheme):
    page = browser.new_context(bypass_csp=True, color_scheme=scheme).new_page()
    page.goto(address)
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("rules => axe.run(document, {runOnly: rules}).then(told => told.violations.map(each => each.id))", RULES)
    assert found == []
