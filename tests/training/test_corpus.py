"""The markup of training notes, and the corpus as a whole."""

import re
from pathlib import Path

import pytest

from nlp_pipeline.errors import CorpusError
from training.corpus import MarkedElement, MarkedHeader, MarkedIntervention, MarkedMinutes, read_notes, read_phrases

SAMPLES = Path(__file__).parents[2] / "data_samples"
RUN = 8  # as many words in a row are no coincidence


def test_a_note_knows_its_heading(read):
    note = read("SLR", head="=== id: n-7 | discipline: OT | setting: SNF | style: terse")
    assert (note.id, note.author, note.discipline, note.style, note.text) == ("n-7", "hand", "OT", "terse", "SLR")


def test_a_discipline_that_is_none_of_ours_is_left_open(read):
    assert read("SLR", head="=== id: n-7 | discipline: RN").discipline is None


@pytest.mark.parametrize("status", ["performed", "planned", "home", "past", "negated", "other"])
def test_an_activity_is_marked_with_code_and_status(read, status):
    note = read(f"did [[97112|{status}|tandem stance]] today")
    assert note.text == "did tandem stance today"
    assert note.interventions == (MarkedIntervention(4, 17, status, "97112", False, None),)


def test_a_question_mark_says_that_coders_may_differ(read):
    assert read("[[97110?|performed|step-ups]]").interventions[0].ambiguous


@pytest.mark.parametrize("code", ["97112", "G0283", "none"])
def test_a_code_is_five_signs_or_none(read, code):
    assert read(f"[[{code}|performed|taping]]").interventions[0].code == code


def test_a_header_states_the_code_of_what_follows(read):
    note = read("[[H:97110|TE]]: [[97110|performed|SLR]]\n[[H:-|Other]]: [[97535|performed|donning socks]]")
    assert note.headers == (MarkedHeader(0, 2, "97110"), MarkedHeader(8, 13, None))
    assert [each.stated_code for each in note.interventions] == ["97110", None]


@pytest.mark.parametrize("kind", ["code", "start_stop", "timed_total", "visit_total", "dosage"])
def test_minutes_are_marked_by_kind(read, kind):
    assert read(f"[[M:{kind}:97110:12.5|12.5 min]]").minutes == (MarkedMinutes(0, 8, kind, "97110", 12.5),)


@pytest.mark.parametrize("mark", ["M:visit_total:-:41", "M:visit_total:41"])
def test_minutes_may_belong_to_no_code(read, mark):
    assert read(f"[[{mark}|41]]").minutes == (MarkedMinutes(0, 2, "visit_total", None, 41),)


def test_units_are_what_the_note_itself_claims(read):
    assert read("billed [[U:97110:2|2 units TE]]").stated_units == {"97110": 2}


@pytest.mark.parametrize("element", ["deficit", "skilled_cueing", "functional_goal", "objective_measure", "patient_response"])
def test_evidence_is_marked_by_element(read, element):
    assert read(f"[[D:{element}|the words]]").elements == (MarkedElement(0, 9, element),)


def test_several_lines_keep_their_offsets(read):
    note = read("first\n\n[[97110|performed|SLR]]\nlast [[97112|planned|SLS]]")
    assert [note.text[each.start : each.end] for each in note.interventions] == ["SLR", "SLS"]


@pytest.mark.parametrize(
    "mark",
    [
        "[[97110|performed]]",
        "[[97110|done|SLR]]",
        "[[9711|performed|SLR]]",
        "[[M:guess:15|15 min]]",
        "[[D:mood|sad]]",
        "[[H:|TE]]",
        "[[97110|performed| ]]",
        "[[]]",
    ],
)
def test_a_malformed_mark_is_told_with_file_and_line(read, mark):
    with pytest.raises(CorpusError, match=r"hand\.note, line 3") as error:
        read(f"first line\n{mark}")
    assert error.value.line == 3


@pytest.mark.parametrize("body", ["did [[97110|performed|SLR]", "did 97110|performed|SLR]]", "[["])
def test_stray_brackets_are_told(read, body):
    with pytest.raises(CorpusError, match="stray brackets"):
        read(body)


def test_text_before_the_first_note_is_told(read):
    with pytest.raises(CorpusError, match=r"line 1"):
        read("SLR", head="no heading")


@pytest.mark.parametrize("second", ["=== id: n-1", "=== discipline: PT"])
def test_an_id_comes_once(read, second):
    with pytest.raises(CorpusError, match="id"):
        read(f"SLR\n\n{second}\nSLS")


def test_an_error_quotes_no_note(read):
    with pytest.raises(CorpusError) as error:
        read("Mrs Example fell [[97110|performed|SLR]")
    assert "Example" not in str(error.value)


@pytest.mark.parametrize("row", ["SLR", "SLR\t97110", "SLR\t97110\t2", "SLR\tPT\t0"])
def test_a_malformed_phrase_is_told_with_file_and_line(tmp_path, row):
    (tmp_path / "hand.tsv").write_text(f"bridges\t97110\t0\n{row}\n", "utf-8")
    with pytest.raises(CorpusError, match=r"hand\.tsv, line 2"):
        read_phrases(tmp_path)


def test_the_corpus_is_there(corpus, phrases):
    assert len(corpus) > 1000
    assert len(phrases) > 3000


def test_ids_are_unique(corpus):
    assert len({note.id for note in corpus}) == len(corpus)


def test_every_mark_holds_its_words(corpus):
    marks = [(note, mark) for note in corpus for several in (note.headers, note.interventions, note.minutes, note.elements) for mark in several]
    assert [note.id for note, mark in marks if not note.text[mark.start : mark.end].strip()] == []


def test_activities_do_not_overlap(corpus):
    pairs = [(note.id, one, other) for note in corpus for one, other in zip(note.interventions, note.interventions[1:], strict=False)]
    assert [name for name, one, other in pairs if one.end > other.start] == []


def runs(text: str) -> set[tuple[str, ...]]:
    """List every run of words of a text."""
    words = re.findall(r"[a-z]+", text.lower())
    return {tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1)}


def test_no_sample_note_was_trained_on(corpus):
    samples = [path.read_text("utf-8") for path in SAMPLES.rglob("*") if path.suffix in {".txt", ".csv", ".jsonl"}]
    shown = set().union(*(runs(text.replace("\\n", "\n")) for text in samples))
    assert shown
    assert [note.id for note in corpus if runs(note.text) & shown] == []


def test_reading_twice_gives_the_same_notes(corpus):
    assert read_notes() == corpus
