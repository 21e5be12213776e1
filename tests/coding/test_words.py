"""The words of a note as the coder sees them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_pipeline.coding.words import split


@given(st.text(st.characters(codec="ascii"), max_size=300))
def test_no_word_of_a_text_is_lost(text):
    assert "".join(word for word in split(text) if word != "<line>") == "".join(text.lower().split())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SLS on foam, 2x30s.", ["sls", "on", "foam", ",", "2", "x", "30", "s", "."]),
        ("sit-to-stand", ["sit", "-", "to", "-", "stand"]),
        ("SLS\r\n  SLR", ["sls", "<line>", "slr"]),
        ("\xa0SLS\t", ["sls"]),
        ("", []),
    ],
)
def test_letters_digits_and_signs_part(text, words):
    assert split(text) == words
