"""An audit as a queue of the coder tool, from the sample to the estimate: queued, decided, read twice, adjudicated, collected."""

import json

import pytest
from sqlalchemy import select

from nlp_pipeline.apps.audit_collection import CollectOrder, collect
from nlp_pipeline.apps.audit_folder import AuditFolder
from nlp_pipeline.apps.capsule import SealOrder, open_capsule, seal
from nlp_pipeline.apps.coder_tool import audit_places, blind, decisions, visits
from nlp_pipeline.apps.coder_tool.audit_log import verify
from nlp_pipeline.apps.coder_tool.tables import AuditPlace, LogEntry, Visit
from nlp_pipeline.apps.coder_tool.visits import Filters
from nlp_pipeline.apps.sampling import SampleOrder, estimate, sample
from nlp_pipeline.errors import AuditRefused, ServeRefused
from nlp_pipeline.records.sample import Wish
from tests.apps.coder_tool.conftest import new_person

SIZE = 12


def test_the_sample_becomes_a_blind_queue_in_the_order_of_the_draw(audited):
    drawn = [each for each in AuditFolder(audited.folder).read_sample().drawn if each.role == "sample"]
    with audited.store.read() as tx:
        rows = tx.session.execute(select(Visit, AuditPlace).join(AuditPlace, AuditPlace.visit_id == Visit.id).order_by(Visit.id)).all()
    assert [(visit.note_id, place.number, place.place, place.second_review) for visit, place in rows] == [
        (each.id, each.number, each.place, each.second_review) for each in drawn
    ]
    assert all(visit.blind and visit.state == "open" for visit, _ in rows)


def test_an_assisted_pass_shows_what_is_suggested(make_audited):
    audited = make_audited("assisted")
    audited.decide_all()
    rows = audited.collect()
    assert {row["pass"] for row in rows if row["supported"]} == {"assisted"}


def test_who_decides_as_the_engine_does_comes_to_the_engines_amounts(make_audited):
    audited = make_audited("assisted")
    audited.decide_all()
    engine = {row["id"]: row for row in AuditFolder(audited.folder).findings_of(row["id"] for row in audited.collect())}
    told = [(row["supported"], engine[row["id"]]) for row in audited.collect() if row["role"] == "sample" and engine[row["id"]]["supported_amount"] is not None]
    assert sum(supported == row["supported_amount"] for supported, row in told) >= 0.75 * len(told)


def test_a_queue_that_was_put_there_before_is_not_put_there_again(audited, capsys):
    audited.queue()
    assert f"0 notes of the sample are in the coder tool's queue, {SIZE} were there already" in capsys.readouterr().out
    assert len(audited.keys()) == SIZE


def test_a_unit_that_was_replaced_brings_its_spare_into_the_queue(audited):
    rows = audited.collect()
    rows[0]["standing"] = "replaced"
    audited.write(rows)
    audited.queue()
    assert len(audited.keys()) == SIZE + 1


def test_what_was_decided_comes_back_with_who_when_and_how(audited):
    [key, *_] = audited.keys()
    audited.decide(key)
    rows = [row for row in audited.collect() if row["supported"]]
    with audited.store.read() as tx:
        visit = visits.get(tx, key)
        [row] = rows
        assert (row["id"], row["reviewer"], row["pass"]) == (visit.note_id, "ann", "blind")
        assert row["decided_at"].startswith(visit.decided_at.isoformat(timespec="seconds")[:19])
    assert " x " in row["decided"]


def test_other_codes_come_to_another_amount(audited):
    [key, *_] = audited.keys()
    audited.decide(key, code="none")
    [row] = [row for row in audited.collect() if row["supported"]]
    assert (row["supported"], row["decided"]) == ("0.00", "")


def test_a_flagged_visit_is_not_judged(audited, capsys):
    [key, *_] = audited.keys()
    with audited.store.write() as tx:
        visit = visits.open_visit(tx, audited.ann, key).visit
        decisions.decide(tx, audited.ann, decisions.Ruling(key, visit.version, "flagged", reason="which side?"))
    assert not any(row["supported"] for row in audited.collect())
    assert "1 flagged" in capsys.readouterr().out


def test_the_second_reviewers_share_is_the_samples_own(audited):
    audited.decide_all()
    with audited.store.read() as tx:
        waiting = blind.second_for(tx, audited.bea)
        assert waiting.key in audited.keys(twice=True)
    with audited.store.write() as tx, pytest.raises(ServeRefused, match="no second reading"):
        blind.keep_second(tx, audited.bea, visits.get(tx, audited.keys(twice=False)[0]), {})


def test_two_reviewers_are_told_with_kappa_and_its_interval(audited, capsys):
    audited.decide_all()
    [disputed, *_] = audited.earning()
    for key in audited.keys(twice=True):
        audited.read_again(key, "none" if key == disputed else None)
    audited.collect()
    estimate(audited.folder, None)
    told = capsys.readouterr().out
    assert "Two reviewers judged 6 units and differ on 1:" in told
    assert "bea $0.00 (activity 1 none" in told
    assert "not adjudicated yet" in told
    assert "code by activity       equal on" in told
    assert "two reviewers          agreed on" in told
    assert "kappa" in told


def test_what_two_reviewers_differed_on_is_adjudicated_by_the_decision_that_follows(audited, capsys):
    audited.decide_all()
    [key, *_] = audited.earning()
    audited.read_again(key, "none")
    audited.decide(key, audited.bea, "none")
    [row] = [row for row in audited.collect() if row["adjudicated"]]
    assert (row["reviewer"], row["adjudicator"], row["adjudicated"]) == ("ann", "bea", "0.00")
    assert row["supported"] != "0.00"
    estimate(audited.folder, None)
    assert "adjudicated by bea: $0.00" in capsys.readouterr().out
    [unit] = [each for each in AuditFolder(audited.folder).read_decisions(None) if each.adjudicator]
    assert unit.final == unit.adjudicated


def test_a_therapists_answer_stays_when_decisions_are_collected_again_and_is_sealed(audited, tmp_path):
    audited.decide_all()
    rows = audited.collect()
    rows[0] |= {"therapist_agrees": "no", "rebuttal": "open", "rebuttal_words": "The home visit was counted twice."}
    audited.write(rows)
    again = audited.collect()
    assert (again[0]["therapist_agrees"], again[0]["rebuttal"], again[0]["rebuttal_words"]) == ("no", "open", "The home visit was counted twice.")
    estimate(audited.folder, None)
    seal(SealOrder(audited.folder, tmp_path / "q.capsule"))
    assert b"The home visit was counted twice." in open_capsule(tmp_path / "q.capsule").parts["decisions.csv"]


def test_both_ways_are_in_the_log_and_the_log_is_whole(audited):
    audited.collect()
    with audited.store.read() as tx:
        told = {row.action: json.loads(row.details) for row in tx.session.scalars(select(LogEntry).where(LogEntry.action.startswith("audit.")))}
        assert told["audit.queued"]["added"] == SIZE
        assert told["audit.collected"] == {"audit": told["audit.queued"]["audit"], "decided": 0, "read_twice": 0, "policies": 0}
        assert verify(tx.session, audited.store.keys, audited.store.head_file).breaches == []


def test_an_audit_is_open_to_those_who_may_see_it_and_stands_in_no_other_queue(audited):
    cy = new_person(audited.store, "cy", "coder")
    [key, *_] = audited.keys()
    with audited.store.write() as tx:
        [(batch, _)] = audit_places.queues(tx)
        assert visits.next_visit(tx, audited.ann, Filters()) is None
        assert visits.next_visit(tx, audited.ann, Filters(batch=batch)).key == key
        assert visits.next_visit(tx, cy, Filters(batch=batch)) is None
        assert visits.open_visit(tx, cy, key) is None
        assert blind.second_for(tx, cy) is None
        with pytest.raises(ServeRefused, match="no such visit"):
            decisions.decide(tx, cy, decisions.Ruling(key, 0, "accepted"))


def test_what_an_audit_decided_is_not_exported_to_be_billed(audited):
    audited.decide_all()
    with audited.store.read() as tx:
        assert list(decisions.standing(tx)) == []
        assert len(list(decisions.standing(tx, audits=True))) == SIZE


def test_collecting_makes_no_database(audited, tmp_path):
    with pytest.raises(ServeRefused, match="no database"):
        collect(CollectOrder(audited.folder, f"sqlite:///{tmp_path / 'other.db'}", audited.data))
    assert not (tmp_path / "other.db").exists()


def test_an_audit_that_is_not_in_the_database_is_told(audited, tmp_path):
    sample(SampleOrder(audited.folder, Wish("another", SIZE), overwrite=True))
    with pytest.raises(AuditRefused, match="holds no queue of this audit"):
        collect(CollectOrder(audited.folder, audited.url, audited.data))
