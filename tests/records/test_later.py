"""A sequence that is made when it is first looked at."""

import pickle

import pytest

from nlp_pipeline.records.claim import Later


@pytest.fixture
def asked():
    return []


@pytest.fixture
def later(asked):
    def make():
        asked.append(1)
        return iter("abc")

    return Later(make)


def test_nothing_is_made_before_it_is_asked_for(later, asked):
    assert asked == []


def test_it_is_made_once(later, asked):
    assert (list(later), list(later), asked) == (["a", "b", "c"], ["a", "b", "c"], [1])


def test_it_is_equal_to_the_same_parts_and_no_others(later):
    assert later == ("a", "b", "c")
    assert later != ("a", "b")


def test_it_travels_as_its_parts(later):
    assert pickle.loads(pickle.dumps(later)) == ("a", "b", "c")
