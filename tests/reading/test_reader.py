"""The whole reader on any text: offsets into the text as given, one answer for each note, the same answer every time."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_pipeline.records.facts import ELEMENTS, STATUSES, Facts
from nlp_pipeline.records.note import Note, Span

PIECES = [
    "Pt performed", "tandem stance", "SLS", "SLR", "3x10", "x 15 min", "held", "Plan:", "HEP:", "97112", "NMR", "leg press", ".", ",", ":", ";", "|", "\t",
    "\n", "\r\n", "\n\n", "\xa0", "15′", "½", "💪🏽", "(", ")", "[ ]", "☐", "•", "–", "é", "ß", "ﬁ", "\u200b", "\u0000", "\ud7ff", "2 pm",
]  # fmt: skip
TEXTS = st.text(max_size=400) | st.lists(st.sampled_from(PIECES), max_size=40).map(" ".join) | st.lists(st.sampled_from(PIECES), max_size=60).map("".join)


def spans_of(facts: Facts) -> Iterator[Span]:
    """List every span that reading gave."""
    yield from (block.header for block in facts.blocks)
    yield from (each.span for each in facts.interventions)
    yield from (each.span for each in facts.evidence)
    time = facts.time
    yield from (each.span for several in (time.minutes, time.charges, time.services) for each in several)
    yield from (*time.duplicates, *time.assistants)


def unsaid(facts: Facts) -> Facts:
    """Leave out how sure an answer is."""
    return replace(facts, interventions=tuple(replace(each, status_confidence=0.0) for each in facts.interventions))


def chances(read: list[Facts]) -> list[float]:
    """List how sure the answers are."""
    return [each.status_confidence for facts in read for each in facts.interventions]


@pytest.fixture(scope="module")
def read(pipeline):
    """Read texts as notes."""
    return lambda *texts: list(pipeline.reader.read(Note(f"n{number}", text) for number, text in enumerate(texts)))


@given(text=TEXTS)
def test_every_span_holds_its_words(read, text):
    [facts] = read(text)
    assert all(text[span.start : span.end] == span.text for span in spans_of(facts))


@given(text=TEXTS)
def test_an_activity_has_words(read, text):
    [facts] = read(text)
    assert all(each.span.text.strip() for each in facts.interventions)


@given(text=TEXTS)
def test_the_text_is_kept_as_given(read, text):
    [facts] = read(text)
    assert facts.note.text == text


@given(text=TEXTS)
def test_the_same_text_is_read_the_same_way_twice(read, text):
    assert read(text) == read(text)


@given(texts=st.lists(TEXTS, max_size=6))
def test_notes_read_together_are_read_as_one_by_one(read, texts):
    alone = [replace(facts, note=Note(f"n{number}", text)) for number, text in enumerate(texts) for facts in read(text)]
    together = read(*texts)
    assert [*map(unsaid, together)] == [*map(unsaid, alone)]
    assert chances(together) == pytest.approx(chances(alone), abs=1e-3)  # sums over many notes at once may round otherwise


@given(text=TEXTS)
def test_a_confidence_is_a_chance(read, text):
    [facts] = read(text)
    assert all(0 <= each.status_confidence <= 1 and each.status in STATUSES for each in facts.interventions)


def test_a_long_stream_keeps_its_order(read):
    texts = ["Held squats.", "", "NMR: tandem stance on foam 3x30s", "\n"] * 150  # more than one batch
    assert [facts.note.text for facts in read(*texts)] == texts


def test_an_activity_under_a_header_bears_its_code_and_block(read):
    [facts] = read("NMR 15 min: tandem stance on foam 3x30s\nTE 10 min: leg press 3x10")
    assert [each.stated_code for each in facts.interventions] == ["97112", "97110"]
    assert {each.block for each in facts.interventions} == {block.id for block in facts.blocks if block.stated_code}


def test_an_activity_without_a_header_bears_no_code(read):
    [facts] = read("Pt performed tandem stance on foam.")
    assert [(each.stated_code, each.block) for each in facts.interventions] == [(None, None)]


def test_each_activity_has_its_own_dosage(read):
    [facts] = read("TE: leg press 3x10, heel raises 2x15, nustep x 8 min")
    told = {each.span.text: (each.dosage.sets, each.dosage.reps, each.dosage.minutes) for each in facts.interventions if each.dosage}
    assert told == {"leg press": (3, 10, None), "heel raises": (2, 15, None), "nustep": (None, None, 8)}


@pytest.mark.parametrize(
    ("element", "text"),
    [
        ("deficit", "Deficit: poor proprioception of the left ankle with delayed hip strategy."),
        ("skilled_cueing", "Min A and verbal cues to keep weight over the left foot."),
        ("functional_goal", "Goal: to climb the stairs to her bedroom without help."),
        ("objective_measure", "Berg 44/56 today, up from 39/56."),
        ("patient_response", "Tolerated treatment well, pain 2/10 after."),
    ],
)
def test_evidence_is_shown_for_a_documented_element(read, element, text):
    [facts] = read(f"Treatment: tandem stance on foam.\n{text}")
    assert element in {each.element for each in facts.evidence}


def test_bare_exercise_shows_no_evidence(read):
    [facts] = read("SLR 3x10, bridges 3x10")
    assert [each.element for each in facts.evidence] == []


@given(text=TEXTS)
def test_evidence_is_for_a_known_element(read, text):
    [facts] = read(text)
    assert {each.element for each in facts.evidence} <= set(ELEMENTS)
