"""From what two reviewers of an audit differ on to a ruling, and from a ruling to a house policy that must keep to it."""

import json

import pytest
from sqlalchemy import select

from nlp_pipeline.apps.coder_tool import adjudications, decisions
from nlp_pipeline.apps.coder_tool.tables import LogEntry
from tests.apps.coder_tool.audits.conftest import judged_over
from tests.apps.coder_tool.conftest import fill

SQUATS, STEPS = "97110", "97530"
FORM = {
    "id": "step-ups",
    "title": "Step-ups for strength are exercise here",
    "since": "2026-01-01",
    "citation": "Audit q1, claim 7",
    "code": SQUATS,
    "activity": "step ups",
    "suggested": STEPS,
    "text_0": "TherEx: step-ups 3x10",
    "activity_0": "step-ups",
    "expect_0": "spoken",
    "text_1": "TherEx: squats",
    "activity_1": "squats",
    "expect_1": "untouched",
}


@pytest.fixture
def apart(judged):
    """Ann took step-ups for exercise, bea for a functional task."""
    judged.first(SQUATS, SQUATS)
    judged.second(SQUATS, STEPS)
    return judged


@pytest.fixture
def ruled(apart):
    apart.ruled(SQUATS, SQUATS)
    return apart


def kept(judged, **changes):
    """Keep a draft that was made of the ruling about step-ups; the key of its row."""
    answer = judged.bea.post("/policies", data=FORM | {"ruling": f"{judged.key}:1"} | changes)
    assert answer.status_code == 303, answer.text
    return judged.bea.get("/api/v1/policies").json()[0]["key"]


def told(judged):
    with judged.tool.store.read() as tx:
        return adjudications.told_of(tx, "m")


def test_what_two_reviewers_differ_on_stands_on_the_page_with_both_answers(apart):
    page = apart.bea.get("/audits").text
    assert "Two reviewers differ on 1; 0 of these are ruled" in page
    assert "Claim 7" in page
    assert "MRN-7" not in page
    assert "Draft a policy" not in page
    assert f"/audits#v{apart.key}" in apart.bea.get(f"/visits/{apart.key}").text


def test_what_two_reviewers_agree_on_is_no_disagreement(judged):
    judged.first(SQUATS, STEPS)
    judged.second(SQUATS, STEPS)
    page = judged.bea.get("/audits").text
    assert "Two reviewers differ on 0" in page
    assert "claims with the same codes" in page
    assert "Two reviewers differ." not in judged.bea.get(f"/visits/{judged.key}").text


def test_the_page_is_for_leads_and_auditors_and_only_a_lead_drafts(ruled):
    assert ruled.somebody("coder").get("/audits").status_code == 403
    auditor = ruled.somebody("auditor")
    assert "ruled by bea" in auditor.get("/audits").text
    assert "Draft a policy" not in auditor.get("/audits").text
    assert auditor.post("/policies/ruled", data={"ruling": f"{ruled.key}:1"}).status_code == 403


def test_a_ruling_becomes_a_draft_that_cites_it(ruled):
    assert f'name="ruling" value="{ruled.key}:1"' in ruled.bea.get("/audits").text
    form = ruled.bea.post("/policies/ruled", data={"ruling": f"{ruled.key}:1"}).text
    assert 'name="code" type="text" value="97110"' in form
    assert "Audit q1, claim 7 of its frame, ruled by bea on" in form
    assert "MRN-7" not in form


def test_what_is_not_ruled_cannot_become_a_policy(apart):
    assert apart.bea.post("/policies/ruled", data={"ruling": f"{apart.key}:1"}).status_code == 422
    assert apart.bea.post("/policies", data=FORM | {"ruling": f"{apart.key}:1"}).status_code == 422


def test_a_policy_that_gives_what_was_ruled_is_taken_into_force_and_named_with_its_ruling(ruled):
    key = kept(ruled)
    assert ruled.bea.post(f"/policies/{key}/enforce").status_code == 303
    page = ruled.bea.get("/policies").text
    assert "claim 7 of the audit q1" in page
    assert "It gives that for the audited visit." in page
    assert f"#p{key}" in ruled.bea.get("/audits").text
    [one] = told(ruled)
    assert (one.unit, one.ruled, one.policy, one.state, one.adjudicator) == ("MRN-7", SQUATS, "step-ups", "in force", "bea")
    assert fill(ruled.tool.store, ["TherEx 23 min: squats and step-ups."])


@pytest.mark.parametrize("against", [{"code": "97112"}, {"without": "squats"}, {"suggested": "97112"}])
def test_a_policy_that_does_not_give_what_was_ruled_is_not_taken_into_force(ruled, against):
    answer = ruled.bea.post(f"/policies/{kept(ruled, **against)}/enforce")
    assert answer.status_code == 422
    assert "97110 was ruled, and it does not give that" in answer.text
    assert "For the audited visit it does not give that." in ruled.bea.get("/policies").text


def test_a_flag_need_only_speak_of_what_was_ruled(ruled):
    key = kept(ruled, code="", flag="ask what the step-ups are for")
    assert ruled.bea.post(f"/policies/{key}/enforce").status_code == 303


def test_what_was_ruled_not_done_is_drafted_as_a_flag(apart):
    apart.rule(apart.bea, [{"op": "code", "line": 0, "code": SQUATS}, {"op": "undone", "line": 1}])
    form = apart.bea.post("/policies/ruled", data={"ruling": f"{apart.key}:1"}).text
    assert "not performed" in form
    assert 'name="code" type="text" value=""' in form
    key = kept(apart)
    assert "not performed was ruled" in apart.bea.post(f"/policies/{key}/enforce").text


def test_a_new_version_is_bound_by_the_same_ruling(ruled):
    kept(ruled, decided_by="coding lead")
    page = ruled.bea.get(f"/policies/{ruled.bea.get('/api/v1/policies').json()[0]['key']}/anew").text
    assert "Step-ups for strength are exercise here" in page
    assert all(each in page for each in ("TherEx: step-ups 3x10", "Audit q1, claim 7", "coding lead"))
    key = kept(ruled, code="97112", ruling="")
    assert "97110 was ruled" in ruled.bea.post(f"/policies/{key}/enforce").text


def test_a_ruling_that_was_undone_bears_no_policy(ruled):
    key = kept(ruled)
    with ruled.tool.store.write() as tx:
        decisions.undo(tx, ruled.bea.user)
    assert "was undone" in ruled.bea.post(f"/policies/{key}/enforce").text
    assert told(ruled) == []
    assert kept(ruled, ruling="")
    assert "was undone" not in ruled.bea.post(f"/policies/{ruled.bea.get('/api/v1/policies').json()[0]['key']}/enforce").text


def test_a_form_that_lacks_something_keeps_its_ruling(ruled):
    answer = ruled.bea.post("/policies", data=FORM | {"ruling": f"{ruled.key}:1", "title": ""})
    assert answer.status_code == 422
    assert f'name="ruling" value="{ruled.key}:1"' in answer.text


@pytest.mark.parametrize("mark", ["", "nowhere:1", "nowhere", "{key}:99", "{key}:-1", "{key}:x", "{key}"])
def test_a_ruling_that_is_not_there_is_told(ruled, mark):
    assert ruled.bea.post("/policies/ruled", data={"ruling": mark.format(key=ruled.key)}).status_code == 422


def test_the_log_tells_what_a_policy_was_made_of(ruled):
    kept(ruled)
    with ruled.tool.store.read() as tx:
        [line] = [json.loads(row.details) for row in tx.session.scalars(select(LogEntry).where(LogEntry.action == "policy.ruled"))]
    assert (line["name"], line["visit"], line["activity"]) == ("step-ups", ruled.key, 1)


def test_a_ruling_becomes_policy_on_either_database(make_tool, either_url):
    judged = judged_over(make_tool(either_url))
    judged.first(SQUATS, SQUATS)
    judged.second(SQUATS, STEPS)
    judged.ruled(SQUATS, SQUATS)
    judged.bea.post(f"/policies/{kept(judged)}/enforce")
    assert [each.state for each in told(judged)] == ["in force"]
    assert "1 became house policy" in judged.bea.get("/audits").text
