"""What an attacker would try, each a test."""

import re
from datetime import timedelta

import pytest

from nlp_pipeline.apps.coder_tool import accounts, decisions, sessions, visits
from nlp_pipeline.apps.coder_tool.decisions import Ruling
from nlp_pipeline.apps.coder_tool.limits import ROLES, allowed, permissions
from nlp_pipeline.apps.coder_tool.tables import Token, User
from nlp_pipeline.apps.coder_tool.tool import PAGES
from tests.apps.coder_tool.conftest import AS_A_BROWSER, fill
from tests.apps.coder_tool.test_accounts import PASSWORD, code_at, enrolled, field, send, sign_in

SCRIPT = "<script>alert(1)</script>"
BREAKOUT = "\"'><img src=x onerror=alert(1)>"
# Session fixation


def test_a_session_known_before_the_sign_in_is_worth_nothing_after(tool, browser):
    _, secret = enrolled(tool.store)
    browser.cookies.set(tool.cookie, "planted-by-an-attacker")
    page = browser.get("/sign-in", headers=AS_A_BROWSER)
    browser.post("/sign-in", data={"csrf_token": field(page, "csrf_token"), "name": "ann", "password": PASSWORD}, headers=AS_A_BROWSER)
    half = [each.value for each in browser.cookies.jar if each.name == tool.cookie][-1]
    browser.cookies.delete(tool.cookie)
    browser.cookies.set(tool.cookie, half)
    send(browser, "/sign-in/code", code=code_at(tool.store, secret))
    assert half != "planted-by-an-attacker"
    assert sessions.find(tool.store, "planted-by-an-attacker") is None
    assert sessions.find(tool.store, half) is None


def test_unlocking_gives_a_new_session(tool, client_of):
    someone = client_of("coder")
    with tool.store.write() as tx:
        tx.session.get_one(User, someone.user.id).password_hash = accounts._hash(PASSWORD)
    someone.post("/lock")
    before = someone.client.cookies[tool.cookie]
    someone.post("/unlock", data={"password": PASSWORD})
    assert sessions.find(tool.store, before) is None


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(make_tool, database_url, tool, browser):
    _, secret = enrolled(tool.store)
    cookie = sign_in(browser, tool.store, secret).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


# Cross-site request forgery


@pytest.mark.parametrize("path", ["/sign-out", "/lock", "/undo", "/account/sessions/end"])
def test_a_form_without_its_mark_is_refused(client_of, path):
    someone = client_of("coder", "lead")
    assert someone.client.post(path, headers=AS_A_BROWSER, data={}, follow_redirects=False).status_code == 403


def test_a_form_with_the_mark_of_another_session_is_refused(client_of):
    victim, attacker = client_of("coder"), client_of("coder")
    answer = victim.client.post("/sign-out", headers=AS_A_BROWSER | {"x-csrf-token": attacker.csrf}, follow_redirects=False)
    assert answer.status_code == 403


@pytest.mark.parametrize("origin", [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "https://evil.example"}, {"origin": "null"}])
def test_a_form_from_another_site_is_refused_even_with_the_mark(client_of, origin):
    someone = client_of("coder")
    assert someone.post("/sign-out", headers=origin).status_code == 403


def test_nobody_is_signed_in_by_a_form_of_another_site(tool, browser):
    enrolled(tool.store)
    answer = browser.post("/sign-in", data={"name": "ann", "password": PASSWORD}, headers=AS_A_BROWSER)
    assert answer.status_code == 403


def test_a_name_that_an_attacker_makes_point_here_is_not_served(client_of):
    assert client_of("coder").get("/account", headers={"host": "evil.example"}).status_code == 421


# Stored scripts


@pytest.mark.parametrize("words", [SCRIPT, BREAKOUT])
def test_a_script_in_a_note_is_shown_as_words(tool, client_of, words):
    [key] = fill(tool.store, [f"NMR 15 min: SLS on foam {words} with cues."], payer=words, therapist=words)
    someone = client_of("coder")
    with tool.store.write() as tx:
        visits.get(tx, key).blind = False
    pages = [someone.get(f"/visits/{key}"), someone.get("/queue")]
    assert [page.status_code for page in pages] == [200, 200]
    assert all(words not in page.text for page in pages)
    assert "alert(1)" in pages[0].text


@pytest.mark.parametrize("words", [SCRIPT, BREAKOUT])
def test_a_script_in_a_reason_or_a_name_is_shown_as_words(tool, client_of, filled, words):
    someone = client_of("coder", "admin", "auditor", name=f"x {words}"[:80])
    with tool.store.write() as tx:
        decisions.decide(tx, someone.user, Ruling(filled[0], 0, "flagged", reason=words))
    for path in (f"/visits/{filled[0]}", "/queue", "/people", "/log", "/account"):
        page = someone.get(path)
        assert page.status_code == 200
        assert words not in page.text


def test_no_page_lets_a_browser_run_what_stands_in_it(app, client_of, filled):
    someone, routed = client_of(*ROLES), {path for path, _ in routes_of(app)}
    for path in (f"/visits/{filled[0]}", "/account", *(path for path, _, _ in PAGES if path in routed)):
        page = someone.get(path)
        assert page.status_code == 200, path
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>\s*[^<\s]|\son\w+=|\sstyle=|javascript:", page.text), path
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["x-content-type-options"] == "nosniff"


# Reaching what is another's


@pytest.mark.parametrize("role", ROLES)
def test_a_role_reaches_its_own_pages_and_no_others(app, client_of, role):
    someone, routed = client_of(role), {path for path, _ in routes_of(app)}
    pages = {path: 200 if permission in allowed([role]) else 403 for path, _, permission in PAGES if path in routed}
    assert {path: someone.get(path).status_code for path in pages} == pages


def test_every_route_asks_who_is_there(app, browser, filled):
    open_to_all = {"/sign-in", "/set-up/{token}", "/openid/start", "/openid/return", "/api/v1/openapi.json"}
    for path, methods in routes_of(app):
        if path in open_to_all:
            continue
        for method in methods - {"HEAD"}:
            answer = browser.request(method, re.sub(r"\{[^}]*\}", "1", path), headers={"accept": "application/json"}, json={}, follow_redirects=False)
            assert answer.status_code in {401, 403, 422}, f"{method} {path}: {answer.status_code}"
            assert answer.status_code != 422 or "loc" in answer.text


def routes_of(app):
    """List every route with its methods, those of routers in routers too."""
    found = [(each.path, set(each.methods)) for route in app.routes for each in getattr(route, "effective_route_contexts", list)()]
    assert len(found) > 20
    return found


def test_an_auditor_decides_nothing(client_of, filled, tool):
    auditor = client_of("auditor")
    answer = auditor.post(f"/visits/{filled[0]}/decide", json={"ops": [], "version": 0, "verdict": "accepted"})
    assert answer.status_code == 403
    with tool.store.read() as tx:
        assert visits.get(tx, filled[0]).state == "open"


def test_an_admin_reads_no_note(client_of, filled):
    page = client_of("admin").get(f"/visits/{filled[0]}")
    assert page.status_code == 403
    assert "foam" not in page.text


def test_nobody_ends_the_session_of_another(client_of, tool):
    victim, attacker = client_of("coder"), client_of("coder")
    key = sessions.digest_of(victim.client.cookies[tool.cookie])[:16]
    assert attacker.post("/account/sessions/end", data={"key": key}).status_code == 404
    assert victim.get("/account").status_code == 200


def test_nobody_undoes_the_decision_of_another(client_of, filled, tool):
    ann, bea = client_of("coder"), client_of("coder")
    with tool.store.write() as tx:
        decisions.decide(tx, ann.user, Ruling(filled[0], 0, "accepted"))
    bea.post("/undo", json={})
    with tool.store.read() as tx:
        assert visits.get(tx, filled[0]).state == "decided"


def test_a_visit_is_not_found_by_counting(client_of, filled):
    someone = client_of("coder")
    assert [someone.get(f"/visits/{number}").status_code for number in (0, 1, 2)] == [404, 404, 404]


def test_a_token_may_no_more_than_its_scopes_and_its_person(tool, client_of, browser):
    someone = client_of("auditor")
    with tool.store.write() as tx:
        ends = tx.now + timedelta(days=1)
        row = {"digest": sessions.digest_of("tok"), "user_id": someone.user.id, "label": "x", "created_at": tx.now, "ends_at": ends}
        tx.session.add(Token(scopes="visits.read decide people.manage", **row))
    assert sessions.find_token(tool.store, "tok").permissions == {"visits.read"}


@pytest.mark.parametrize("ended", [{"revoked_at": True}, {"ends_at": True}])
def test_a_token_that_has_ended_opens_nothing(tool, client_of, ended):
    someone = client_of("coder")
    with tool.store.write() as tx:
        row = {"digest": sessions.digest_of("tok"), "user_id": someone.user.id, "label": "x", "scopes": "decide", "created_at": tx.now}
        tx.session.add(Token(**({"ends_at": tx.now + timedelta(days=1)} | row | dict.fromkeys(ended, tx.now - timedelta(seconds=1)))))
    assert sessions.find_token(tool.store, "tok") is None


def test_someone_signed_in_by_half_reaches_nothing(tool, browser):
    user, _ = enrolled(tool.store, roles=tuple({role for roles in permissions().values() for role in roles}))
    with tool.store.write() as tx:
        browser.cookies.set(tool.cookie, sessions.begin(tx, user, "code"))
    for path in ("/work", "/queue", "/people", "/log", "/account"):
        assert browser.get(path, headers={"accept": "application/json"}).status_code == 401
