import re
import threading
from datetime import timedelta

import pyotp
import pytest
from argon2.low_level import Type

from nlp_pipeline.apps.coder_tool import accounts, sessions
from nlp_pipeline.apps.coder_tool.accounts import Enrolment, second_factor_of
from nlp_pipeline.apps.coder_tool.limits import Limits, allowed, permissions
from nlp_pipeline.apps.coder_tool.server import create_app
from nlp_pipeline.apps.coder_tool.tables import User
from tests.apps.coder_tool.conftest import AS_A_BROWSER, browser_of

HASHER = accounts._HASHER  # before a test puts a quicker one in its place
PASSWORD = "a long walk by the lake"


def enrolled(store, name="ann", roles=("coder",), password=PASSWORD):
    """Make an account as an invitation does; the account, and what makes its codes."""
    with store.write() as tx:
        token = accounts.invite(tx, None, roles)
    secret = second_factor_of(store.keys, token)
    return accounts.enrol(store, Enrolment(token, name, password, password, code_at(store, secret, -30))), secret


def code_at(store, secret, seconds=0):
    return pyotp.TOTP(secret).at(store.clock() + timedelta(seconds=seconds))


def field(page, name):
    return re.search(rf'name="{name}" value="([^"]*)"', page.text)[1]


def send(browser, path, **fields):
    page = browser.get(path, headers=AS_A_BROWSER)
    return browser.post(path, data={"csrf_token": field(page, "csrf_token"), **fields}, headers=AS_A_BROWSER, follow_redirects=False)


def sign_in(browser, store, secret, name="ann", password=PASSWORD):
    assert send(browser, "/sign-in", name=name, password=password).headers["location"] == "/sign-in/code"
    return send(browser, "/sign-in/code", code=code_at(store, secret))


def test_the_set_up_link_makes_the_first_account_and_signs_in(tool, browser):
    with tool.store.write() as tx:
        token = accounts.invite(tx, None, ("coder", "lead", "admin"))
    page = browser.get(f"/set-up/{token}", headers=AS_A_BROWSER)
    secret = re.search(r"Key: <code>(\w+)", page.text)[1]
    fields = {"name": "ann", "password": PASSWORD, "again": PASSWORD, "code": code_at(tool.store, secret)}
    answer = send(browser, f"/set-up/{token}", **fields)
    assert answer.status_code == 303
    assert browser.get("/account", headers=AS_A_BROWSER).text.count("ann") > 0


def test_a_set_up_link_works_once(tool, browser):
    enrolled(tool.store)
    with tool.store.write() as tx:
        token = accounts.invite(tx, None, ("coder",))
    secret = second_factor_of(tool.store.keys, token)
    given = [Enrolment(token, name, PASSWORD, PASSWORD, code_at(tool.store, secret)) for name in ("bea", "cid")]
    assert isinstance(accounts.enrol(tool.store, given[0]), User)
    assert accounts.enrol(tool.store, given[1]) == "This link was used already, or it is too old."
    assert browser.get(f"/set-up/{token}", headers=AS_A_BROWSER).status_code == 404


def test_a_set_up_link_ends_after_a_day(tool, browser, clock):
    with tool.store.write() as tx:
        token = accounts.invite(tx, None, ("coder",))
    clock.ahead += Limits.load().invitation + timedelta(seconds=1)
    assert browser.get(f"/set-up/{token}", headers=AS_A_BROWSER).status_code == 404


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"password": "short", "again": "short"}, "A password has at least"),
        ({"again": "another one entirely"}, "The two passwords are not the same"),
        ({"name": "walk"}, "must not hold the name"),
        ({"name": "<b>x"}, "A name has"),
        ({"code": "000000"}, "The code is not the one"),
        ({"name": "ANN"}, "There is an account of that name already"),
    ],
)
def test_an_account_that_would_be_weak_or_doubled_is_not_made(store, change, said):
    enrolled(store)
    with store.write() as tx:
        token = accounts.invite(tx, None, ("coder",))
    right = {"name": "bea", "password": PASSWORD, "again": PASSWORD, "code": code_at(store, second_factor_of(store.keys, token))}
    assert said in accounts.enrol(store, Enrolment(token, **(right | change)))


def test_a_password_costs_whoever_guesses_it_time_and_memory():
    assert HASHER.type is Type.ID
    assert HASHER.memory_cost >= 64 * 1024
    assert HASHER.time_cost >= 3


def test_what_is_kept_of_a_password_and_a_second_factor_is_not_they(store):
    user, secret = enrolled(store)
    assert user.password_hash.startswith("$argon2id$")
    assert PASSWORD not in user.password_hash
    assert secret not in user.second_factor
    assert store.keys.show(user.second_factor) == secret


def test_signing_in_takes_password_and_code(make_tool, either_url):
    tool = make_tool(either_url)
    browser = browser_of(create_app(tool), tool)
    _, secret = enrolled(tool.store)
    assert sign_in(browser, tool.store, secret).headers["location"] == "/"
    assert browser.get("/account", headers=AS_A_BROWSER, follow_redirects=False).status_code == 200


def test_the_password_alone_opens_nothing(tool, browser):
    enrolled(tool.store)
    send(browser, "/sign-in", name="ann", password=PASSWORD)
    answer = browser.get("/account", headers=AS_A_BROWSER, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in/code")


def test_nobody_learns_whether_a_name_exists(tool, browser):
    enrolled(tool.store)
    pages = [send(browser, "/sign-in", name=name, password="wrong").text for name in ("ann", "nobody")]
    without_mark = [re.sub(r'content="\w{64}"|value="\w{64}"', "", page) for page in pages]
    assert without_mark[0] == without_mark[1]


def test_an_account_waits_longer_after_each_wrong_password(store, clock):
    enrolled(store)
    limits, waits = Limits.load(), []
    for _ in range(limits.free_failures + 3):
        accounts.check_password(store, "ann", "wrong")
        with store.read() as tx:
            user = accounts.named(tx, "ann")
            waits.append(user.locked_until and round((user.locked_until - tx.now).total_seconds()))
            clock.ahead += timedelta(seconds=waits[-1] + 1) if waits[-1] else timedelta()
    first = round(limits.first_wait.total_seconds())
    assert waits == [None] * (limits.free_failures - 1) + [first, 2 * first, 4 * first, 8 * first]


def test_a_session_rests_and_is_opened_again_with_the_password(tool, client_of, clock):
    someone = client_of("coder")
    with tool.store.write() as tx:
        tx.session.get_one(User, someone.user.id).password_hash = accounts._hash(PASSWORD)
    clock.ahead += Limits.load().idle + timedelta(seconds=1)
    answer = someone.get("/account")
    assert (answer.status_code, answer.headers["location"]) == (303, "/locked")
    visitor = {"csrf_token": someone.csrf}
    assert someone.post("/unlock", data=visitor | {"password": "wrong"}).status_code == 401
    assert someone.post("/unlock", data=visitor | {"password": PASSWORD}).headers["location"] == "/"
    with tool.store.read() as tx:
        assert tx.session.get_one(User, someone.user.id).failures == 0
    assert someone.get("/account").status_code == 200


def test_work_keeps_a_session_awake(client_of, clock):
    someone = client_of("coder")
    for _ in range(4):
        clock.ahead += Limits.load().idle * 0.8
        assert someone.get("/account").status_code == 200


def test_asking_how_far_coding_is_keeps_no_session_awake(tool, client_of, clock):
    someone = client_of("coder")
    token = someone.client.cookies[tool.cookie]
    for _ in range(4):
        clock.ahead += Limits.load().idle * 0.3
        stage = sessions.find(tool.store, token, passive=True).stage
    assert stage == "locked"


def test_a_session_ends_after_its_day_however_busy(tool, client_of, clock):
    someone = client_of("coder")
    token = someone.client.cookies[tool.cookie]
    for _ in range(60):
        clock.ahead += Limits.load().idle * 0.9
        found = sessions.find(tool.store, token)
    assert found is None


def test_a_session_that_was_ended_is_over_at_once(client_of, tool):
    someone = client_of("coder")
    with tool.store.write() as tx:
        sessions.revoke(tx, someone.user, someone.user)
    assert someone.get("/account").headers["location"] == "/sign-in"


def test_one_ends_ones_own_sessions_from_the_page(client_of, tool):
    someone = client_of("coder")
    with tool.store.write() as tx:
        other = sessions.begin(tx, someone.user, "open")
    key = sessions.digest_of(other)[:16]
    assert someone.post("/account/sessions/end", data={"key": key}).status_code == 303
    assert sessions.find(tool.store, other) is None
    assert someone.get("/account").status_code == 200


def test_signing_out_ends_the_session_on_the_server(client_of, tool):
    someone = client_of("coder")
    token = someone.client.cookies[tool.cookie]
    someone.post("/sign-out")
    assert sessions.find(tool.store, token) is None


def test_an_account_that_is_closed_is_out_at_once(client_of, tool):
    admin, coder = client_of("admin"), client_of("coder")
    assert admin.post(f"/people/{coder.user.key}/active", data={"active": "false"}).status_code == 303
    assert coder.get("/account").headers["location"] == "/sign-in"


def test_other_roles_hold_at_once(client_of):
    admin, coder = client_of("admin"), client_of("coder")
    admin.post(f"/people/{coder.user.key}/roles", data={"roles": ["auditor"]})
    assert coder.get("/account").headers["location"] == "/sign-in"


def test_an_admin_invites_with_a_link_that_is_shown_once(client_of, tool, browser):
    admin = client_of("admin")
    page = admin.post("/people/invite", data={"roles": ["coder", "lead"]})
    path = re.search(r"/set-up/[\w-]+", page.text)[0]
    assert browser.get(path, headers=AS_A_BROWSER).status_code == 200
    assert path not in admin.get("/people").text


def test_a_new_link_sets_password_and_second_factor_and_ends_the_sessions(tool):
    user, secret = enrolled(tool.store)
    with tool.store.write() as tx:
        old = sessions.begin(tx, user, "open")
        token = accounts.invite(tx, None, ["coder"], user)
    fresh = second_factor_of(tool.store.keys, token)
    again = accounts.enrol(tool.store, Enrolment(token, "ann", "quite another walk", "quite another walk", code_at(tool.store, fresh)))
    assert again.id == user.id
    assert sessions.find(tool.store, old) is None
    assert accounts.check_password(tool.store, "ann", PASSWORD) is None
    assert fresh != secret


def test_the_last_admin_cannot_lock_the_door_behind_herself(client_of):
    admin = client_of("admin")
    assert admin.post(f"/people/{admin.user.key}/roles", data={"roles": ["coder"]}).status_code == 422
    assert admin.post(f"/people/{admin.user.key}/active", data={"active": "false"}).status_code == 422


def test_each_code_is_taken_by_one_of_many_who_send_it_at_once(store):
    user, secret = enrolled(store)
    code, taken = code_at(store, secret), []
    threads = [threading.Thread(target=lambda: taken.append(accounts.check_code(store, user, code))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [False, False, False, True]


def test_every_permission_is_for_some_role_and_an_admin_sees_no_notes():
    assert all(permissions().values())
    assert "visits.read" not in allowed(["admin"])
    assert "decide" not in allowed(["auditor"])
    assert "people.manage" not in allowed(["coder", "lead", "auditor"])
