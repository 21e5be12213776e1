"""Agreement against published worked values and an independent library; what a team's decisions say of the engine."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_pipeline.auditing.agreement import agreement_of, alpha, difference, kappa, share_of
from nlp_pipeline.auditing.team_figures import coder_pairs, team_figures
from nlp_pipeline.records.judgement import Figure, Judgement

FLEISS_1981 = [[75, 1, 4], [5, 4, 1], [0, 0, 10]]  # Statistical Methods for Rates and Proportions, 2nd edition, table 13.1
KRIPPENDORFF_2011 = (  # Computing Krippendorff's Alpha-Reliability, section C: four observers, twelve units, some not observed
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
)
KRIPPENDORFF_BINARY = ("0 1 0 0 0 0 0 0 1 0", "1 1 1 0 0 1 0 0 0 0")  # section A: two observers, ten units


def pairs_of(table):
    return [(str(row), str(column)) for row, cells in enumerate(table) for column, count in enumerate(cells) for _ in range(count)]


def ratings_of_rows(rows):
    table = {}
    for who, row in enumerate(rows):
        for unit, value in enumerate(row.split()):
            if value != ".":
                table.setdefault((f"v{unit}", 0, 1), {})[f"c{who}"] = value
    return table


def judged(visit, decided, coder="ann", blind=False, confidence=0.97):
    return Judgement(visit, (0, 5), coder, decided, "97110", confidence, "97110", blind)


def test_kappa_is_the_published_value():
    assert kappa(pairs_of(FLEISS_1981)).value == pytest.approx(0.676, abs=5e-4)


@given(st.lists(st.lists(st.integers(0, 30), min_size=3, max_size=3), min_size=3, max_size=3).filter(lambda t: sum(map(sum, t)) > 20))
def test_kappa_and_its_interval_are_those_of_an_independent_library(table):
    inter_rater = pytest.importorskip("statsmodels.stats.inter_rater")
    mine = kappa(pairs_of(table))
    if mine.value is None:
        return
    told = inter_rater.cohens_kappa(table)
    assert mine.value == pytest.approx(told.kappa, abs=1e-9)
    if told.std_kappa == told.std_kappa:  # not where the library's root fails by a rounding
        assert mine.low == pytest.approx(max(-1, told.kappa_low), abs=1e-6)
        assert mine.high == pytest.approx(min(1, told.kappa_upp), abs=1e-6)


def test_alpha_with_missing_judgements_is_the_published_value():
    figure = alpha(ratings_of_rows(KRIPPENDORFF_2011), Random(1), 200)
    assert figure.value == pytest.approx(0.743, abs=5e-4)
    assert figure.low < figure.value <= figure.high
    assert figure.count == 11  # the twelfth was judged by one alone


def test_alpha_of_two_observers_is_the_published_value():
    assert alpha(ratings_of_rows(KRIPPENDORFF_BINARY), Random(1), 10).value == pytest.approx(0.095, abs=5e-4)


def test_the_same_decisions_give_the_same_interval():
    ratings = ratings_of_rows(KRIPPENDORFF_2011)
    assert alpha(ratings, Random(7), 100) == alpha(ratings, Random(7), 100)


def test_there_is_no_kappa_where_everyone_says_the_same():
    agreement = agreement_of([("97110", "97110")] * 8)
    assert agreement.kappa == Figure(None, count=8)
    assert agreement.share.value == 1.0


@given(st.integers(0, 60), st.integers(1, 60))
def test_exact_limits_are_those_of_an_independent_library(hits, count):
    proportion = pytest.importorskip("statsmodels.stats.proportion")
    hits = min(hits, count)
    figure = share_of(hits, count)
    low, high = proportion.proportion_confint(hits, count, method="beta")
    assert figure.low == pytest.approx(low if hits else 0.0, abs=1e-9)
    assert figure.high == pytest.approx(high if hits < count else 1.0, abs=1e-9)


def test_a_difference_of_shares_has_an_interval_around_it():
    shown = {f"s{k}": (9, 10) for k in range(40)}
    blind = {f"b{k}": (7 + k % 2, 10) for k in range(20)}
    figure = difference(shown, blind, Random(3), 500)
    assert figure.value == pytest.approx(0.15)
    assert 0.10 < figure.low < 0.15 < figure.high < 0.20


@pytest.mark.parametrize(("shown", "blind"), [({}, {"b": (1, 1)}), ({"s": (1, 1)}, {})])
def test_without_a_blind_and_a_shown_visit_there_is_no_bias_to_tell(shown, blind):
    assert difference(shown, blind, Random(3), 10).value is None


def test_automation_bias_is_what_seeing_the_suggestion_adds():
    shown = [judged(f"s{k}", "97110") for k in range(10)]
    blind = [judged(f"b{k}", "97110" if k < 6 else "97530", blind=True) for k in range(10)]
    figures = team_figures([*shown, *blind])
    assert figures.bias.value == pytest.approx(0.4)
    assert figures.engine_blind.share.value == pytest.approx(0.6)
    assert figures.engine_shown.share.value == 1.0


def test_coders_are_compared_only_over_what_both_judged_unseen():
    two = [judged("v1", "97110", "ann", True), judged("v1", "97530", "bob", True), judged("v2", "97110", "ann", True), judged("v2", "97110", "bob", True)]
    seen = [judged("v3", "97110", "ann"), judged("v3", "97110", "bob")]
    [(pair, agreement)] = coder_pairs(two).items()
    assert pair == ("ann", "bob")
    assert (agreement.share.value, agreement.share.count) == (0.5, 2)
    assert team_figures([*two, *seen]).coders.count == 2


def test_the_reliability_statement_counts_the_newest_sure_suggestions():
    made = [judged(f"v{k}", "97110" if k >= 13 else "97112") for k in range(600)]
    unsure = [judged(f"u{k}", "97112", confidence=0.9) for k in range(50)]
    told = team_figures([*made, *unsure])
    assert (told.reliability.shown, told.reliability.kept) == (500, 500)
    assert told.sentences[0].startswith("Of the last 500 suggestions shown at 0.95 or above, 500 were kept (100.0%")


def test_the_published_form_of_the_statement_comes_out():
    made = [judged(f"v{k}", "97110" if k >= 13 else "97112") for k in range(500)]
    assert team_figures(made).sentences[0] == ("Of the last 500 suggestions shown at 0.95 or above, 487 were kept (97.4%, 95 % CI 95.6% to 98.6%).")


def test_a_coder_who_changes_her_mind_counts_once():
    told = team_figures([judged("v", "97112", blind=True), judged("v", "97110", blind=True)])
    assert told.engine_blind.share == share_of(1, 1)


def test_without_blind_visits_it_says_that_nothing_is_known():
    assert "not known" in team_figures([judged("v", "97110")]).sentences[-1]
