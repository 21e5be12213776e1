"""What the decisions of a team say: of the engine with its suggestions hidden and shown, of the coders among themselves, and how reliable it is here."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import resources
from itertools import combinations
from random import Random
from typing import Any

from nlp_pipeline.auditing.agreement import Hits, agreement_of, alpha, difference, share_of
from nlp_pipeline.records.judgement import Agreement, Figure, Judgement, Reliability, TeamFigures, ratings_of


def team_figures(judgements: Iterable[Judgement]) -> TeamFigures:
    """Work out every figure from the judgements of a team, in the order in which they were made."""
    told, last_word = _chosen(), {(each.unit, each.coder): each for each in judgements}
    made = [*last_word.values()]
    blind, shown = [each for each in made if each.blind], [each for each in made if not each.blind]
    draws, rounds = Random(told["seed"]), int(told["rounds"])
    bias = difference(_by_visit(shown), _by_visit(blind), draws, rounds)
    unseen = ratings_of(blind)
    reliability = reliability_of(made, told["reliability"]["least"], told["reliability"]["last"])
    return TeamFigures(
        engine_blind=agreement_of([(each.shown, each.decided) for each in blind if each.shown is not None]),
        engine_shown=agreement_of([(each.shown, each.decided) for each in shown if each.shown is not None]),
        bias=bias,
        coders=alpha(unseen, draws, rounds),
        pairs=coder_pairs(blind),
        reliability=reliability,
        sentences=tuple(_sentences(reliability, bias, told["sentences"])),
    )


def _by_visit(judgements: Iterable[Judgement]) -> dict[str, Hits]:
    """Count, visit by visit, how often the code that was shown, or would have been, was what was decided."""
    found: dict[str, Hits] = {}
    for each in judgements:
        if each.shown is not None:
            hits, count = found.get(each.visit, (0, 0))
            found[each.visit] = hits + (each.shown == each.decided), count + 1
    return found


def coder_pairs(judgements: Iterable[Judgement]) -> dict[tuple[str, str], Agreement]:
    """Compare each two coders over what both judged unseen."""
    both: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for by in ratings_of(judgements).values():
        for one, other in combinations(sorted(by), 2):
            both.setdefault((one, other), []).append((by[one], by[other]))
    return {pair: agreement_of(judged) for pair, judged in sorted(both.items())}


def reliability_of(judgements: Sequence[Judgement], least: float, last: int) -> Reliability:
    """Count how many of the newest sure suggestions were kept where they were shown, and chosen where they were hidden."""
    sure = [each for each in judgements if each.suggested is not None and each.shown == each.suggested and (each.confidence or 0.0) >= least]
    shown = [each for each in sure if not each.blind][-last:]
    hidden = [each for each in sure if each.blind][-last:]
    kept, chosen = (sum(each.decided == each.suggested for each in some) for some in (shown, hidden))
    return Reliability(least, len(shown), kept, share_of(kept, len(shown)), len(hidden), chosen, share_of(chosen, len(hidden)))


def _sentences(found: Reliability, bias: Figure, words: Mapping[str, str]) -> Iterable[str]:
    if found.shown:
        yield words["kept"].format(shown=found.shown, least=found.least, kept=found.kept, **_share(found.share))
    if found.hidden:
        yield words["chosen"].format(hidden=found.hidden, chosen=found.chosen, **_share(found.hidden_share))
    if bias.value is not None and bias.low is not None and bias.high is not None:
        yield words["bias"].format(points=bias.value * 100, low=bias.low * 100, high=bias.high * 100)
    elif not found.hidden:
        yield words["too_few"]


def _share(figure: Figure) -> dict[str, float]:
    return {"share": figure.value or 0.0, "low": figure.low or 0.0, "high": figure.high or 0.0}


@cache
def _chosen() -> Mapping[str, Any]:
    return tomllib.loads(resources.files("nlp_pipeline.auditing").joinpath("agreement.toml").read_text("utf-8"))
