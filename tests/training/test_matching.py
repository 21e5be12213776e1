"""Found spans against marked ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.matching import pair

SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 12)).map(lambda pair: (pair[0], pair[0] + pair[1])), max_size=6)


@pytest.mark.parametrize(
    ("found", "matched"),
    [((0, 10), True), ((2, 6), True), ((5, 15), True), ((6, 16), False), ((0, 100), True), ((10, 20), False), ((8, 12), True), ((9, 13), False)],
)
def test_spans_match_where_they_share_half_of_the_shorter(found, matched):
    assert bool(pair([(0, 10)], [found])) == matched


def test_the_largest_overlap_is_taken_first():
    assert pair([(0, 10)], [(0, 5), (0, 9)]) == [(0, 1)]


def test_one_long_span_matches_one_marked_only():
    assert len(pair([(0, 10), (12, 20)], [(0, 20)])) == 1


@given(SPANS, SPANS)
def test_no_span_is_matched_twice(marked, found):
    pairs = pair(marked, found)
    assert len({one for one, _ in pairs}) == len({other for _, other in pairs}) == len(pairs)


@given(SPANS)
def test_spans_apart_match_themselves(spans):
    apart = [(place * 20, place * 20 + end - start) for place, (start, end) in enumerate(spans)]
    assert sorted(pair(apart, apart)) == [(place, place) for place in range(len(apart))]
