"""Lines whose words were not recognised: a number may be a measure, a word of help may be skill; a date and a denial are neither."""

import pytest

from nlp_pipeline.auditing.values import holds_a_value, tells_help


@pytest.mark.parametrize(
    "line",
    [
        "O: Tinetti 17/28.",
        "BP stand 108/66",
        "148/86 pre, 151/88 post",
        "Pain 5/10",
        "61%",
        "Berg forty four",
        "Two of ten noodles clipped",
        "about half reached its mark",
    ],
)
def test_a_number_may_be_a_measure(line):
    assert holds_a_value(line)


@pytest.mark.parametrize(
    "line", ["Patient reports doing about the same.", "as seen on 01/05/2026", "since 11/16", "Eval 3/2.", "2026-03-02", "one more visit", "often"]
)
def test_a_date_is_no_measure(line):
    assert not holds_a_value(line)


@pytest.mark.parametrize(
    "line",
    [
        "Required CGA, recovery of 4/6 LOB",
        "MIN A BOARD PLACEMENT",
        "taught by palpation and mirror",
        "3 redirections",
        "V C sh0ulder d0wn",
        "chin support by OT",
    ],
)
def test_a_word_of_help_may_be_skill(line):
    assert tells_help(line)


@pytest.mark.parametrize("line", ["no cueing needed", "without cues", "Two weeks ago", "Guardian present", "wants to be spotless"])
def test_help_that_is_denied_is_none(line):
    assert not tells_help(line)
