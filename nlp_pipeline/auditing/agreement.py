"""How far judgements agree, above chance and with an interval: Cohen's kappa, Krippendorff's alpha, and what seeing a suggestion does.

Kappa's interval is that of Fleiss, Cohen and Everitt (1969); shares have the exact interval of Clopper and Pearson (1934); alpha (Krippendorff 2011,
nominal, missing judgements allowed) and differences have a bootstrap that draws whole visits, since the activities of one visit are alike.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from random import Random

from nlp_pipeline.records.judgement import Agreement, Figure, Ratings

Pair = tuple[str, str]
Hits = tuple[int, int]  # hits and how many there were
Coincidences = Mapping[Pair, float]

_NORMAL = 1.959963984540054  # two-sided 95 %
_TAIL = 0.025
NOTHING = Figure(None)


def share_of(hits: int, count: int) -> Figure:
    """Give a share with its exact interval.

    >>> figure = share_of(487, 500)
    >>> round(figure.value, 3), round(figure.low, 4), round(figure.high, 4)
    (0.974, 0.9559, 0.9861)
    """
    from scipy.special import betaincinv

    if not count:
        return NOTHING
    low = float(betaincinv(hits, count - hits + 1, _TAIL)) if hits else 0.0
    high = float(betaincinv(hits + 1, count - hits, 1 - _TAIL)) if hits < count else 1.0
    return Figure(hits / count, low, high, count)


def agreement_of(pairs: Sequence[Pair]) -> Agreement:
    """Compare pairs of judgements of the same things."""
    return Agreement(share_of(sum(one == other for one, other in pairs), len(pairs)), kappa(pairs))


def kappa(pairs: Sequence[Pair]) -> Figure:
    """Give Cohen's kappa; where all judgements are one and the same, chance alone explains the agreement and there is no kappa."""
    count = len(pairs)
    if not count:
        return NOTHING
    cells = {pair: times / count for pair, times in Counter(pairs).items()}
    rows, columns = _margin(cells, 0), _margin(cells, 1)
    chance = sum(share * columns.get(code, 0.0) for code, share in rows.items())
    if math.isclose(chance, 1):
        return Figure(None, count=count)
    value = (sum(cells.get((code, code), 0.0) for code in rows) - chance) / (1 - chance)
    spread = _NORMAL * math.sqrt(_kappa_variance(cells, value, chance) / count)
    return Figure(value, max(-1.0, value - spread), min(1.0, value + spread), count)


def _margin(cells: Mapping[Pair, float], side: int) -> dict[str, float]:
    total: dict[str, float] = {}
    for pair, share in cells.items():
        total[pair[side]] = total.get(pair[side], 0.0) + share
    return total


def _kappa_variance(cells: Mapping[Pair, float], value: float, chance: float) -> float:
    rows, columns = _margin(cells, 0), _margin(cells, 1)
    left = 1 - value
    same = sum(share * (1 - (rows[one] + columns[one]) * left) ** 2 for (one, other), share in cells.items() if one == other)
    apart = left**2 * sum(share * (columns.get(one, 0.0) + rows.get(other, 0.0)) ** 2 for (one, other), share in cells.items() if one != other)
    return max(0.0, same + apart - (value - chance * left) ** 2) / (1 - chance) ** 2


def alpha(ratings: Ratings, draws: Random, rounds: int) -> Figure:
    """Give Krippendorff's alpha over judgements on a nominal scale; what fewer than two judged says nothing and is left out."""
    judged = [(unit[0], list(by.values())) for unit, by in ratings.items() if len(by) > 1]
    by_visit: dict[str, Counter[Pair]] = {}
    for visit, values in judged:
        by_visit.setdefault(visit, Counter()).update(_coincidences(values))
    value = _alpha(_added(by_visit.values()))
    if value is None:
        return Figure(None, count=len(judged))
    parts = [*by_visit.values()]
    return Figure(value, *middle(lambda: _alpha(_added(draws.choices(parts, k=len(parts)))), rounds), len(judged))


def _coincidences(values: Sequence[str]) -> dict[Pair, float]:
    """Count every ordered pair of judgements of one thing, so that each judgement counts once in all."""
    count, weight = Counter(values), 1 / (len(values) - 1)
    return {(one, other): times * (more - (one == other)) * weight for one, times in count.items() for other, more in count.items()}


def _added(parts: Iterable[Coincidences]) -> Coincidences:
    total: dict[Pair, float] = {}
    for part in parts:
        for pair, weight in part.items():
            total[pair] = total.get(pair, 0.0) + weight
    return total


def _alpha(coincidences: Coincidences) -> float | None:
    margins = _margin(coincidences, 0)
    count = sum(margins.values())
    expected = count**2 - sum(each**2 for each in margins.values())
    if expected <= 1e-9:
        return None
    observed = sum(weight for (one, other), weight in coincidences.items() if one != other)
    return 1 - (count - 1) * observed / expected


def difference(some: Mapping[str, Hits], others: Mapping[str, Hits], draws: Random, rounds: int) -> Figure:
    """Give the difference of two shares of hits; both come visit by visit as (hits, count)."""
    value = _difference([*some.values()], [*others.values()])
    if value is None:
        return NOTHING
    mine, its = [*some.values()], [*others.values()]

    def again() -> float | None:
        return _difference(draws.choices(mine, k=len(mine)), draws.choices(its, k=len(its)))

    return Figure(value, *middle(again, rounds), sum(count for _, count in (*mine, *its)))


def _difference(some: Sequence[tuple[int, int]], others: Sequence[tuple[int, int]]) -> float | None:
    mine, its = sum(count for _, count in some), sum(count for _, count in others)
    if not mine or not its:
        return None
    return sum(hits for hits, _ in some) / mine - sum(hits for hits, _ in others) / its


def middle(again: Callable[[], float | None], rounds: int) -> tuple[float | None, float | None]:
    """Give the middle 95 % of what a figure comes to over samples drawn again and again; samples that give no figure are passed over."""
    found = sorted(value for _ in range(rounds) if (value := again()) is not None)
    if not found:
        return None, None
    return found[int(_TAIL * (len(found) - 1))], found[math.ceil((1 - _TAIL) * (len(found) - 1))]
