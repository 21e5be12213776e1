"""Headings, and what stands under each."""

import tomllib
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_pipeline.reading.sections import KINDS, find_sections, kind_of


def kind_at(text: str, word: str) -> str:
    """Name the section that a word stands in."""
    return next((each.kind for each in reversed(find_sections(text)) if each.end <= text.index(word)), "none")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Treatment: SLR x10", "treatment"),
        ("Plan: SLR", "plan"),
        ("P: SLR", "plan"),
        ("Next visit - SLR", "plan"),
        ("HEP: SLR", "home"),
        ("Home exercise program:\n  SLR", "home"),
        ("Goals\n1. SLR", "goals"),
        ("LTG 2: SLR", "goals"),
        ("History of present illness: SLR", "history"),
        ("Last visit: SLR", "history"),
        ("Subjective: SLR", "subjective"),
        ("MMT: SLR", "measures"),
        ("Assessment: SLR", "assessment"),
        ("Response to treatment: SLR", "response"),
        ("* Plan: SLR", "plan"),
        ("3) HEP: SLR", "home"),
        ("Plan | SLR", "plan"),
        ("PLAN\tSLR", "plan"),
        ("Plan\xa0: SLR", "plan"),
        ("Plan:\r\nSLR", "plan"),
        ("Bridges x10. Plan: SLR", "plan"),
        ("SLR before any heading", "none"),
    ],
)
def test_a_heading_tells_what_stands_under_it(text, kind):
    assert kind_at(text, "SLR") == kind


@pytest.mark.parametrize("text", ["We plan to add\nSLR", "Did her home exercises twice,\nSLR too"])
def test_a_sentence_is_no_heading(text):
    assert find_sections(text) == []


def test_an_unknown_label_ends_the_section_before_it():
    assert kind_at("HEP: bridges\nQuads: SLR", "SLR") == "other"


def test_an_unknown_label_in_a_list_leaves_the_section_as_it_is():
    assert kind_at("HEP:\n- Quads: SLR", "SLR") == "home"


def test_the_longest_known_phrase_names_the_kind():
    assert (kind_of("Plan"), kind_of("Home plan")) == ("plan", "home")


@given(st.text(max_size=300))
def test_headings_stand_in_order_and_inside_the_text(text):
    edges = [edge for each in find_sections(text) for edge in (each.start, each.end)]
    assert edges == sorted(edges)
    assert all(0 <= edge <= len(text) for edge in edges)


@given(st.lists(st.sampled_from(["Plan:", "HEP: bridges", "Goal 1", "SLR x10", "- Quads: LAQ", "", "a: b. Next visit: c"]), max_size=8))
def test_carriage_returns_change_no_kind(lines):
    unix, dos = find_sections("\n".join(lines)), find_sections("\r\n".join(lines))
    assert [each.kind for each in unix] == [each.kind for each in dos]


def test_every_kind_that_has_phrases_is_known_to_the_reader():
    listed = tomllib.loads((files("nlp_pipeline.reading") / "lexicon" / "sections.toml").read_text("utf-8"))
    assert set(listed) <= set(KINDS)
