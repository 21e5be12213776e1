import threading

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from nlp_pipeline.apps.coder_tool import decisions, visits
from nlp_pipeline.apps.coder_tool.audit_log import verify
from nlp_pipeline.apps.coder_tool.decisions import Ruling
from nlp_pipeline.apps.coder_tool.migrating import pending
from nlp_pipeline.apps.coder_tool.tables import Decision, User, Visit
from nlp_pipeline.errors import DecisionConflict
from tests.apps.coder_tool.conftest import NOTES, fill, new_person


@pytest.fixture
def either(make_store, either_url):
    """A store with four visits and two coders, on each kind of database."""
    store = make_store(either_url)
    keys = fill(store)
    return store, keys, new_person(store, "ann", "coder"), new_person(store, "bea", "coder")


def rule(store, who, key, version=0, verdict="accepted", **more):
    with store.write() as tx:
        return decisions.decide(tx, who, Ruling(key, version, verdict, **more))


def state_of(store, key):
    with store.read() as tx:
        visit = visits.get(tx, key)
        return visit.state, visit.version


def test_a_decision_keeps_the_answer_the_reason_and_what_it_was_about(either):
    store, [key, *_], ann, _ = either
    made = rule(
        store, ann, key, verdict="changed", ops=[{"op": "code", "line": 0, "code": "97110"}], answer={"lines": []}, reason="as she said", milliseconds=900
    )
    with store.read() as tx:
        visit = visits.get(tx, key)
        [kept] = decisions.of(tx, visit)
    assert (kept.ops, kept.answer, kept.reason, kept.model, kept.rules) == (made.ops, made.answer, "as she said", visit.model, visit.rules)
    assert kept.at.tzinfo is not None


def test_two_coders_never_overwrite_each_other(either):
    store, [key, *_], ann, bea = either
    rule(store, ann, key)
    with pytest.raises(DecisionConflict) as conflict:
        rule(store, bea, key)
    assert conflict.value.who == "ann"
    with store.read() as tx:
        assert [each.user_id for each in decisions.of(tx, visits.get(tx, key))] == [ann.id]


def test_of_many_decisions_at_once_one_is_kept(either):
    store, [key, *_], ann, bea = either
    outcomes = []

    def try_it(who):
        try:
            rule(store, who, key)
            outcomes.append("kept")
        except DecisionConflict:
            outcomes.append("conflict")

    threads = [threading.Thread(target=try_it, args=(who,)) for who in (ann, bea) * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["conflict"] * 7 + ["kept"]


def test_a_refused_decision_leaves_no_trace(either):
    store, [key, *_], ann, bea = either
    rule(store, ann, key)
    with store.read() as tx:
        before = verify(tx.session, store.keys, store.head_file)
    with pytest.raises(DecisionConflict):
        rule(store, bea, key)
    with store.read() as tx:
        after = verify(tx.session, store.keys, store.head_file)
    assert (before.lines, before.head) == (after.lines, after.head)
    assert after.breaches == []


def test_undo_goes_back_any_number_of_decisions(either):
    store, keys, ann, _ = either
    for key in keys[:3]:
        rule(store, ann, key)
    gone_back = []
    for _ in range(4):
        with store.write() as tx:
            found = decisions.undo(tx, ann)
            gone_back.append(found[0].key if found else None)
    assert gone_back == [*reversed(keys[:3]), None]
    assert state_of(store, keys[0]) == ("open", 2)


def test_undo_takes_nothing_away(either):
    store, [key, *_], ann, _ = either
    rule(store, ann, key)
    with store.write() as tx:
        decisions.undo(tx, ann)
    rule(store, ann, key, 2, "changed")
    with store.read() as tx:
        rows = decisions.of(tx, visits.get(tx, key))
        standing = [(visit.key, each.verdict) for visit, each in decisions.standing(tx)]
    assert [each.verdict for each in rows] == ["accepted", "undone", "changed"]
    assert standing == [(key, "changed")]


def test_undo_never_touches_what_another_decided_later(either):
    store, [key, *_], ann, bea = either
    rule(store, ann, key, verdict="skipped", reason="later")
    rule(store, bea, key, 1)
    with pytest.raises(DecisionConflict), store.write() as tx:
        decisions.undo(tx, ann)
    assert state_of(store, key) == ("decided", 2)


def test_undo_brings_back_the_state_before(either):
    store, [key, *_], ann, _ = either
    rule(store, ann, key, verdict="skipped", reason="later")
    rule(store, ann, key, 1)
    with store.write() as tx:
        decisions.undo(tx, ann)
    assert state_of(store, key) == ("skipped", 3)


@pytest.mark.parametrize("order", ["UPDATE decisions SET reason = 'other'", "DELETE FROM decisions", "UPDATE log SET who = 'other'", "DELETE FROM log"])
def test_the_database_itself_refuses_to_change_what_was_written(either, order):
    store, [key, *_], ann, _ = either
    rule(store, ann, key)
    with pytest.raises(DBAPIError, match="what was written stays"), store.write() as tx:
        tx.session.execute(text(order))


def test_opening_a_visit_is_written_down(either):
    store, [key, *_], ann, _ = either
    with store.write() as tx:
        opened = visits.open_visit(tx, ann, key)
    with store.read() as tx:
        line = tx.session.execute(text("SELECT who, action, subject FROM log ORDER BY number DESC LIMIT 1")).one()
    assert opened.visit.text == NOTES[0]
    assert tuple(line) == ("ann", "visit.viewed", key)


def test_whoever_only_reads_reserves_nothing(either):
    store, [key, *_], _, _ = either
    with store.write() as tx:
        visits.open_visit(tx, new_auditor(tx), key)
    with store.read() as tx:
        assert visits.get(tx, key).reserved_by is None


def new_auditor(tx):
    auditor = User(name="cid", roles="auditor", created_at=tx.now)
    tx.session.add(auditor)
    tx.session.flush()
    return auditor


def test_a_log_that_grows_while_it_is_verified_is_as_it_was_written(either):
    store, keys, ann, _ = either
    stop, breaches = threading.Event(), []

    def write():
        while not stop.is_set():
            with store.write() as tx:
                visits.open_visit(tx, ann, keys[0])

    writer = threading.Thread(target=write)
    writer.start()
    for _ in range(10):
        with store.snapshot() as tx:
            breaches += verify(tx.session, store.keys, store.head_file).breaches
    stop.set()
    writer.join()
    assert breaches == []


def test_no_words_of_a_note_stand_in_the_log(either):
    store, [key, *_], ann, _ = either
    with store.write() as tx:
        visits.open_visit(tx, ann, key)
    rule(store, ann, key, verdict="flagged", reason="the foam was seen by nobody", answer={"interventions": [{"text": "SLS on foam"}]})
    with store.read() as tx:
        told = " ".join(map(str, tx.session.execute(text("SELECT who, action, subject, details FROM log")).all()))
    assert "foam" not in told


def test_moments_keep_their_zone(either):
    store, [key, *_], ann, _ = either
    rule(store, ann, key)
    with store.read() as tx:
        row = tx.session.scalar(select(Decision))
        visit = tx.session.scalar(select(Visit).where(Visit.key == key))
    assert row.at.utcoffset().total_seconds() == visit.decided_at.utcoffset().total_seconds() == 0


def test_the_migrations_make_the_tables_that_the_code_knows(either_url, make_store):
    assert pending(make_store(either_url).engine) == []


def test_own_figures_count_what_stands(either):
    store, keys, ann, bea = either
    for number, key in enumerate(keys):
        rule(store, ann, key, milliseconds=1000 * number)
    with store.write() as tx:
        decisions.undo(tx, ann)
    with store.read() as tx:
        [today] = decisions.figures(tx, ann)
        assert decisions.figures(tx, bea) == []
    assert (today["decided"], today["accepted"], today["milliseconds"]) == (3, 3, [0, 1000, 2000])
