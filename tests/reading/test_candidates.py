"""Stretches that may be interventions, cut from what the network saw."""

import numpy as np
import pytest

from nlp_pipeline.reading.batch import TokenBatch, token_batch
from nlp_pipeline.reading.candidates import PLACES, REGIONS, Candidates, Cut, Surroundings, find_candidates
from nlp_pipeline.reading.gazetteer import Gazetteer
from nlp_pipeline.reading.network import OUTPUTS
from nlp_pipeline.reading.words import Floats, WordTypes, blank_english

NLP = blank_english()
OUTSIDE, BEGINS, GOES_ON = 0, 1, 2
PLAIN = Cut(core=0.0, reach=0.0, parting=0.0, edge=0.0)  # what is likelier inside than outside
ROWS = {".": OUTSIDE, "B": BEGINS, "I": GOES_ON}


def seen(labels: str, *texts: str, cut_by: Cut = PLAIN) -> tuple[TokenBatch, Floats, Candidates]:
    """Cut texts by labels, one letter a token through all texts: "B" begins, "I" goes on, "." is outside."""
    types = WordTypes(lambda fresh: np.zeros((len(fresh), 1), np.float32))
    docs = list(NLP.pipe(texts))
    batch = token_batch(docs, types, [Gazetteer([])] * len(docs))
    shares = np.full((len(batch.types), OUTPUTS), np.log(0.2), np.float32)
    shares[:, OUTSIDE] = np.log(0.6)
    for at, letter in zip(np.flatnonzero(batch.real), labels, strict=True):
        shares[at, : GOES_ON + 1] = np.log(0.2)
        shares[at, ROWS[letter]] = np.log(0.6)
    return batch, shares, find_candidates(batch, shares, types, cut_by)


def cut(labels: str, *texts: str, cut_by: Cut = PLAIN) -> list[str]:
    batch, _, found = seen(labels, *texts, cut_by=cut_by)
    return [" ".join(batch.normals[begin:end]) for begin, end in zip(found.begins, found.ends, strict=True)]


def test_a_stretch_is_one_candidate():
    assert cut(".BI.", "did tandem stance today") == ["tandem stance"]


def test_a_new_beginning_parts_two_candidates():
    assert cut("BIB", "tandem stance SLS") == ["tandem stance", "sls"]


def test_a_stretch_that_only_goes_on_is_a_candidate_too():
    assert cut(".II", "did tandem stance") == ["tandem stance"]


def test_a_line_break_ends_a_candidate():
    assert cut("BII", "tandem\nstance") == ["tandem", "stance"]


def test_signs_at_the_edges_are_left_out():
    assert cut("BIII", "- tandem stance,") == ["tandem stance"]


def test_a_bracket_that_was_opened_inside_is_kept():
    assert cut("BIII", "stance ( foam )") == ["stance ( foam )"]


def test_a_new_item_after_a_comma_parts_whatever_the_margin():
    assert cut("BIBI", "tandem, SLS foam", cut_by=Cut(core=0.0, reach=0.0, parting=3.0, edge=0.0)) == ["tandem", "sls foam"]


def test_a_dosage_at_the_end_is_left_out():
    assert cut("BIIII", "leg press 3 x 10") == ["leg press"]


def test_an_unlikely_word_at_the_edge_is_left_out():
    assert cut("BI.", "tandem stance today", cut_by=Cut(core=0.0, reach=2.0, parting=0.0, edge=0.2)) == ["tandem stance"]


def test_a_candidate_of_signs_alone_is_none():
    assert cut("BI", "- ,") == []


def test_a_stretch_holds_on_over_less_likely_words():
    assert cut("B.I", "tandem stance foam", cut_by=Cut(core=0.0, reach=2.0, parting=0.0, edge=2.0)) == ["tandem stance foam"]


def test_a_stretch_without_one_likely_word_is_none():
    assert cut("...", "did tandem stance", cut_by=Cut(core=0.0, reach=2.0, parting=0.0, edge=2.0)) == []


def test_a_bar_that_is_low_enough_lets_in_what_was_close():
    assert cut("...", "did tandem stance", cut_by=Cut(core=2.0, reach=2.0, parting=0.0, edge=2.0)) == ["did tandem stance"]


def test_a_beginning_that_is_not_sure_enough_parts_nothing():
    assert cut("BIB", "tandem stance SLS", cut_by=Cut(core=0.0, reach=0.0, parting=3.0, edge=0.0)) == ["tandem stance sls"]


def test_every_candidate_knows_its_note():
    _, _, found = seen("B.B", "SLS today", "bridges")
    assert found.notes.tolist() == [0, 1]


def test_no_tokens_give_no_candidates():
    assert cut("", "") == []


@pytest.fixture
def surroundings():
    return Surroundings(*seen(".BI.B....", "did tandem stance then SLS", "not here now ."))


def words_of(surroundings: Surroundings, stretch: str, candidate: int) -> list[str]:
    """List the words that a candidate sees in one of PLACES or REGIONS."""
    named = dict(zip((*PLACES, *(f"region {name}" for name in REGIONS)), (*surroundings.places(), *surroundings.regions()), strict=True))
    found = named[stretch]
    return [surroundings.batch.normals[at] for at in found.tokens[found.owners == candidate]]


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("inside", ["tandem", "stance"]),
        ("first", ["tandem"]),
        ("last", ["stance"]),
        ("before 1", ["did"]),
        ("before 2", []),
        ("after 1", ["then"]),
        ("after 2", ["sls"]),
        ("near after", ["then", "sls"]),
        ("earlier", ["did"]),
        ("opening", ["did"]),
        ("region sentence", ["did", "tandem", "stance", "then", "sls"]),
    ],
)
def test_a_candidate_sees_its_surroundings(surroundings, place, words):
    assert words_of(surroundings, place, 0) == words


@pytest.mark.parametrize("place", ["after 1", "near after", "region near after"])
def test_a_candidate_sees_nothing_of_the_next_note(surroundings, place):
    assert words_of(surroundings, place, 1) == []


def test_figures_are_one_finite_row_a_candidate(surroundings):
    figures = surroundings.figures()
    assert len(figures) == len(surroundings.found)
    assert np.isfinite(figures).all()


def test_figures_without_candidates_have_the_same_columns(surroundings):
    empty = Surroundings(*seen("..", "nothing here")).figures()
    assert empty.shape == (0, surroundings.figures().shape[1])
