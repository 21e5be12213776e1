"""Say whether an estimate may be carried over to the frame, on what grounds, and what would be left if findings were overturned."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from math import ceil, fsum, sqrt
from pathlib import Path
from typing import Any

from nlp_pipeline.auditing.estimates import Differences, estimate
from nlp_pipeline.records.estimate import ErrorRate, Estimate, Extrapolation, FinancialRate, Ground, IfOverturned, Verdict

SHIPPED = Path(__file__).with_name("extrapolation.toml")
FIRST_STEPS = (1, 2, 3, 5, 10)
LATER_SHARES = (0.10, 0.25, 0.50)


def extrapolation(net: Estimate, errors: ErrorRate, financial: FinancialRate, strata: Sequence[Differences]) -> Extrapolation:
    """Hold an estimate against every ground."""
    skew = skewness([value for stratum in strata for value in stratum.cents])
    terms = _terms()
    needed = ceil(float(terms["skewness"]["figure"]) * skew**2)
    figures: dict[str, Any] = {
        "reviewed": net.sample,
        "skewness": skew,
        "needed": needed,
        "errors": errors.errors,
        "precision": net.precision,
        "lower": f"${net.two_sided.lower:,}",
        "rate": errors.rate,
        "net": financial.rate,
    }
    precision = net.precision if net.precision is not None else float("inf")
    holds = {
        "sample-size": net.sample >= terms["sample-size"]["figure"] or net.sample == net.frame,
        "skewness": net.sample > needed or net.sample == net.frame,
        "errors-seen": errors.errors >= terms["errors-seen"]["figure"],
        "precision": precision <= terms["precision"]["figure"],
        "above-nothing": net.two_sided.lower > 0,
        "sustained-error": errors.rate >= terms["sustained-error"]["figure"],
        "net-error": financial.rate >= terms["net-error"]["figure"],
    }
    grounds = tuple(_ground(name, terms[name], held, figures) for name, held in holds.items())
    return _verdict(grounds, net)


def skewness(values: Sequence[int]) -> float:
    """Give the skewness of a sample (third central moment over the cubed root of the second).

    >>> round(skewness([0, 0, 0, 0, 10]), 2)
    1.5
    """
    mean = fsum(values) / len(values)
    second = fsum((value - mean) ** 2 for value in values) / len(values)
    third = fsum((value - mean) ** 3 for value in values) / len(values)
    return round(third / sqrt(second) ** 3, 6) if second else 0.0


def if_overturned(strata: Sequence[Differences]) -> tuple[tuple[IfOverturned, ...], int | None]:
    """Give the estimate if the findings with the highest amounts were given up, a few and then a share, and how many take the lower limit to nothing."""
    ranked = sorted(((value, place) for place, stratum in enumerate(strata) for value in stratum.cents if value > 0), key=lambda each: -each[0])
    steps = [step for step in FIRST_STEPS if step <= len(ranked)] + [ceil(len(ranked) * share) for share in LATER_SHARES if ranked]
    rows = tuple(_without(strata, ranked, count) for count in sorted({0, *steps}))
    if rows[0].one_sided_lower <= 0:
        return rows, 0 if ranked else None
    low, high = 0, len(ranked)
    while high - low > 1:  # the lower limit falls with every finding given up
        middle = (low + high) // 2
        low, high = (middle, high) if _without(strata, ranked, middle).one_sided_lower > 0 else (low, middle)
    return rows, high


def _without(strata: Sequence[Differences], ranked: Sequence[tuple[int, int]], count: int) -> IfOverturned:
    gone = ranked[:count]
    left = []
    for place, stratum in enumerate(strata):
        values = list(stratum.cents)
        for value, where in gone:
            if where == place:
                values[values.index(value)] = 0
        left.append(stratum._replace(cents=values))
    found = estimate("difference", left)
    return IfOverturned(count, found.point, found.one_sided_lower, found.two_sided)


def _ground(name: str, term: Mapping[str, Any], held: bool, figures: Mapping[str, Any]) -> Ground:
    values = dict(figures)
    if name == "precision" and not held:
        values["precision"] = "nothing in particular" if figures["precision"] is None else f"{figures['precision']:.0%}"
    told = term["holds" if held else "fails"].format(figure=term["figure"], **values).replace("%", " %")
    return Ground(name, held, told, term["source"], term["mark"])


def _verdict(grounds: tuple[Ground, ...], net: Estimate) -> Extrapolation:
    terms = _terms()
    failed = {gravity: [each for each in grounds if not each.holds and terms[each.name]["gravity"] == gravity] for gravity in ("stop", "care")}
    verdict: Verdict = "not justified" if failed["stop"] else "with care" if failed["care"] else "justified"
    deciding = failed["stop"] or failed["care"] or [each for each in grounds if each.holds and terms[each.name]["gravity"] != "tell"]
    because = " ".join(each.told[0].lower() + each.told[1:] if place == 0 else each.told for place, each in enumerate(deciding))
    return Extrapolation(verdict, terms["verdicts"][verdict].format(frame=net.frame, because=because), grounds)


@cache
def _terms() -> dict[str, Any]:
    return tomllib.loads(SHIPPED.read_text("utf-8"))
