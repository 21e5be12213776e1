"""What else an attacker would try: paths, queries, guesses, floods, and words of a note where they do not belong."""

import io
import re
from dataclasses import replace

import pytest
from sqlalchemy import select

from nlp_pipeline.apps.coder_tool import accounts, sessions, visits
from nlp_pipeline.apps.coder_tool.limits import Limits
from nlp_pipeline.apps.coder_tool.tables import LogEntry, Visit
from tests.apps.coder_tool.conftest import AS_A_BROWSER, browser_of
from tests.apps.coder_tool.test_accounts import PASSWORD, code_at, enrolled, send
from tests.apps.coder_tool.test_attacks import routes_of

SCRIPT = "<script>alert(1)</script>"
BREAKOUT = "\"'><img src=x onerror=alert(1)>"
# Paths and queries that lead elsewhere


@pytest.mark.parametrize(
    "path", ["/static/../tables.py", "/static/%2e%2e/tables.py", "/static/..%2ftables.py", "/static//etc/passwd", "/static/%2e%2e/%2e%2e/cli.py"]
)
def test_no_file_but_the_pages_own_is_served(browser, path):
    answer = browser.get(path, headers=AS_A_BROWSER)
    assert answer.status_code == 404
    assert "import" not in answer.text


@pytest.mark.parametrize("name", ["../../../tmp/owned.txt", "..\\..\\owned.txt", "/etc/cron.d/owned", "....//owned", ".\x00.txt", ""])
def test_an_upload_lands_nowhere_but_in_its_own_folder(tool, client_of, name, tmp_path):
    someone = client_of("coder")
    before = {path for path in tmp_path.rglob("*") if not path.name.startswith("coder_tool.")}
    answer = someone.post("/add/upload", files={"file": (name or "x", io.BytesIO(b"TherEx 15 min: squats."), "text/plain")})
    assert answer.status_code < 500
    assert {path for path in tmp_path.rglob("*") if not path.name.startswith("coder_tool.")} == before
    for thread in tool.coding._threads:
        thread.join()


@pytest.mark.parametrize("words", ["' OR 1=1 --", "'; DROP TABLE visits; --", "%", "_", "\\", "\x00"])
def test_a_search_is_words_and_never_an_order_to_the_database(tool, filled, words):
    with tool.store.read() as tx:
        found = [visits.count(tx, visits.Filters(**{name: words})) for name in ("words", "therapist", "payer", "code", "finding", "state", "batch")]
    assert found == [0] * 7
    with tool.store.read() as tx:
        assert len(tx.session.scalars(select(Visit)).all()) == 4


def test_a_name_is_no_order_to_the_database(tool, browser):
    enrolled(tool.store)
    answer = send(browser, "/sign-in", name="' OR '1'='1", password="' OR '1'='1")
    assert answer.status_code == 401


# Guessing


def test_guessing_a_password_is_soon_refused(tool, browser):
    enrolled(tool.store)
    for _ in range(Limits.load().free_failures):
        send(browser, "/sign-in", name="ann", password="wrong")
    assert send(browser, "/sign-in", name="ann", password=PASSWORD).status_code == 401


def test_guessing_fast_is_refused_for_a_name_that_does_not_exist_too(tool, browser, monkeypatch):
    monkeypatch.setattr(accounts, "check_password", lambda *_: None)
    tries = int(Limits.load().sign_in_rate.partition("/")[0])
    answers = [send(browser, "/sign-in", name="nobody", password="wrong").status_code for _ in range(tries + 1)]
    assert answers == [401] * tries + [429]


def test_guessing_a_code_is_soon_refused(tool, browser):
    _, secret = enrolled(tool.store)
    send(browser, "/sign-in", name="ann", password=PASSWORD)
    for _ in range(Limits.load().free_failures):
        send(browser, "/sign-in/code", code="000000")
    assert send(browser, "/sign-in/code", code=code_at(tool.store, secret)).status_code == 401


def test_a_code_is_taken_once(tool, app, browser):
    _, secret = enrolled(tool.store)
    code = code_at(tool.store, secret)
    answers = []
    for each in (browser, browser_of(app, tool)):
        send(each, "/sign-in", name="ann", password=PASSWORD)
        answers.append(send(each, "/sign-in/code", code=code).status_code)
    assert answers == [303, 401]


def test_an_older_code_is_not_taken_after_a_newer_one(tool, browser):
    user, secret = enrolled(tool.store)
    assert accounts.check_code(tool.store, user, code_at(tool.store, secret))
    assert not accounts.check_code(tool.store, user, code_at(tool.store, secret, -30))


# Too much


def test_a_body_that_is_too_large_is_not_read(client_of):
    someone = client_of("coder")
    answer = someone.post("/add/paste", data={"text": "x" * (Limits.load().page_bytes + 1)})
    assert answer.status_code == 413


def test_a_body_that_does_not_say_how_large_it_is_is_cut_off(client_of):
    someone, chunk = client_of("coder"), b"x" * 65536
    many = (chunk for _ in range(Limits.load().page_bytes // len(chunk) + 2))
    answer = someone.post("/work/next", content=many, headers={"content-type": "application/json"})
    assert answer.status_code == 413


def test_a_large_upload_is_read_only_from_someone_who_may_add_visits(app, tool, browser, client_of):
    large = {"file": ("x.txt", io.BytesIO(b"squats " * (Limits.load().page_bytes // 7 + 1)), "text/plain")}
    assert browser.post("/add/upload", files=large, headers=AS_A_BROWSER).status_code == 413
    assert client_of("auditor").post("/add/upload", files=large).status_code == 413


def test_many_requests_at_once_are_slowed_down(client_of, monkeypatch):
    someone, few = client_of("coder"), replace(Limits.load(), request_rate="3/minute")
    monkeypatch.setattr(Limits, "load", lambda: few)
    assert [someone.get("/account").status_code for _ in range(4)] == [200, 200, 200, 429]


# Words of a note where they do not belong


def test_an_error_of_ours_tells_its_place_and_no_words_of_a_note(app, tool, client_of, monkeypatch, capsys):
    someone = client_of("coder")

    def broken(*_, **__):
        raise ValueError("SLS on foam for Mr Smith")

    monkeypatch.setattr(sessions, "sessions_of", broken)
    answer = someone.get("/account")
    told = capsys.readouterr()
    assert answer.status_code == 500
    assert "Smith" not in answer.text + told.out + told.err
    assert "ValueError" in told.err


def test_what_was_not_understood_is_not_given_back(client_of):
    someone = client_of("coder")
    answer = someone.post("/work/next", json={"order": "SLS on foam"}, headers={"accept": "application/json"})
    assert answer.status_code == 422
    assert "foam" not in answer.text


def test_no_address_holds_words_of_a_note(app):
    assert {name for path, _ in routes_of(app) for name in re.findall(r"{(\w+)}", path)} <= {"token", "key", "name", "batch", "label", "version", "form"}


def test_every_request_that_reads_a_note_is_in_the_log(tool, client_of, filled):
    someone = client_of("coder")
    someone.get(f"/visits/{filled[0]}")
    with tool.store.read() as tx:
        lines = tx.session.scalars(select(LogEntry).where(LogEntry.subject == filled[0])).all()
    assert [(line.who, line.action) for line in lines][-1] == (someone.user.name, "visit.viewed")
