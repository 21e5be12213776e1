"""The pages that an audit's visits are seen on, and those that they are not seen on."""

from decimal import Decimal

import pytest

from nlp_pipeline.apps.coder_tool import audit_places, audits, blind, decisions, visits
from nlp_pipeline.apps.coder_tool.coding_queue import CodingQueue
from nlp_pipeline.apps.coder_tool.tables import Audit, AuditPlace
from nlp_pipeline.apps.coder_tool.visits import Filters
from nlp_pipeline.records.note import Note
from nlp_pipeline.records.sample import Drawn
from tests.apps.coder_tool.conftest import DAY, NOTES, Nearby, new_person

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


def test_an_audit_goes_in_and_comes_out_on_either_database(make_store, either_url):
    store = make_store(either_url)
    ann, bea = new_person(store, "ann", "lead"), new_person(store, "bea", "lead")
    drawn = [(Drawn("all", place, place, f"n{place}", "sample", Decimal(1), "", place == 1), Note(f"n{place}", NOTES[place], DAY)) for place in (1, 2)]
    with store.write() as tx:
        assert audits.put(tx, audits.AuditPlan("m", "q1", "7", "assisted", 0.5), drawn) == 2
    while CodingQueue(store, Nearby())._code_some():
        pass
    with store.write() as tx:
        [(batch, _)] = audit_places.queues(tx)
        visit = visits.next_visit(tx, ann, Filters(batch=batch))
        decisions.decide(tx, ann, decisions.Ruling(visit.key, visit.version, "accepted"))
        again = blind.second_for(tx, bea)
        blind.keep_second(tx, bea, again, {0: "97530"})
    with store.snapshot() as tx:
        one, other = audits.collected(tx, "m")
    assert (one.unit, one.first.reviewer, one.first.blind, one.second.reviewer, one.second.blind) == ("n1", "ann", False, "bea", True)
    assert (other.unit, other.state, other.first) == ("n2", "open", None)
