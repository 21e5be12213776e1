"""The frame, the strata and the draw."""

import hashlib
from datetime import date
from decimal import Decimal
from itertools import pairwise
from random import Random

import pytest

from nlp_pipeline.auditing.sample_plan import design, draw_sample, frame_of
from nlp_pipeline.auditing.sample_results import estimates, reviewed
from nlp_pipeline.auditing.sampling import LEAST_IN_STRATUM, allocate, amount_bounds, stratify, ticket
from nlp_pipeline.errors import AuditRefused
from nlp_pipeline.records.sample import Sample, Unit, UnitJudgement, Universe, Wish
from nlp_pipeline.records.storage import plain, record_of


def units(count: int = 400) -> list[Unit]:
    draws = Random(7)
    return [
        Unit(
            id=f"v{place:04}",
            paid=Decimal(draws.randint(4000, 16000)) / 100,
            day=date(2026, 1, 5 + place % 5),
            therapist="ABCD"[place % 4],
            payer="medicare" if place % 3 else "commercial",
            patient=f"p{place % 90}",
            engine=Decimal(draws.randint(3000, 16000)) / 100,
        )
        for place in range(count)
    ]


def judged(sample: Sample, supported: Decimal | None = None, **more: object) -> list[UnitJudgement]:
    return [UnitJudgement(each.id, each.paid if supported is None else supported, **more) for each in sample.drawn if each.role == "sample"]  # type: ignore[arg-type]


def drawn_from(universe: Universe, wish: Wish) -> Sample:
    return draw_sample(universe, design(universe, wish)[0])


def test_the_order_of_the_rows_does_not_change_the_frame():
    assert frame_of(units()) == frame_of(reversed(units()))


def test_a_row_that_stands_twice_counts_once_and_is_named():
    found = frame_of([*units(), units()[3]])
    assert (len(found.units), found.handed_over.units) == (400, 401)
    assert [each.why for each in found.left_out] == ["the same row stands there already"]


def test_two_rows_of_one_id_with_unlike_amounts_leave_the_second_out():
    [first, second] = [Unit("a", Decimal("50.00")), Unit("a", Decimal("70.00"))]
    found = frame_of([second, first])
    assert found.units == (first,)
    assert found.left_out[0].why == "another row has the same id"


@pytest.mark.parametrize(
    ("paid", "why"), [("0.00", "nothing was paid on it"), ("-12.00", "its amount is below nothing: a reversal, to be set against its claim")]
)
def test_what_cannot_be_drawn_is_left_out_with_its_reason(paid, why):
    found = frame_of([*units(), Unit("x", Decimal(paid))])
    assert [each.why for each in found.left_out] == [why]


def test_claims_that_look_like_one_claim_sent_twice_are_named():
    twin = Unit("v9999", units()[0].paid, units()[0].day, "A", units()[0].payer, "p0")
    assert frame_of([*units(), twin]).alike == (("v0000", "v9999"),)


def test_working_days_without_a_visit_are_named_and_weekends_are_not():
    days = [date(2026, 3, 5), date(2026, 3, 6), date(2026, 3, 9), date(2026, 3, 13)]
    found = frame_of([Unit(f"{day}", Decimal(10), day) for day in days])
    assert [(gap.first, gap.last, gap.working_days) for gap in found.gaps] == [(date(2026, 3, 10), date(2026, 3, 12), 3)]


def test_an_empty_universe_is_refused():
    with pytest.raises(AuditRefused, match="nothing in it can be drawn"):
        frame_of([])


def test_anyone_can_draw_the_sample_again_with_a_checksum_program():
    universe = frame_of(units())
    by_hand = sorted(range(1, 401), key=lambda number: hashlib.sha256(f"20260302,{number}".encode()).hexdigest())[:25]
    found = drawn_from(universe, Wish("20260302", 25))
    assert [each.number for each in found.drawn] == by_hand


def test_a_larger_sample_of_the_same_seed_begins_with_the_smaller_one():
    universe = frame_of(units())
    small, large = (drawn_from(universe, Wish("s", size, spares=5)) for size in (30, 90))
    assert [each.id for each in small.drawn] == [each.id for each in large.drawn][:35]


def test_another_seed_draws_another_sample():
    universe = frame_of(units())
    assert {each.id for each in drawn_from(universe, Wish("a", 50)).drawn} != {each.id for each in drawn_from(universe, Wish("b", 50)).drawn}


def test_every_unit_is_as_likely_as_every_other():
    chosen = [sorted(range(1, 41), key=lambda number: ticket(str(seed), number))[:10] for seed in range(2000)]
    counts = [sum(number in each for each in chosen) for number in range(1, 41)]
    chi_squared = sum((count - 500) ** 2 / (500 * 0.75) for count in counts) * 39 / 40
    assert chi_squared < 72.1  # the 0.1 % point of 39 degrees of freedom


def test_strata_part_the_frame_and_small_ones_stand_together():
    frame = [*units(), *(Unit(f"w{place}", Decimal(50), therapist="E") for place in range(4)), Unit("w9", Decimal(50), therapist="F")]
    found = stratify(frame, ("therapist",))
    assert {name: len(held) for name, held in found.items()} == {f"therapist {name}": 100 for name in "ABCD"} | {"others": 5}
    assert sorted(each.number for held in found.values() for each in held) == list(range(1, 406))


def test_strata_of_amounts_rise_and_hold_everything():
    paid = [Decimal(draw) / 100 for draw in (Random(3).choices([4000, 5000, 9000, 20000, 60000], [50, 40, 30, 8, 2], k=500))]
    bounds = amount_bounds(paid)
    assert all(low < high for low, high in pairwise(bounds))
    found = stratify([Unit(str(place), amount) for place, amount in enumerate(paid)], ("amount",))
    assert sum(map(len, found.values())) == 500


def test_amounts_that_are_all_alike_are_one_stratum():
    assert stratify([Unit(str(place), Decimal(40)) for place in range(30)], ("amount",)).keys() == {"any amount"}


def test_every_stratum_gets_enough_for_limits_of_its_own():
    shared = allocate({"large": 10_000, "small": 60, "tiny": 3}, 100)
    assert sum(shared.values()) == 100
    assert (shared["small"], shared["tiny"]) == (LEAST_IN_STRATUM, 3)


def test_a_size_beyond_the_frame_is_refused():
    with pytest.raises(AuditRefused, match="500 units are asked for"):
        drawn_from(frame_of(units()), Wish("s", 500))


def test_neither_a_size_nor_a_probe_is_refused():
    with pytest.raises(AuditRefused, match="neither a size nor a judged probe"):
        drawn_from(frame_of(units()), Wish("s"))


def test_a_probe_sets_the_size_by_the_spread_of_the_overpayment():
    universe = frame_of(units())
    probe = drawn_from(universe, Wish("s", 40))
    said = [UnitJudgement(each.id, each.paid / 2 if place % 2 else each.paid) for place, each in enumerate(probe.drawn)]
    plan, sizing = design(universe, Wish("s", precision=0.15), reviewed(probe, universe, said))
    assert sizing is not None
    by = {(each.level, each.precision): each for each in sizing.sizes}[0.90, 0.15]
    assert plan.sizes == {"all": by.units}
    assert by.units != by.by_paid
    assert "spread of the overpayment" in plan.why[0]


def test_a_probe_without_overpayment_says_that_no_precision_can_be_asked_for():
    universe = frame_of(units())
    probe = drawn_from(universe, Wish("s", 40))
    _, sizing = design(universe, Wish("s", 40), reviewed(probe, universe, judged(probe)))
    assert sizing is not None
    assert "no net overpayment" in sizing.why[0]


def test_a_replaced_unit_gives_its_place_to_the_next_spare():
    universe = frame_of(units())
    sample = drawn_from(universe, Wish("s", 30, spares=2))
    spare = next(each for each in sample.drawn if each.role == "spare")
    said = judged(sample)
    said[4] = UnitJudgement(said[4].id, None, standing="replaced")
    rows = reviewed(sample, universe, [*said, UnitJudgement(spare.id, spare.paid)])
    assert [each.unit.id for each in rows][-1] == spare.id
    assert len(rows) == 30


def test_a_unit_that_nobody_has_judged_is_named():
    universe = frame_of(units())
    sample = drawn_from(universe, Wish("s", 30))
    with pytest.raises(AuditRefused, match="1 of its 30 units are not judged yet"):
        reviewed(sample, universe, judged(sample)[1:])


def test_a_judgement_of_a_unit_that_was_not_drawn_is_refused():
    universe = frame_of(units())
    sample = drawn_from(universe, Wish("s", 30))
    with pytest.raises(AuditRefused, match="were not drawn"):
        reviewed(sample, universe, [*judged(sample), UnitJudgement("stranger", Decimal(1))])


def test_engine_results_that_changed_after_the_draw_are_refused():
    universe = frame_of(units())
    sample = drawn_from(universe, Wish("s", 30))
    other = frame_of([Unit(each.id, each.paid, each.day, each.therapist, each.payer, each.patient, each.paid) for each in units()])
    with pytest.raises(AuditRefused, match="changed since the sample was drawn"):
        estimates(sample, other, judged(sample))


def test_a_share_of_the_sample_is_marked_for_a_second_reviewer():
    sample = drawn_from(frame_of(units()), Wish("s", 50, spares=5, second_share=0.2))
    assert sum(each.second_review for each in sample.drawn) == 10
    assert not any(each.second_review for each in sample.drawn if each.role == "spare")


def test_a_sample_comes_back_from_its_file_as_it_was():
    sample = drawn_from(frame_of(units()), Wish("s", 30, strata_by=("payer", "amount"), spares=2))
    assert record_of(Sample, plain(sample)) == sample
