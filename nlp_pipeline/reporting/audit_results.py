"""What the reviewers found in the sample, and what that says of the frame."""

from collections.abc import Iterator
from decimal import Decimal

from nlp_pipeline.records.audit_papers import AuditPapers
from nlp_pipeline.records.document import Block, Section
from nlp_pipeline.records.estimate import AuditEstimate, ErrorRate, Estimate, TwoReviewers
from nlp_pipeline.records.judgement import Figure
from nlp_pipeline.reporting.audit_charts import Interval, intervals
from nlp_pipeline.reporting.audit_rulings import rulings_blocks
from nlp_pipeline.reporting.audit_sheets import money, share
from nlp_pipeline.reporting.audit_words import Names, amount, category_title, count


def results_sections(papers: AuditPapers, names: Names) -> Iterator[Section]:
    """Tell the sample, the rates, the estimate, its grounds and what rebuttals would change."""
    found = papers.estimate
    if found is None or papers.sample is None:
        return
    yield Section(
        "What the reviewers found", (*_by_category(papers), _reviewed(papers, names), *_agreement(found), *rulings_blocks(papers, names), *_rebuttals(papers))
    )
    yield Section("Error rates", (_rates(found),), level=2)
    yield Section("Estimate", (_chart(found), _estimates(found), *_powered(found), *_strata(found)))
    grounds = tuple(("yes" if each.holds else "no", each.told, f"{each.source}; {each.mark}") for each in found.extrapolation.grounds)
    grounds_table = Block("table", "Grounds", columns=("holds", "", "source"), align="lll", rows=grounds)
    yield Section("May it be carried over?", (Block("words", found.extrapolation.sentence), grounds_table), level=2)
    yield Section("If findings were overturned", tuple(_overturned(found)), level=2)


def _by_category(papers: AuditPapers) -> Iterator[Block]:
    """Count what the reviewers named, and on how many of those claims the amount changes."""
    paid = {each.id: each.paid for each in (papers.sample.drawn if papers.sample else ())}
    named: dict[str, list[Decimal]] = {}
    for each in papers.judgements:
        if each.held is not None and each.standing == "reviewed":
            for category in each.categories:
                named.setdefault(category, []).append(paid[each.id] - each.held)
    ranked = sorted(named.items(), key=lambda each: (-len(each[1]), each[0]))
    rows = tuple((category_title(name), count(len(amounts)), count(sum(amount != 0 for amount in amounts))) for name, amounts in ranked)
    if rows:
        yield Block("table", "What the reviewers named", columns=("category", "claims", "of these, the amount changes"), align="lrr", rows=rows)


def _reviewed(papers: AuditPapers, names: Names) -> Block:
    said = {each.id: each for each in papers.judgements}
    units = {each.id: each for each in (papers.universe.units if papers.universe else ())}
    rows = []
    for each in papers.sample.drawn if papers.sample else ():
        judgement = said.get(each.id)
        if judgement is None:
            continue
        supported = judgement.final
        day = str(units[each.id].day or "") if each.id in units else ""
        words = "replaced by a spare" if judgement.standing == "replaced" else ", ".join(map(category_title, judgement.categories))
        difference = None if supported is None else each.paid - supported
        rows.append((names.visit(each.id), day, money(each.paid), amount(supported), amount(difference), words))
    columns = ("claim", "day", "submitted", "supported", "difference", "why")
    return Block("table", "Every claim of the sample, as submitted and as supported", columns=columns, align="llrrrl", rows=tuple(rows))


def _agreement(found: AuditEstimate) -> Iterator[Block]:
    if found.agreement is None:
        return
    equal, kappa = found.agreement.share, found.agreement.kappa
    told = f"Two reviewers judged {equal.count} claims and agreed on {share(equal.value or 0.0)} of them"
    if kappa.value is not None and kappa.low is not None and kappa.high is not None:
        told += f"; kappa {kappa.value:.2f} (95 % limits {kappa.low:.2f} to {kappa.high:.2f})"
    yield Block("words", told + ".")
    if found.behind:
        yield _behind(found.behind)


def _behind(found: TwoReviewers) -> Block:
    """Lay out how far two reviewers agree on codes, units and minutes, each with its limits."""
    apart = "" if found.minutes_apart is None else f"the others {found.minutes_apart:.1f} minutes apart on average"
    told = (
        ("activities with the same code", found.activities.share, _kappa(found.activities.kappa)),
        ("claims with the same codes", found.codes, ""),
        ("codes that both gave: the same units", found.units.share, _kappa(found.units.kappa)),
        ("codes that both gave: the same minutes", found.minutes, apart),
    )
    rows = tuple(
        (name, count(each.count), share(each.value), f"{share(each.low)} to {share(each.high)}", more)
        for name, each, more in told
        if each.value is not None and each.low is not None and each.high is not None
    )
    columns = ("", "compared", "equal", "95 % limits", "")
    return Block("table", "Two reviewers, behind the amount", columns=columns, align="lrrrl", rows=rows)


def _kappa(found: Figure) -> str:
    return "" if found.value is None or found.low is None or found.high is None else f"kappa {found.value:.2f} ({found.low:.2f} to {found.high:.2f})"


def _rebuttals(papers: AuditPapers) -> Iterator[Block]:
    answered = [each for each in papers.judgements if each.therapist_agrees is not None]
    if answered:
        agree = sum(each.therapist_agrees is True for each in answered)
        yield Block("words", f"Therapists answered {len(answered)} findings and agreed with {agree}.")
    kept = [each for each in papers.judgements if each.rebuttal]
    if kept:
        counts = {name: sum(each.rebuttal == name for each in kept) for name in ("accepted", "rejected", "open")}
        yield Block("words", f"Rebuttals kept: {', '.join(f'{number} {name}' for name, number in counts.items() if number)}.")


def _rates(found: AuditEstimate) -> Block:
    financial = found.financial
    rows = (
        ("claims in error", f"{found.error_rate.errors} of {found.error_rate.reviewed}", *_rate(found.error_rate)),
        ("claims overpaid", f"{found.over_rate.errors} of {found.over_rate.reviewed}", *_rate(found.over_rate)),
        ("net amount", money(found.sample_over - found.sample_under), share(financial.rate), f"{share(financial.lower)} to {share(financial.upper)}", "ratio"),
    )
    return Block("table", "Error rates with 90 % limits", columns=("", "found", "rate", "limits", "method"), align="lrrrl", rows=rows)


def _rate(rate: ErrorRate) -> tuple[str, str, str]:
    return share(rate.rate), f"{share(rate.lower)} to {share(rate.upper)}", rate.method


def _estimates(found: AuditEstimate) -> Block:
    rows = [
        _estimate("net overpayment", found.net),
        _estimate("overpayments alone", found.over),
        _estimate("underpayments alone", found.under),
        _estimate("net, normal quantile", found.by_normal),
    ]
    rows += [_estimate("net, before rebuttals", found.before_rebuttals)] if found.before_rebuttals else []
    rows += [_estimate("net, with the engine", found.powered.estimate)] if found.powered else []
    columns = ("", "point", "two-sided 90 %, lower", "upper", "one-sided 90 %, lower", "precision", "quantile")
    return Block("table", f"Carried over to {count(found.net.frame)} claims", columns=columns, align="lrrrrrl", rows=tuple(rows))


def _estimate(name: str, found: Estimate) -> tuple[str, ...]:
    quantile = f"z {found.quantile:.4f}" if found.freedom is None else f"t {found.quantile:.4f}, {found.freedom:.0f} df"
    limits = money(found.two_sided.lower), money(found.two_sided.upper), money(found.one_sided_lower)
    return name, money(found.point), *limits, "–" if found.precision is None else share(found.precision), quantile


def _chart(found: AuditEstimate) -> Block:
    rows = [_interval("sample alone", found.net)]
    rows += [_interval("sample and engine", found.powered.estimate)] if found.powered else []
    rows += [_interval("before rebuttals", found.before_rebuttals)] if found.before_rebuttals else []
    net = found.net
    alternative = (
        f"Net overpayment {money(net.point)} with two-sided 90 % limits {money(net.two_sided.lower)} to {money(net.two_sided.upper)}; the table holds the rest."
    )
    return Block("chart", alternative, svg=intervals(rows))


def _interval(name: str, found: Estimate) -> Interval:
    return Interval(name, float(found.two_sided.lower), float(found.point), float(found.two_sided.upper), money(found.point))


def _powered(found: AuditEstimate) -> Iterator[Block]:
    if found.powered is None:
        return
    engine = found.powered
    wide = f"{share(abs(engine.narrower))} {'narrower' if engine.narrower >= 0 else 'wider'}"
    yield Block(
        "words",
        f"With the engine: its results on every claim of the frame come to {money(engine.engine_total)}. The sample says how far it is off; it is believed "
        f"with weight {engine.weight:.2f} (correlation with the reviewers {engine.correlation:.2f}). The interval is {wide} than the sample's alone, and "
        "it holds however wrong the engine is, because the correction comes from claims drawn by lot.",
    )


def _strata(found: AuditEstimate) -> Iterator[Block]:
    if len(found.strata) > 1:
        rows = tuple((each.name, count(each.frame), count(each.sample), money(each.mean), money(each.deviation), money(each.point)) for each in found.strata)
        yield Block("table", "By stratum", columns=("stratum", "frame", "sample", "mean", "deviation", "point"), align="lrrrrr", rows=rows)


def _overturned(found: AuditEstimate) -> Iterator[Block]:
    rows = tuple(
        (count(each.overturned), money(each.point), money(each.one_sided_lower), f"{money(each.two_sided.lower)} to {money(each.two_sided.upper)}")
        for each in found.if_overturned
    )
    yield Block(
        "table",
        "The findings with the highest amounts, given up one after another",
        columns=("overturned", "point", "one-sided lower", "two-sided"),
        align="rrrr",
        rows=rows,
    )
    if found.to_nothing:
        yield Block("words", f"{found.to_nothing} of them would take the lower limit to nothing.")
    elif found.to_nothing == 0:
        yield Block("words", "The lower limit does not lie above nothing as it is.")
