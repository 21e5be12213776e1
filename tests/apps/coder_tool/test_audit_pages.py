"""The pages that an audit's visits are seen on, and those that they are not seen on."""

import pytest

from nlp_pipeline.apps.coder_tool import visits
from nlp_pipeline.apps.coder_tool.tables import Audit, AuditPlace

WORDS = "step-ups"


@pytest.fixture
def drawn(tool, filled):
    """The key of a visit that was drawn for an audit, and the key of its queue; the other visits were not."""
    with tool.store.write() as tx:
        visit = visits.get(tx, filled[1])
        batch = visits.add_batch(tx, "audit q1", None)
        audit = Audit(mark="m", name="q1", batch_id=batch.id, review="assisted", second_share=0.0, seed="7", made_at=tx.now)
        tx.session.add(audit)
        tx.session.flush()
        visit.batch_id = batch.id
        tx.session.add(AuditPlace(visit_id=visit.id, audit_id=audit.id, unit=visit.note_id, stratum="all", place=1, number=7, second_review=False))
    return visit.key, batch.key


def test_an_auditor_chooses_an_audit_on_the_queue_and_sees_its_visits(client_of, drawn):
    key, batch = drawn
    auditor = client_of("auditor")
    assert "q1, assisted, 1 drawn" in auditor.get("/queue").text
    assert f"/visits/{key}" in auditor.post("/queue/rows", data={"batch": batch}).text
    assert auditor.get(f"/visits/{key}").status_code == 200


def test_a_coder_comes_to_an_audits_visit_on_no_way(client_of, drawn):
    key, batch = drawn
    coder = client_of("coder")
    decision = {"version": 0, "verdict": "accepted"}
    asked = (
        coder.get(f"/visits/{key}"),
        coder.post(f"/visits/{key}/sheet", json={}),
        coder.post(f"/visits/{key}/query", json={}),
        coder.post(f"/visits/{key}/decide", json=decision),
        coder.get(f"/api/v1/visits/{key}"),
        coder.post(f"/api/v1/visits/{key}/decisions", json=decision),
    )
    assert [each.status_code for each in asked[:-1]] == [404] * 5
    assert asked[-1].status_code in (404, 422)
    assert WORDS not in "".join(each.text for each in asked)
    assert f"/visits/{key}" not in coder.post("/queue/rows", data={"batch": batch}).text
    assert "q1" not in coder.get("/queue").text


def test_an_audits_visit_is_in_no_queue_but_its_own(client_of, drawn):
    key, _ = drawn
    lead = client_of("lead")
    assert f"/visits/{key}" not in lead.post("/queue/rows", data={}).text
    assert key not in [each["key"] for each in lead.post("/search", json={"words": "TherEx"}).json()]
    assert key not in [each["key"] for each in lead.get("/api/v1/queue").json()["visits"]]
