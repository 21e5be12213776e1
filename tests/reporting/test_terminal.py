import io

import pytest
from rich.console import Console

from nlp_pipeline.records.note import Note
from nlp_pipeline.records.suggestion import Contribution, strongest
from nlp_pipeline.reporting.highlight import highlighted
from nlp_pipeline.reporting.terminal import show_note
from tests.apps.fake_pipeline import code_note

WORDS = {"97112": "balance and control"}
TEXT = "NMR 15 min: SLS on foam for impaired balance, step-ups. TherEx 15 min: squats\r\nP: manual therapy next visit"


def shown_note(text, width=100, **console):
    page = io.StringIO()
    show_note(code_note(Note("n-17", text)), Console(file=page, width=width, **console), WORDS)
    return page.getvalue()


def style_at(text, words):
    """Say how the first of the given words is worn in the highlighted note."""
    note = highlighted(code_note(Note("n", text)))
    at = note.plain.index(words)
    return [str(span.style) for span in note.spans if span.start <= at < span.end]


@pytest.mark.parametrize("width", [80, 100])
def test_no_line_is_wider_than_the_terminal(width):
    assert max(map(len, shown_note(TEXT, width).splitlines())) <= width


def test_square_brackets_of_a_note_are_shown_and_not_obeyed():
    assert "[x] done [/red] [bold]" in shown_note("[x] done [/red] [bold] SLS on foam")


def test_escape_sequences_of_a_note_are_shown_and_not_obeyed():
    assert "\x1b" not in shown_note("\x1b[31mSLS on foam\x1b]0;title\x07")


def test_a_windows_line_end_does_not_move_the_highlight():
    assert any("bold" in style for style in style_at("S: fine\r\nO: SLS on foam\r\n", "SLS on foam"))


def test_words_that_are_no_intervention_wear_nothing():
    assert not any("bold" in style for style in style_at("S: fine. O: SLS on foam", "fine"))


def test_a_planned_intervention_is_dim():
    assert any("dim" in style for style in style_at("P: squats next visit", "squats"))


def test_minutes_are_underlined():
    assert any("underline" in style for style in style_at("NMR 15 min: SLS on foam", "15 min"))


def test_documentation_evidence_is_underlined():
    assert any("underline" in style for style in style_at("SLS on foam for impaired balance", "impaired balance"))


def test_without_colour_a_span_is_shown_by_brackets():
    assert "‹SLS on foam›¹" in shown_note(TEXT)


def test_on_a_terminal_a_span_needs_no_brackets():
    assert "‹" not in shown_note(TEXT, force_terminal=True)


def test_no_color_leaves_out_every_colour():
    assert "\x1b[38" not in shown_note(TEXT, force_terminal=True, no_color=True)


@pytest.mark.parametrize(
    "said",
    [
        "balance on a reduced, unstable base",
        "“foam” +1.9",
        "“SLS”→97110 -0.4",
        "the note files it under 97112",
        "a person should decide: no stated",
        "97112: 15 minutes.",
        "▸8-minute",
        "97112 × 1 GP",
        "No goal says what the patient will be able to do.",
        "missing-functional-goal",
        "MBPM ch. 15",
        "✔ deficit",
        "✘ functional goal",
        "97112 balance and control",
        "model fake-2026.11-000000 · rules 2026-10-01",
    ],
)
def test_the_page_says(said):
    assert said in shown_note(TEXT)


def test_what_was_done_today_stands_before_what_is_planned():
    page = shown_note("P: squats next visit. O: SLS on foam").partition("Interventions")[2]
    assert page.index("SLS on foam") < page.index("squats")


def test_a_note_without_treatment_says_so():
    assert "No treatment found" in shown_note("Patient did not attend.")


def test_what_the_trained_coder_weighs_against_its_code_is_shown(pipeline):
    [coded] = pipeline.code([Note("n", "Made oatmeal sitting on the rollator seat to practise balance while reaching.")])
    assert any(strongest(suggestion.contributions)[1] for suggestion in coded.suggestions)


def test_the_strongest_words_for_and_against_are_the_weightiest():
    spans = [Note("n", word).span(0, len(word)) for word in "abcde"]
    weights = [("97112", 0.1), ("97112", 2.0), ("97110", -1.0), ("97112", 1.5), ("97110", -3.0)]
    because = tuple(Contribution(span, toward, weight) for span, (toward, weight) in zip(spans, weights, strict=True))
    toward, against = strongest(because)
    assert ("".join(each.span.text for each in toward), "".join(each.span.text for each in against)) == ("bda", "ec")
