from dataclasses import replace

import pytest

from nlp_pipeline.apps.coder_tool import visits
from nlp_pipeline.apps.coder_tool.visits import Filters
from nlp_pipeline.records.note import Note
from tests.apps.coder_tool.conftest import DAY, NOTES, fill, new_person


@pytest.fixture
def either(make_store, either_url):
    """A store with four visits and two coders, on each kind of database."""
    store = make_store(either_url)
    keys = fill(store)
    return store, keys, new_person(store, "ann", "coder"), new_person(store, "bea", "coder")


def test_two_coders_are_not_given_the_same_visit(either):
    store, _, ann, bea = either
    with store.write() as tx:
        hers = visits.next_visit(tx, ann, Filters())
    with store.write() as tx:
        others = visits.next_visit(tx, bea, Filters())
    assert hers.key != others.key


def test_a_visit_is_given_to_someone_else_when_its_reservation_is_over(either, clock):
    store, _, ann, bea = either
    with store.write() as tx:
        hers = visits.next_visit(tx, ann, Filters()).key
    clock.ahead += visits.Limits.load().reservation * 2
    with store.write() as tx:
        assert visits.next_visit(tx, bea, Filters()).key == hers


def test_the_hardest_visit_comes_first(either):
    store, _, _ann, _ = either
    with store.read() as tx:
        order = [visit.hardness for visit in visits.queue(tx, Filters())]
    assert order == sorted(order, reverse=True)
    assert order[0] > order[-1]


def test_the_oldest_visit_comes_first_where_that_is_wanted(make_store, either_url):
    store = make_store(either_url)
    days = [DAY.replace(day=day) for day in (9, 3, 27)]
    with store.write() as tx:
        notes = [replace(Note(f"n{day.day}", NOTES[0]), date_of_service=day) for day in days]
        for row in visits.add(tx, visits.add_batch(tx, "test", None), [*notes, Note("none", NOTES[0])]):
            row.state = "open"
    with store.read() as tx:
        assert [visit.note_id for visit in visits.queue(tx, Filters(), "oldest")] == ["n3", "n9", "n27", "none"]


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        (Filters(code="97112"), 2),
        (Filters(code="9711"), 0),
        (Filters(finding="missing-functional-goal"), 4),
        (Filters(words="squats step-ups"), 2),
        (Filters(words="SQUATS"), 3),
        (Filters(words="100%"), 0),
        (Filters(payer="medicare"), 4),
        (Filters(payer="other"), 0),
        (Filters(therapist="T1"), 4),
        (Filters(least_confidence=0.95), 0),
        (Filters(most_confidence=0.95), 4),
    ],
)
def test_a_queue_holds_what_its_filters_say(make_store, database_url, filters, count):
    store = make_store(database_url)
    fill(store, payer="medicare", therapist="T1")
    with store.read() as tx:
        assert visits.count(tx, filters) == count == len(visits.queue(tx, filters))


def test_the_filters_offered_are_those_that_find_something(make_store, either_url):
    store = make_store(either_url)
    fill(store, payer="medicare", therapist="T1")
    with store.read() as tx:
        assert visits.facets(tx) == {
            "therapist": ["T1"],
            "payer": ["medicare"],
            "code": ["97110", "97112", "97530"],
            "finding": ["missing-functional-goal"],
        }


def test_the_earlier_visit_is_the_same_patients(make_store, either_url):
    store = make_store(either_url)
    with store.write() as tx:
        notes = [Note(f"n{number}", "x", DAY.replace(day=number), patient="p1" if number != 4 else "p2") for number in (1, 2, 4, 5)]
        rows = visits.add(tx, visits.add_batch(tx, "test", None), notes)
        found = [visits.earlier_visit(tx, row) for row in rows]
    assert [each and each.note_id for each in found] == [None, "n1", None, "n2"]
