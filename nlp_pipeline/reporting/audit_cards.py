"""A card for each therapist, strengths first; the corrective actions; and when to audit again."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from nlp_pipeline.records.audit_papers import Action, AuditPapers, DiscrepancyRow, VisitRow
from nlp_pipeline.records.document import Block, Section
from nlp_pipeline.reporting.audit_findings import by_category
from nlp_pipeline.reporting.audit_sheets import money, share
from nlp_pipeline.reporting.audit_words import Names, categories, category_title, count, in_order, months_later, words

EXAMPLES = 3
FEW_VISITS = 10
ENOUGH = 0.8  # of the visits, for a strength to be named
MOST_ACTIONS = 8


def cards(papers: AuditPapers, names: Names) -> Iterator[Section]:
    """Give a card to each therapist, in the order of the names shown."""
    by_name: dict[str, list[VisitRow]] = {}
    for visit in papers.visits:
        if visit.therapist:
            by_name.setdefault(visit.therapist, []).append(visit)
    if by_name:
        told = "A card each, to be handed out: strengths first, then patterns, with the elements that a note would hold. No card holds words to copy."
        yield Section("Therapists", (Block("words", told),), new_page=True)
    for place, (name, visits) in enumerate(sorted(by_name.items(), key=lambda each: in_order(names.therapist(each[0])))):
        yield Section(names.therapist(name), tuple(_card(visits, names)), level=2, new_page=place > 0)


def _card(visits: Sequence[VisitRow], names: Names) -> Iterator[Block]:
    supported = sum(each.outcome == "supported" for each in visits)
    net = sum((each.difference for each in visits if each.difference is not None), Decimal("0.00"))
    told = f"{count(len(visits))} visits, {count(supported)} supported as billed ({share(supported / len(visits))}); net difference {money(net)}."
    yield Block("words", told + (" Too few visits for figures to mean much." if len(visits) < FEW_VISITS else ""))
    yield Block("list", "Strengths", items=tuple(_strengths(visits)))
    patterns = Counter(category for each in visits for category in {row.category for row in each.discrepancies})
    if not patterns:
        return
    ranked = sorted(patterns.items(), key=lambda each: (-each[1], each[0]))[:5]
    rows = tuple((category_title(name), count(number), categories()[name].element if name in categories() else "") for name, number in ranked)
    yield Block("table", "Patterns, and the elements a note would hold", columns=("pattern", "visits", "element to document"), align="lrl", rows=rows)
    yield Block("list", "Examples", items=tuple(_examples(visits, [name for name, _ in ranked], names)))


def _strengths(visits: Sequence[VisitRow]) -> Iterator[str]:
    """Name each group of categories that nearly all visits are free of."""
    for group, told in words()["strengths"].items():
        inside = {name for name, each in categories().items() if each.group == group}
        free = sum(not any(row.category in inside for row in each.discrepancies) for each in visits)
        if free >= ENOUGH * len(visits):
            yield f"{told}: in {count(free)} of {count(len(visits))} visits."


def _examples(visits: Sequence[VisitRow], ranked: Sequence[str], names: Names) -> Iterator[str]:
    """Give an example of each pattern, the most frequent first; where there are fewer patterns than examples, more of the first."""
    chosen: list[tuple[VisitRow, DiscrepancyRow]] = []
    for turn in range(EXAMPLES):
        for name in ranked:
            fitting = [(visit, row) for visit in visits for row in visit.discrepancies if row.category == name]
            if turn < len(fitting) and len(chosen) < EXAMPLES:
                chosen.append(fitting[turn])
    for visit, row in chosen:
        rules = f" Rules dated {row.rules}." if row.rules else ""
        yield f"{names.visit(visit.id)}, {visit.date_of_service or 'day not stated'}: {names.speak(row.message)} {row.remedy} [{row.source}; {row.mark}]{rules}"


def actions_section(papers: AuditPapers) -> Section:
    """Lay out the corrective actions that were entered, or those that the findings suggest, for owners and days to be filled in."""
    actions = papers.actions or tuple(Action(name, categories()[name].action) for name in list(by_category(papers))[:MOST_ACTIONS] if name in categories())
    if not actions:
        return Section("Corrective actions", (Block("words", "Nothing was found that asks for an action."),))
    rows = tuple((category_title(each.category), each.action, each.owner, each.due) for each in actions)
    blocks = [Block("table", "Corrective actions", columns=("finding", "action", "owner", "by"), align="llll", rows=rows)]
    if not papers.actions:
        blocks.insert(0, Block("words", "Suggested by the findings; owner and day are to be filled in (actions.csv)."))
    return Section("Corrective actions", tuple(blocks), new_page=True)


def again_section(papers: AuditPapers) -> Section:
    """Say when to audit again, from the share of claims in order."""
    terms = words()["again"]
    score, basis = _score(papers)
    if score is None:
        return Section("When to audit again", (Block("words", "There is no score yet."),))
    months = next(each["months"] for each in terms["steps"] if score >= each["least"])
    start = _start(papers)
    told = f"Score: {share(score)} {basis}. Audit again in {months} months"
    told += f", by {months_later(start, months)}." if start else "."
    return Section("When to audit again", (Block("words", f"{told} [{terms['source']}; {terms['mark']}]"),))


def _score(papers: AuditPapers) -> tuple[float | None, str]:
    if papers.estimate is not None:
        return 1 - papers.estimate.error_rate.rate, "of the claims reviewed by people are in order"
    if papers.visits:
        return sum(each.outcome == "supported" for each in papers.visits) / len(papers.visits), "of the visits are supported, as the engine reads them"
    return None, ""


def _start(papers: AuditPapers) -> date | None:
    days = [each.date_of_service for each in papers.visits if each.date_of_service]
    return papers.about.prepared or (max(days) if days else None)
