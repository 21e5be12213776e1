"""What a note carries forward, what is new in it, and what evidence in carried text is worth."""

from dataclasses import replace
from datetime import date

import pytest

from nlp_pipeline.auditing.boilerplate import SharedPassages, passages_told
from nlp_pipeline.auditing.carried_evidence import ElementTally, carried_findings
from nlp_pipeline.auditing.chart_words import ChartWords
from nlp_pipeline.auditing.cloning import PatientText, news_of
from nlp_pipeline.auditing.copies import Copies, OwnWords
from nlp_pipeline.auditing.passages import passages_of
from nlp_pipeline.records.facts import Evidence
from nlp_pipeline.records.visit import Activity, Visit, sketch_of

WORDS = ChartWords.load()
FIRST = """Patient says the knee gave way twice on the stairs since Monday and she held the rail.
SLS on foam 3x30 sec with verbal cues for hip strategy in four of ten trials today.
She reported less fear after the last set and walked to the car without the cane.
Goal: climb fourteen stairs without the rail in four weeks so that she reaches her bedroom."""
OTHER = """Slept well, walked to church and back with her sister on Sunday.
SLS on foam 3x45 sec, min A twice, eyes closed the last set.
Held the turn to the left today; tired at the end."""
SECOND = FIRST.replace("gave way twice", "gave way once").replace("four of ten", "seven of ten")


def visit(name, text, day=2, patient="p", therapist="t", **evidence):
    """Make a visit whose evidence is given as words of the text."""
    made = Visit(name, text, date(2026, 3, day), patient, therapist)
    told = tuple(Evidence(element, span_of(made, words)) for element, words in evidence.items())
    return replace(made, evidence=told, activities=tuple([Activity(span_of(made, "SLS on foam"), "sls on foam", "97112")] if "SLS on foam" in text else []))


def span_of(made, words):
    at = made.text.index(words)
    return made.span(at, at + len(words))


def read(*visits, boilerplate=frozenset()):
    """Read a patient's visits in order; give the last with what it carries, and what is new in it."""
    text = PatientText(WORDS, boilerplate)
    for each in visits[:-1]:
        text.read(each, list(passages_of(each.text)))
    passages, last = list(passages_of(visits[-1].text)), text.last
    carried = text.read(visits[-1], passages)
    return carried, last and news_of(visits[-1], passages, carried, last)


def codes(found):
    return [each.code for each in found]


def test_the_first_note_is_all_new():
    carried, news = read(visit("a", FIRST))
    assert (carried.share, news) == (0.0, None)


def test_the_same_note_again_is_cloned():
    again = visit("b", FIRST, 4)
    carried, _ = read(visit("a", FIRST), again)
    [found] = [each for each in carried_findings(again, carried, WORDS) if each.code == "cloned-note"]
    assert carried.share == 1.0
    assert "2026-03-02" in found.message
    assert "".join(span.text for span in found.evidence).split() == FIRST.split()


def test_an_edited_note_is_carried_but_for_what_was_edited():
    _, news = read(visit("a", FIRST), visit("b", SECOND, 4))
    assert [span.text.strip() for span in news.new] == ["once", "seven"]


def test_a_clone_with_a_few_numbers_changed_is_still_cloned():
    again = visit("b", SECOND, 4)
    carried, _ = read(visit("a", FIRST), again)
    assert "cloned-note" in codes(carried_findings(again, carried, WORDS))


def test_lines_in_another_order_are_carried_all_the_same():
    carried, _ = read(visit("a", FIRST), visit("b", "\n".join(reversed(FIRST.splitlines())), 4))
    assert carried.share == 1.0


def test_the_source_is_the_note_that_most_of_it_comes_from():
    other = "He slept badly after the drive home, and the shoulder is stiff until noon each day.\n" + FIRST.splitlines()[3]
    carried, _ = read(visit("a", FIRST), visit("b", other, 4), visit("c", FIRST, 6))
    assert carried.source.note_id == "a"


def test_a_note_with_the_same_exercises_and_another_story_is_not_cloned():
    again = visit("b", OTHER, 4)
    carried, _ = read(visit("a", FIRST), again)
    assert codes(carried_findings(again, carried, WORDS)) == []


def test_evidence_in_carried_text_is_labelled_and_evidence_in_new_words_is_not():
    again = visit("b", SECOND, 4, patient_response="less fear after the last set", skilled_cueing="verbal cues for hip strategy in seven of ten trials")
    carried, _ = read(visit("a", FIRST), again)
    [found] = [each for each in carried_findings(again, carried, WORDS) if each.code == "evidence-carried-forward"]
    assert "patient's response" in found.message
    assert "skilled part" not in found.message


def test_a_goal_is_carried_by_its_nature_and_only_counted():
    again = visit("b", f"{OTHER}\n{FIRST.splitlines()[3]}", 4, functional_goal="climb fourteen stairs without the rail")
    carried, _ = read(visit("a", FIRST), again)
    tally = ElementTally()
    tally.add(again, carried)
    assert codes(carried_findings(again, carried, WORDS)) == []
    assert [(each.present, each.carried_only) for each in tally.counts() if each.element == "functional_goal"] == [(1, 1)]


def test_a_code_all_of_whose_support_is_carried_is_named():
    again = visit("b", FIRST, 4, skilled_cueing="verbal cues for hip strategy")
    carried, _ = read(visit("a", FIRST), again)
    [found] = [each for each in carried_findings(again, carried, WORDS) if each.code == "code-support-carried-forward"]
    assert "97112" in found.message


def test_a_code_whose_activity_has_a_new_result_has_support_of_its_own():
    again = visit("b", SECOND, 4, skilled_cueing="verbal cues for hip strategy")
    carried, _ = read(visit("a", FIRST), again)
    assert "code-support-carried-forward" not in codes(carried_findings(again, carried, WORDS))


def test_wording_that_many_patients_share_is_boilerplate_and_treatment_by_one_author_is_not():
    shared = "Patient was educated on the plan and agreed to continue with it as written."
    visits = [visit(f"n{number}", f"{shared}\n{FIRST.splitlines()[1]}", patient=f"p{number}") for number in range(9)]
    shared = SharedPassages(WORDS)
    shared.take(passages_told(map(sketch_of, visits), WORDS))
    keys = shared.keys()
    assert [passage.key in keys for passage in passages_of(visits[0].text)] == [True, False]


def test_boilerplate_counts_neither_as_new_nor_as_carried():
    first, *rest = list(passages_of(FIRST))
    carried, news = read(visit("a", FIRST), visit("b", FIRST, 4), boilerplate=frozenset({first.key}))
    assert carried.words == sum(len(each.words) for each in rest)
    assert [span.start for span in news.boilerplate] == [0]


def copied(*visits):
    own = OwnWords(WORDS, frozenset())
    copies = Copies.begun(WORDS, own)
    copies.keep([own.print_of(each, passages_of(each.text)) for each in visits])
    copies.pair()
    return {each.id: list(copies.findings(each)) for each in visits}, copies


@pytest.mark.parametrize(("therapist", "told"), [("t", False), ("u", True)])
def test_a_note_of_another_patient_is_recognised_with_its_author(therapist, told):
    found, copies = copied(visit("a", FIRST), visit("b", "Seen at 10 am.\n" + SECOND, 4, "q", therapist))
    assert codes(found["a"]) == []
    assert codes(found["b"]) == ["copied-from-another-patient"]
    assert ("another author" in found["b"][0].message, copies.between_authors) == (told, told)


def test_the_later_note_is_the_copy_whatever_the_order_of_the_input():
    found, _ = copied(visit("late", FIRST, 9, "q"), visit("early", FIRST, 2, "p"))
    assert (codes(found["late"]), codes(found["early"])) == (["copied-from-another-patient"], [])


def test_a_patients_own_notes_are_no_copies_of_another_patient():
    found, _ = copied(visit("a", FIRST), visit("b", FIRST, 4))
    assert codes(found["b"]) == []


def test_a_text_in_unusual_letters_is_read_without_losing_its_places():
    odd = "İSTANBUL straße ΑΣΣΟΣ \U0001f600 " * 12
    again = visit("b", odd, 4)
    carried, news = read(visit("a", odd), again)
    assert carried.share == 1.0
    assert news.new == ()
