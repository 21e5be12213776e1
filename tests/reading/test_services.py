"""Service headers, told from characters: which code they state, and how far."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_pipeline.reading.services import block_at, find_blocks

MARK = re.compile(r"\[\[(?P<code>[^|\]]*)\|(?P<words>[^\]]*)\]\]")


def stated(marked: str) -> list[tuple[str, str | None, str | None]]:
    """Take out the marks `[[code|activity]]` and compare each activity's marked code with the one its block states; "-" is none."""
    text, wanted, at = "", [], 0
    for mark in MARK.finditer(marked):
        text += marked[at : mark.start()]
        wanted.append((len(text), mark["words"], None if mark["code"] == "-" else mark["code"]))
        text, at = text + mark["words"], mark.end()
    text += marked[at:]
    blocks = find_blocks(text)
    return [(words, code, block.stated_code if (block := block_at(blocks, start)) else None) for start, words, code in wanted]


@pytest.mark.parametrize(
    "marked",
    [
        "TE 15 min: [[97110|leg press]], [[97110|heel slides]]",
        "Neuromuscular re-education\n- [[97112|tandem stance on foam]]",
        "97530 Therapeutic activities: [[97530|car transfers]]",
        "NMR 10' - [[97112|SLS]]; TE 12' - [[97110|bridges]]",
        "ther actvity 20 min, [[97530|opening jars]]",
        "Man. Rx: [[97140|scar glides]]",
        "| TE | [[97110|wall slides]] | 2x10 |",
        "1) Self-care 97535 (15 min): [[97535|donning socks]]",
        "Therapeutic exercise consisted of [[97110|leg press]] and [[97110|calf raises]].",
    ],
)
def test_a_header_states_the_code_of_what_stands_under_it(marked):
    assert [found for _, _, found in stated(marked)] == [wanted for _, wanted, _ in stated(marked)]


@pytest.mark.parametrize(
    "marked",
    [
        "TE 15 min: [[97110|leg press]]\nPlan: add [[-|step-ups]]",
        "NMR: [[97112|SLS]]. HEP: [[-|bridges]]",
        "NMR: [[97112|SLS]]\nNot done: [[-|perturbations]]",
        "TE: [[97110|SLR]]\nP: cont, add [[-|lunges]]",
        "Ther ex 10 min, NMR 15 min.\n[[-|NuStep]], [[-|foam stance]]",
    ],
)
def test_another_heading_or_a_tally_ends_the_reach_of_a_header(marked):
    assert [found for _, _, found in stated(marked)] == [wanted for _, wanted, _ in stated(marked)]


@pytest.mark.parametrize(
    "marked",
    [
        "[[97110|heel slides with the sheet]] and [[97110|leg raises]]. All of that was ther ex.",
        "[[97110|leg press]] | 3x10 | 97110\n[[97112|rocker board]] | 2 min | 97112",
    ],
)
def test_a_label_behind_its_activities_states_their_code_too(marked):
    assert [found for _, _, found in stated(marked)] == [wanted for _, wanted, _ in stated(marked)]


@pytest.mark.parametrize(
    "text", ["Her balance is better and she can walk with a good gait.", "Pt is active, exercise is hard for her.", "MRI of the neck, activity as tolerated"]
)
def test_ordinary_words_in_a_sentence_head_nothing(text):
    assert [block for block in find_blocks(text) if block.stated_code] == []


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=80).map(lambda noise: f"TE 15 min: {noise}\nNMR: {noise}\r\nPlan {noise}"))
def test_headers_are_cut_from_the_text_as_given(text):
    assert all(text[block.header.start : block.header.end] == block.header.text for block in find_blocks(text))
