"""The API for programs: scopes, the queue, decisions, tokens; and nothing of a blind visit before it is decided."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from nlp_pipeline.apps.coder_tool import blind, tokens, visits
from nlp_pipeline.apps.coder_tool.audit_log import verify
from nlp_pipeline.apps.coder_tool.limits import allowed
from nlp_pipeline.apps.coder_tool.sessions import Person
from nlp_pipeline.errors import ServeRefused
from tests.apps.coder_tool.conftest import new_person

NOTE = {"id": "n-1", "text": "NMR 15 min: SLS on foam for impaired balance.", "date_of_service": "2026-03-02"}
ANY = ("visits.read", "visits.add", "decide", "policy.read", "agreement.read", "export")


@pytest.fixture
def program(tool, app):
    """Give a program with a token of some scopes, of a person who may all that a token can."""

    def make(*scopes, roles=("coder", "lead", "auditor"), days=30):
        user = new_person(tool.store, f"p{len(scopes)}-{'-'.join(scopes)}"[:60], *roles)
        person = Person(user, allowed(list(roles)))
        with tool.store.write() as tx:
            _, words = tokens.make(tx, person, "test", scopes, days)
        return TestClient(app, base_url=tool.settings.address, headers={"authorization": f"Bearer {words}"})

    return make


def all_blind(tool):
    with tool.store.write() as tx:
        blind.choose(tx, None, 1.0, 1.0)


def test_notes_are_coded_and_not_kept(tool, program):
    answer = program("visits.add").post("/api/v1/notes:code", json={"notes": [NOTE, {**NOTE, "id": "n-2"}]})
    assert [each["id"] for each in answer.json()["notes"]] == ["n-1", "n-2"]
    assert answer.json()["notes"][0]["interventions"][0]["code"] == "97112"
    assert answer.json()["notes"][0]["interventions"][0]["house_policy"] is None
    with tool.store.read() as tx:
        assert visits.states(tx) == {}


def test_without_a_token_nothing_is_answered(app, tool):
    assert TestClient(app, base_url=tool.settings.address).post("/api/v1/notes:code", json={"notes": [NOTE]}).status_code == 401


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [
        ("visits.read", "POST", "/api/v1/notes:code"),
        ("visits.add", "GET", "/api/v1/queue"),
        ("visits.read", "GET", "/api/v1/decisions"),
        ("visits.read", "GET", "/api/v1/agreement"),
        ("decide", "GET", "/api/v1/policies"),
        ("policy.read", "POST", "/api/v1/policies"),
        ("export", "GET", "/api/v1/tokens"),
        ("export", "POST", "/api/v1/decisions:undo"),
    ],
)
def test_a_token_does_only_what_its_scopes_say(program, scope, method, path):
    assert program(scope).request(method, path, json={}).status_code == 403


@pytest.mark.parametrize("scope", ["tokens.own", "policy.write", "people.manage", "settings.write", "account.own", "log.read"])
def test_what_a_person_must_do_in_person_is_no_scope(tool, scope):
    person = Person(new_person(tool.store, "ann", "lead"), allowed(["lead"]))
    with tool.store.write() as tx, pytest.raises(ServeRefused, match="scopes"):
        tokens.make(tx, person, "test", [scope], 30)


def test_a_token_ends_with_its_days(program, clock):
    client = program("visits.read", days=1)
    assert client.get("/api/v1/queue").status_code == 200
    clock.ahead = timedelta(days=1, minutes=1)
    assert client.get("/api/v1/queue").status_code == 401


def test_a_person_makes_a_token_sees_it_once_and_ends_it(client_of, app, tool):
    ann = client_of("coder")
    made = ann.post("/api/v1/tokens", json={"label": "export", "scopes": ["visits.read"]}).json()
    client = TestClient(app, base_url=tool.settings.address, headers={"authorization": f"Bearer {made['token']}"})
    assert client.get("/api/v1/queue").status_code == 200
    assert "token" not in ann.get("/api/v1/tokens").json()[0]
    assert ann.client.delete(f"/api/v1/tokens/{made['key']}", headers={"x-csrf-token": ann.csrf}).status_code == 204
    assert client.get("/api/v1/queue").status_code == 401


def test_nobody_ends_the_token_of_another(client_of):
    key = client_of("coder").post("/api/v1/tokens", json={"label": "a", "scopes": ["visits.read"]}).json()["key"]
    other = client_of("lead")
    assert other.client.delete(f"/api/v1/tokens/{key}", headers={"x-csrf-token": other.csrf}).status_code == 404


def test_the_queue_is_paged(program, filled):
    told = program("visits.read").get("/api/v1/queue", params={"limit": 3, "offset": 2}).json()
    assert (told["total"], len(told["visits"])) == (4, 2)
    assert told["visits"][0].keys() >= {"key", "codes", "confidence", "version"}


def test_a_visit_is_opened_decided_and_exported(program, filled):
    client = program(*ANY)
    seen = client.get(f"/api/v1/visits/{filled[1]}").json()
    assert [each["code"] for each in seen["coded"]["interventions"]] == ["97110", "97530"]
    ops = [{"op": "code", "line": 1, "code": "97112"}]
    made = client.post(f"/api/v1/visits/{filled[1]}/decisions", json={"version": seen["version"], "verdict": "accepted", "ops": ops})
    assert (made.status_code, made.json()["verdict"]) == (201, "changed")
    [kept] = client.get("/api/v1/decisions").json()["decisions"]
    assert [each["code"] for each in kept["answer"]["interventions"]] == ["97110", "97112"]
    assert "text" not in kept["answer"]["interventions"][0]


def test_who_decides_about_an_older_version_is_told_by_whom_it_was_decided(program, filled):
    client, body = program("visits.read", "decide"), {"version": 0, "verdict": "accepted"}
    assert client.post(f"/api/v1/visits/{filled[0]}/decisions", json=body).status_code == 201
    answer = client.post(f"/api/v1/visits/{filled[0]}/decisions", json=body)
    assert answer.status_code == 409
    assert answer.json().keys() >= {"who", "when"}


def test_an_undone_decision_is_listed_no_more(program, filled):
    client = program(*ANY)
    client.post(f"/api/v1/visits/{filled[0]}/decisions", json={"version": 0, "verdict": "accepted"})
    assert client.post("/api/v1/decisions:undo").json() == {"visit": filled[0]}
    assert client.get("/api/v1/decisions").json() == {"decisions": [], "next": None}
    assert client.post("/api/v1/decisions:undo").json() == {"visit": None}


def test_decisions_are_paged_without_loss(program, filled):
    client, found, after = program(*ANY), [], 0
    for key in filled:
        client.post(f"/api/v1/visits/{key}/decisions", json={"version": 0, "verdict": "accepted"})
    while after is not None:
        page = client.get("/api/v1/decisions", params={"after": after, "limit": 3}).json()
        found += [each["visit"] for each in page["decisions"]]
        after = page["next"]
    assert found == filled


def test_a_blind_visit_shows_nothing_of_the_suggestion_until_it_is_decided(tool, program, filled):
    all_blind(tool)
    with tool.store.write() as tx:
        visits.get(tx, filled[0]).blind = None
    client = program(*ANY)
    row = next(each for each in client.get("/api/v1/queue").json()["visits"] if each["key"] == filled[0])
    assert (row["codes"], row["confidence"], row["findings"]) == (None, None, None)
    seen = client.get(f"/api/v1/visits/{filled[0]}").json()
    assert (seen["blind"], seen["coded"]) == (True, None)
    assert seen["activities"][0].keys() == {"start", "end", "text", "status"}


def test_who_decides_without_opening_does_not_get_round_the_blind_slice(tool, program, filled):
    all_blind(tool)
    with tool.store.write() as tx:
        visits.get(tx, filled[0]).blind = None
    answer = program("decide").post(f"/api/v1/visits/{filled[0]}/decisions", json={"version": 0, "verdict": "accepted"})
    assert answer.status_code == 422


def test_a_blind_visit_cannot_be_accepted_without_codes(tool, program, filled):
    all_blind(tool)
    with tool.store.write() as tx:
        visits.get(tx, filled[0]).blind = True
    client = program("visits.read", "decide")
    path = f"/api/v1/visits/{filled[0]}/decisions"
    assert client.post(path, json={"version": 0, "verdict": "accepted"}).status_code == 422
    ops = [{"op": "code", "line": line, "code": "97110"} for line in (0, 1)]
    assert client.post(path, json={"version": 0, "verdict": "accepted", "ops": ops}).status_code == 201


@pytest.mark.parametrize(
    "body",
    [
        {"version": 0, "verdict": "accepted", "ops": [{"op": "code", "line": 0, "code": "99999"}]},
        {"version": 0, "verdict": "accepted", "ops": [{"op": "flag", "reason": "\x00"}]},
        {"version": 0, "verdict": "accepted", "ops": [{"op": "dance"}]},
        {"version": 0, "verdict": "waved through"},
        {"version": 0, "verdict": "accepted", "colour": "red"},
        {"version": -1, "verdict": "accepted"},
    ],
)
def test_a_decision_that_no_visit_can_take_is_refused(program, filled, body):
    assert program("visits.read", "decide").post(f"/api/v1/visits/{filled[0]}/decisions", json=body).status_code == 422


def test_half_a_character_is_refused_and_not_kept(program, filled):
    client = program("visits.read", "decide")
    body = '{"version": 0, "verdict": "flagged", "ops": [{"op": "flag", "reason": "\\ud800"}]}'
    answer = client.post(f"/api/v1/visits/{filled[0]}/decisions", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422


def test_what_programs_do_is_in_the_log_and_the_log_holds(tool, program, filled):
    client = program(*ANY)
    client.get(f"/api/v1/visits/{filled[0]}")
    client.post(f"/api/v1/visits/{filled[0]}/decisions", json={"version": 0, "verdict": "accepted"})
    client.post("/api/v1/notes:code", json={"notes": [NOTE]})
    with tool.store.read() as tx:
        found = verify(tx.session, tool.store.keys, tool.store.head_file, None)
    assert not found.breaches


def test_an_unknown_visit_is_not_found(program):
    client = program("visits.read", "decide")
    assert client.get("/api/v1/visits/0123456789abcdef").status_code == 404
    assert client.post("/api/v1/visits/0123456789abcdef/decisions", json={"version": 0, "verdict": "accepted"}).status_code == 404
    assert client.get("/api/v1/visits/..%2f..%2fetc").status_code in (404, 422)
