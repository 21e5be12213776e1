"""The pages of the screen as a browser asks for them."""

import io
import json

import pytest

from nlp_pipeline.apps.coder_tool import decisions, visits
from tests.apps.coder_tool.conftest import fill

NEXT = {"order": "hardest", "filters": {}, "beyond": [], "ahead": False}


@pytest.fixture
def coder(client_of):
    return client_of("coder")


def decide(someone, key, version=0, **more):
    return someone.post(f"/visits/{key}/decide", json={"version": version, "verdict": "accepted", "ops": [], **more})


@pytest.mark.parametrize("page", ["/work", "/queue", "/add", "/pace"])
def test_each_page_opens_for_a_coder_and_for_nobody_unknown(coder, browser, page):
    assert coder.get(page).status_code == 200
    assert browser.get(page, headers={"accept": "text/html"}, follow_redirects=False).status_code == 303


def test_an_auditor_looks_and_does_not_decide(client_of, filled):
    auditor = client_of("auditor")
    assert auditor.get(f"/visits/{filled[0]}").status_code == 200
    assert decide(auditor, filled[0]).status_code == 403


def test_no_page_holds_an_inline_script_or_style(coder, filled):
    for page in ("/work", "/queue", "/add", "/pace", f"/visits/{filled[0]}"):
        words = coder.get(page).text
        assert "<style" not in words
        assert " style=" not in words
        assert "<script>" not in words
        assert " onclick" not in words


def test_the_next_visit_is_one_that_was_not_named(coder, filled):
    sheet = coder.post("/work/next", json={**NEXT, "beyond": filled[:3]}).text
    assert f'data-key="{filled[3]}"' in sheet


def test_an_empty_queue_says_so(coder):
    assert "Nothing waits here" in coder.post("/work/next", json=NEXT).text


def test_markup_in_a_note_is_shown_and_never_obeyed(coder, tool):
    [key] = fill(tool.store, ["NMR 15 min: SLS on foam <script>alert(1)</script><img src=x onerror=alert(2)>."], patient="<b>P</b>")
    page = coder.get(f"/visits/{key}").text
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;" in page


def test_corrections_are_shown_and_not_kept(coder, tool, filled):
    shown = coder.post(f"/visits/{filled[1]}/sheet", json={"ops": [{"op": "code", "line": 0, "code": "97530"}]})
    assert 'data-code="97530"' in shown.text
    with tool.store.read() as tx:
        assert decisions.of(tx, visits.get(tx, filled[1])) == []


def test_an_answer_with_corrections_is_a_changed_one(coder, filled):
    assert decide(coder, filled[1], ops=[{"op": "code", "line": 0, "code": "97530"}]).json()["verdict"] == "changed"
    assert decide(coder, filled[0]).json()["verdict"] == "accepted"


def test_who_comes_second_is_told_who_was_first(client_of, filled):
    first, second = client_of("coder", name="ann"), client_of("coder")
    decide(first, filled[0])
    refused = decide(second, filled[0])
    assert refused.status_code == 409
    assert refused.json()["who"] == "ann"


def test_undo_gives_the_corrections_back_without_the_flag(coder, filled):
    ops = [{"op": "code", "line": 0, "code": "97530"}, {"op": "flag", "line": None, "reason": "two times"}]
    coder.post(f"/visits/{filled[1]}/decide", json={"version": 0, "verdict": "flagged", "ops": ops, "reason": "two times"})
    assert coder.post("/undo", json={}).json() == {"key": filled[1], "ops": ops[:1]}
    assert coder.post("/undo", json={}).json() == {"key": None}


def test_a_blind_visit_shows_no_code_and_takes_no_answer_without_them(coder, tool, filled):
    with tool.store.write() as tx:
        visits.get(tx, filled[1]).blind = True
    page = coder.get(f"/visits/{filled[1]}").text
    assert 'data-code="97' not in page
    assert "Blind visit" in page
    assert decide(coder, filled[1]).status_code == 422
    given = [{"op": "code", "line": line, "code": "97110"} for line in (0, 1)]
    assert decide(coder, filled[1], ops=given).status_code == 200


def test_a_decided_visit_is_shown_as_it_was_decided(coder, filled):
    decide(coder, filled[1], ops=[{"op": "code", "line": 0, "code": "97530"}])
    page = coder.get(f"/visits/{filled[1]}").text
    assert 'data-code="97530"' in page
    assert "<strong>decided</strong>" in page
    assert 'data-code="97530"' in coder.post(f"/visits/{filled[1]}/sheet", json={}).text


def test_the_queue_hides_the_codes_of_a_blind_visit(coder, tool, filled):
    with tool.store.write() as tx:
        visits.get(tx, filled[0]).blind = True
    row = next(row for row in coder.get("/queue").text.split("<tr>") if filled[0] in row)
    assert "blind" in row
    assert "97112" not in row


def test_a_wrong_correction_is_refused_in_words(coder, filled):
    refused = coder.post(f"/visits/{filled[0]}/sheet", json={"ops": [{"op": "code", "line": 99, "code": "97110"}]}, headers={"accept": "*/*"})
    assert refused.status_code == 422
    assert "left as it was" in refused.json()["detail"]


def test_the_queue_is_filtered_by_what_is_in_the_body(coder, tool):
    fill(tool.store, ["NMR 15 min: SLS on foam."], payer="medicare", therapist="R. Lund")
    fill(tool.store, ["TherEx 20 min: squats."], payer="aetna", therapist="M. Osei")
    rows = coder.post("/queue/rows", data={"csrf_token": coder.csrf, "payer": "aetna", "state": "open"}).text
    assert "M. Osei" in rows
    assert "R. Lund" not in rows


def test_search_names_visits_and_quotes_nothing(coder, filled):
    found = coder.post("/search", json={"words": "step-ups"}).json()
    assert {each["key"] for each in found} == set(filled[1:3])
    assert "step" not in json.dumps(found)


def test_a_pasted_note_is_coded_and_opened(coder, tool):
    pasted = coder.post(
        "/add/paste", data={"csrf_token": coder.csrf, "text": "TherEx 20 min: squats.", "day": "2026-03-02", "payer": "medicare", "discipline": "PT"}
    )
    assert pasted.status_code == 303
    assert "Reading the note" in coder.get(pasted.headers["location"]).text
    while tool.coding._code_some():
        pass
    assert coder.get(pasted.headers["location"]).headers["location"].startswith("/visits/")


def test_a_paste_without_a_day_or_a_name_is_taken(coder):
    assert coder.post("/add/paste", data={"csrf_token": coder.csrf, "text": "TherEx 20 min: squats.", "name": "", "day": "", "payer": ""}).status_code == 303


def test_an_upload_is_followed_to_its_end(coder, tool):
    sent = coder.post("/add/upload", data={"csrf_token": coder.csrf}, files={"file": ("notes.txt", io.BytesIO(b"TherEx 20 min: squats."), "text/plain")})
    assert sent.status_code == 303
    page = coder.get(sent.headers["location"])
    assert page.status_code == 200
    assert "notes.txt" in page.text


def test_the_pace_is_her_own(client_of, filled):
    one, other = client_of("coder"), client_of("coder")
    decide(one, filled[0])
    assert "Nothing is decided yet" in other.get("/pace").text
    assert "Nothing is decided yet" not in one.get("/pace").text
