"""From a sample and what reviewers said of it to everything that it says about the frame."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal

from nlp_pipeline.auditing.agreement import agreement_of
from nlp_pipeline.auditing.estimates import Differences, by_stratum, cents, estimate, financial_rate
from nlp_pipeline.auditing.exact_intervals import error_rate, stratified_error_rate
from nlp_pipeline.auditing.extrapolation import extrapolation, if_overturned
from nlp_pipeline.auditing.prediction_powered import Judged, powered
from nlp_pipeline.auditing.reviewers import both_counted, two_reviewers
from nlp_pipeline.auditing.sampling import stratify
from nlp_pipeline.auditing.universe import engine_digest
from nlp_pipeline.errors import AuditRefused
from nlp_pipeline.records.estimate import AuditEstimate, ErrorRate, Estimate, Powered
from nlp_pipeline.records.judgement import Agreement
from nlp_pipeline.records.sample import Drawn, Reviewed, Sample, Stratum, UnitJudgement, Universe

SIMPLE, STRATIFIED = "difference, simple random sample", "difference, stratified random sample"
IN_ERROR, IN_ORDER = "in error", "in order"


def check_frame(sample: Sample, universe: Universe) -> None:
    """Refuse a frame that is not the one the sample was drawn from, or whose engine results have changed since."""
    if sample.frame.digest != universe.frame.digest:
        raise AuditRefused("the frame", "it is not the one the sample was drawn from", "Give the same claims again, or draw a new sample.")
    if sample.engine_digest != engine_digest(universe.units):
        raise AuditRefused("the engine's results", "they have changed since the sample was drawn", "Run the audit as it was, or draw a new sample.")


def reviewed(sample: Sample, universe: Universe, judgements: Iterable[UnitJudgement], *, after_rebuttals: bool = True) -> tuple[Reviewed, ...]:
    """Bring the sample and its judgements together; a unit that was replaced gives its place to the next spare of its stratum."""
    units, said = {unit.id: unit for unit in universe.units}, {each.id: each for each in judgements}
    strange = sorted(said.keys() - {each.id for each in sample.drawn})
    if strange:
        raise AuditRefused("the decisions", f"{len(strange)} are about units that were not drawn, the first is {strange[0]!r}", "Judge the worksheet's units.")
    found = []
    for stratum in sample.strata:
        queue = [each for each in sample.drawn if each.stratum == stratum.name]
        kept = [each for each in queue if not _replaced(said.get(each.id))][: stratum.drawn]
        _all_judged(stratum, kept, said)
        found += [Reviewed(units[each.id], stratum.name, said[each.id], _supported(said[each.id], after_rebuttals)) for each in kept]
    return tuple(found)


def estimates(sample: Sample, universe: Universe, judgements: Sequence[UnitJudgement]) -> AuditEstimate:
    """Carry over what the reviewers found, in every way that is told."""
    check_frame(sample, universe)
    rows = reviewed(sample, universe, judgements)
    net = _differences(sample, rows, lambda each: cents(each.difference))
    over = _differences(sample, rows, lambda each: max(0, cents(each.difference)))
    under = _differences(sample, rows, lambda each: min(0, cents(each.difference)))
    paid = _differences(sample, rows, lambda each: cents(each.unit.paid))
    method = STRATIFIED if len(sample.strata) > 1 else SIMPLE
    found, errors = estimate(method, net), _error_rate(net, lambda value: value != 0)
    financial = financial_rate(net, paid)
    steps, to_nothing = if_overturned(net)
    return AuditEstimate(
        net=found,
        by_normal=estimate(method, net, "z"),
        over=estimate(method, over),
        under=estimate(method, under),
        strata=by_stratum(net),
        sample_over=sum((max(each.difference, Decimal(0)) for each in rows), Decimal("0.00")),
        sample_under=sum((max(-each.difference, Decimal(0)) for each in rows), Decimal("0.00")),
        sample_paid=sum((each.unit.paid for each in rows), Decimal("0.00")),
        error_rate=errors,
        over_rate=_error_rate(net, lambda value: value > 0),
        financial=financial,
        powered=_powered(sample, universe, rows),
        extrapolation=extrapolation(found, errors, financial, net),
        if_overturned=steps,
        to_nothing=to_nothing,
        agreement=_agreement(judgements, universe),
        before_rebuttals=_before_rebuttals(sample, universe, judgements),
        replaced=sum(each.standing == "replaced" for each in judgements),
        behind=two_reviewers([pair for each in judgements if (pair := both_counted(each))]),
    )


def _differences(sample: Sample, rows: Sequence[Reviewed], value: Callable[[Reviewed], int]) -> tuple[Differences, ...]:
    by_name: Mapping[str, list[Reviewed]] = defaultdict(list)
    for each in rows:
        by_name[each.stratum].append(each)
    return tuple(Differences(stratum.name, stratum.units, tuple(value(each) for each in by_name[stratum.name])) for stratum in sample.strata)


def _error_rate(strata: Sequence[Differences], wrong: Callable[[int], bool]) -> ErrorRate:
    counted = [(each.units, len(each.cents), sum(map(wrong, each.cents))) for each in strata]
    if len(counted) > 1:
        return stratified_error_rate(counted)
    [(frame, size, errors)] = counted
    return error_rate(errors, size, frame)


def _powered(sample: Sample, universe: Universe, rows: Sequence[Reviewed]) -> Powered | None:
    """Combine with the engine's results, where the engine has any."""
    if all(unit.engine is None for unit in universe.units):
        return None
    people = _differences(sample, rows, lambda each: cents(each.difference))
    engine = _differences(sample, rows, lambda each: cents(each.unit.engine_difference))
    totals = _engine_totals(sample, universe)
    return powered([Judged(one.name, one.units, totals[one.name], one.cents, other.cents) for one, other in zip(people, engine, strict=True)])


def _engine_totals(sample: Sample, universe: Universe) -> dict[str, int]:
    """Add up the engine's differences over each stratum of the frame."""
    strata = stratify(universe.units, sample.design.strata_by)
    if strata.keys() != {each.name for each in sample.strata}:
        raise AuditRefused("the sample", "its strata are not those that this version makes of the frame", "Estimate with the version that drew it.")
    return {name: sum(cents(each.unit.engine_difference) for each in units) for name, units in strata.items()}


def _agreement(judgements: Sequence[UnitJudgement], universe: Universe) -> Agreement | None:
    """Compare the two reviewers of the units that both judged: in error, or in order."""
    paid = {unit.id: unit.paid for unit in universe.units}
    pairs = [
        (_word(each.supported, paid[each.id]), _word(each.second_supported, paid[each.id]))
        for each in judgements
        if each.supported is not None and each.second_supported is not None
    ]
    return agreement_of(pairs) if pairs else None


def _word(supported: Decimal | None, paid: Decimal) -> str:
    return IN_ORDER if supported == paid else IN_ERROR


def _before_rebuttals(sample: Sample, universe: Universe, judgements: Sequence[UnitJudgement]) -> Estimate | None:
    if all(each.rebuttal != "accepted" for each in judgements):
        return None
    rows = reviewed(sample, universe, judgements, after_rebuttals=False)
    return estimate(STRATIFIED if len(sample.strata) > 1 else SIMPLE, _differences(sample, rows, lambda each: cents(each.difference)))


def _supported(judgement: UnitJudgement, after_rebuttals: bool) -> Decimal:
    found = judgement.final if after_rebuttals else judgement.held
    if found is None:
        raise AuditRefused(f"unit {judgement.id!r}", "it is judged without an amount", "Write what its note supports, 0 where it supports nothing.")
    return found


def _replaced(judgement: UnitJudgement | None) -> bool:
    return judgement is not None and judgement.standing == "replaced"


def _all_judged(stratum: Stratum, kept: Sequence[Drawn], said: Mapping[str, UnitJudgement]) -> None:
    missing = [each.id for each in kept if each.id not in said]
    if missing:
        why = f"{len(missing)} of its {stratum.drawn} units are not judged yet, the first is {missing[0]!r}"
        raise AuditRefused(f"stratum {stratum.name!r}", why, "Judge them in the worksheet and estimate again.")
    if len(kept) < stratum.drawn:
        raise AuditRefused(f"stratum {stratum.name!r}", "more units were replaced than there are spares", "Draw again with more spares.")
