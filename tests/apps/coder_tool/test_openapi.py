"""The API against its own schema: whatever a program sends, the server answers as it says, and never breaks."""

import warnings

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from nlp_pipeline.apps.coder_tool import policies, tokens, visits
from nlp_pipeline.apps.coder_tool.limits import allowed
from nlp_pipeline.apps.coder_tool.sessions import Person
from nlp_pipeline.apps.coder_tool.tables import Token
from nlp_pipeline.records.policy import policy_from_json
from tests.apps.coder_tool.conftest import fill, new_person

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    schemathesis = pytest.importorskip("schemathesis")

ROW = {
    "id": "step-ups", "title": "Step-ups are exercise here", "since": "2026-01-01", "citation": "meeting", "code": "97110",
    "when": {"activity": ["step-ups"]}, "examples": [{"text": "TherEx: step-ups", "activity": "step-ups", "expect": "97110"},
                                                     {"text": "TherEx: squats", "activity": "squats", "expect": "untouched"}],
}  # fmt: skip
ROLES = ("coder", "lead", "auditor")
EXAMPLES = settings(
    max_examples=8, deadline=None, derandomize=True, database=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck)
)


@pytest.fixture
def api(tool, app):
    """The schema of the API, and the header of a token that may do everything: what is refused must be refused for what was sent."""
    for key in fill(tool.store):
        assert key
    person = Person(new_person(tool.store, "program", *ROLES), allowed(list(ROLES)))
    with tool.store.write() as tx:
        row, words = tokens.make(tx, person, "test", tokens.scopes_of(person), 30)
        tx.session.get_one(Token, row.id).scopes = " ".join(sorted(allowed(list(ROLES))))
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app, headers={"host": "127.0.0.1"})
    return schema.include(path_regex="^/api/v1/"), {"authorization": f"Bearer {words}", "host": "127.0.0.1"}


def keys_of(tool):
    with tool.store.read() as tx:
        return [each.key for each in visits.queue(tx, visits.Filters())]


def drafted(tool):
    """Keep a draft of a house policy; its key."""
    lead = new_person(tool.store, "lead", "lead")
    with tool.store.write() as tx:
        return policies.keep(tx, lead, policy_from_json(ROW)).key


def test_every_answer_is_as_the_schema_says(api, tool):
    schema, headers = api
    keys, asked, draft = keys_of(tool), set(), drafted(tool)
    for found in schema.get_all_operations():
        operation = found.ok()
        asked.add(f"{operation.method.upper()} {operation.path}")
        ask(operation, headers, draft if "/policies/" in operation.path else keys[0])
    assert len(asked) >= 20


def ask(operation, headers, key):
    """Ask one operation many times, about a thing that is there."""

    @EXAMPLES
    @given(case=operation.as_strategy())
    def once(case):
        if "key" in (case.path_parameters or {}):
            case.path_parameters["key"] = key
        case.call_and_validate(headers=headers, checks=(schemathesis.checks.not_a_server_error, schemathesis.checks.response_schema_conformance))

    once()
