"""From what is wanted, and what a probe has shown, to the plan of a sample: how many units of which stratum, and why."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import ceil, sqrt

from nlp_pipeline.auditing.estimates import cents, variance
from nlp_pipeline.auditing.sampling import allocate, draw, stratify
from nlp_pipeline.auditing.sizing import size_from_probe
from nlp_pipeline.auditing.universe import engine_digest, universe_of
from nlp_pipeline.errors import AuditRefused
from nlp_pipeline.records.estimate import Sizing
from nlp_pipeline.records.sample import Design, Reviewed, Sample, Unit, Universe, Wish


def frame_of(units: Iterable[Unit]) -> Universe:
    """Make the frame of what was handed over."""
    found = universe_of(units)
    if not found.units:
        raise AuditRefused("the universe", "nothing in it can be drawn", "Give claims with an id and an amount above nothing.")
    return found


def design(universe: Universe, wish: Wish, probe: Sequence[Reviewed] = ()) -> tuple[Design, Sizing | None]:
    """Plan a sample: by the size that is wanted, or by what a probe of the same seed has shown."""
    strata = {name: len(units) for name, units in stratify(universe.units, wish.strata_by).items()}
    sizing = size(universe, wish, probe) if probe else None
    wanted = wish.size if wish.size is not None else sizing.advised if sizing else None
    if wanted is None:
        raise AuditRefused("the sample", "neither a size nor a judged probe is given", "Give --size, or draw a probe, judge it, and give it back.")
    if wanted > len(universe.units):
        raise AuditRefused("the sample", f"{wanted} units are asked for and the frame holds {len(universe.units)}", "Ask for fewer.")
    spread = _spread(probe) if probe and set(strata) == {each.stratum for each in probe} else None
    sizes = allocate(strata, wanted, spread)
    why = _why(wish, sizing, sizes, spread is not None)
    second = ceil(sum(sizes.values()) * wish.second_share)
    return Design(wish.seed, wish.strata_by, sizes, wish.spares, wish.review, why, second), sizing


def size(universe: Universe, wish: Wish, probe: Sequence[Reviewed]) -> Sizing:
    """Say how many units a precision asks for."""
    return size_from_probe(len(universe.units), [each.difference for each in probe], [each.unit.paid for each in probe], (wish.level, wish.precision))


def draw_sample(universe: Universe, plan: Design) -> Sample:
    """Draw the sample of a plan."""
    return draw(universe, plan, engine_digest(universe.units))


def _spread(probe: Sequence[Reviewed]) -> dict[str, float]:
    """Give the spread of the overpayment in each stratum of a probe; one that showed none counts as a tenth of the mean spread, lest it be left unseen."""
    values: Mapping[str, list[int]] = defaultdict(list)
    for each in probe:
        values[each.stratum].append(cents(each.difference))
    spread = {name: sqrt(variance(found)) for name, found in values.items()}
    least = sum(spread.values()) / len(spread) / 10
    return {name: max(found, least) for name, found in spread.items()}


def _why(wish: Wish, sizing: Sizing | None, sizes: Mapping[str, int], by_spread: bool) -> tuple[str, ...]:
    words = list(sizing.why) if sizing else []
    if wish.size is not None:
        words.append(f"{wish.size} units were asked for by whoever planned the audit.")
    if len(sizes) > 1:
        basis = "size times the spread of the overpayment in the probe" if by_spread else "size"
        words.append(f"The sample is shared among {len(sizes)} strata by {basis}; no stratum has fewer than it needs for limits of its own.")
    return tuple(words)
