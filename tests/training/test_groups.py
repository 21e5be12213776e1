"""Figures of groups are the figures of their notes, each counted once for what it is told apart by."""

from dataclasses import replace

import pytest

from training.groups import figures_of, groups_of, layout_of, score_groups


@pytest.fixture
def notes(read):
    one = read("[[97110|performed|SLR]] 2x10\n[[97112|performed|SLS on foam]]\n[[97530|planned|car transfers]]")
    return [
        replace(one, id="a-1", author="a", discipline="PT"),
        replace(one, id="b-1", author="b", discipline="OT"),
        replace(one, id="b-2", author="b", discipline=None),
    ]


def test_a_note_is_counted_once_for_author_discipline_and_layout(notes):
    assert groups_of(notes[2]) == (("author", "b"), ("discipline", "not said"), ("layout", "short lines"))


@pytest.mark.parametrize(
    ("text", "layout"),
    [("a | b\nc | d", "table"), ("SLR 2x10\n\nclams 2x10", "short lines"), ("word " * 40, "prose"), ("word " * 15, "mixed"), ("", "short lines")],
)
def test_a_layout_is_known_by_its_lines(text, layout):
    assert layout_of(text) == layout


def test_the_groups_of_each_kind_hold_all_notes(notes, pipeline):
    told = figures_of([score_groups(notes[:1], pipeline), score_groups(notes[1:], pipeline)])
    assert told["all"]["performed"] == 6
    for kind in ("by_author", "by_discipline", "by_layout"):
        assert sum(each["performed"] for each in told[kind].values()) == 6
    assert [*told["by_discipline"]] == ["OT", "PT", "not said"]


def test_figures_do_not_depend_on_how_notes_are_dealt_out(notes, pipeline):
    assert figures_of([score_groups(notes, pipeline)]) == figures_of([score_groups(notes[:2], pipeline), score_groups(notes[2:], pipeline)])
