"""What the engine finds in all visits: by category and materiality, both directions, and where each error came in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from nlp_pipeline.records.audit_papers import AuditPapers
from nlp_pipeline.records.document import Block, Section
from nlp_pipeline.reporting.audit_charts import Bar, bars
from nlp_pipeline.reporting.audit_sheets import money
from nlp_pipeline.reporting.audit_words import Names, category_title, count, in_order

ZERO = Decimal("0.00")
MOST_BARS = 14


@dataclass(slots=True)
class CategoryFigures:
    """What one category came to over all visits."""

    visits: set[str] = field(default_factory=set)
    material: set[str] = field(default_factory=set)
    over: Decimal = ZERO
    under: Decimal = ZERO
    at_risk: Decimal = ZERO


def by_category(papers: AuditPapers) -> dict[str, CategoryFigures]:
    """Add the differences up, the category with most visits first."""
    found: dict[str, CategoryFigures] = {}
    for visit in papers.visits:
        for each in visit.discrepancies:
            figures = found.setdefault(each.category, CategoryFigures())
            figures.visits.add(visit.id)
            if each.material:
                figures.material.add(visit.id)
            figures.over += max(each.amount or ZERO, ZERO)
            figures.under += max(-(each.amount or ZERO), ZERO)
            figures.at_risk += each.at_risk or ZERO
    return dict(sorted(found.items(), key=lambda each: (-len(each[1].visits), each[0])))


def findings_sections(papers: AuditPapers, names: Names) -> Iterator[Section]:
    """Tell the categories, where the errors came in, and the amounts by therapist."""
    if not papers.visits:
        return
    found = by_category(papers)
    if not found:
        yield Section("What the engine finds", (Block("words", "No visit differs from what was billed for it."),))
        return
    yield Section("What the engine finds", (_chart(found), _table(found), *_entered(papers, names)))
    yield Section("Submitted against supported", tuple(_by_therapist(papers, names)), level=2)


def _chart(found: dict[str, CategoryFigures]) -> Block:
    rows = [
        Bar(category_title(name), len(each.material), len(each.visits - each.material), count(len(each.visits)))
        for name, each in list(found.items())[:MOST_BARS]
    ]
    first, figures = next(iter(found.items()))
    alternative = (
        f"Visits by category of difference; most have: {category_title(first)}, {count(len(figures.visits))} visits. The table below holds every figure."
    )
    return Block("chart", alternative, svg=bars(rows, ("changes the payment", "does not")))


def _table(found: dict[str, CategoryFigures]) -> Block:
    rows = tuple(
        (category_title(name), count(len(each.visits)), count(len(each.material)), money(each.over), money(each.under), money(each.at_risk))
        for name, each in found.items()
    )
    columns = ("category", "visits", "material", "billed too much", "billed too little", "at risk")
    return Block("table", "Differences by category", columns=columns, align="lrrrrr", rows=rows)


def _entered(papers: AuditPapers, names: Names) -> Iterator[Block]:
    """Tell at which step the material errors came in, with an example of each."""
    examples: dict[str, str] = {}
    for visit in papers.visits:
        for each in visit.discrepancies:
            if each.divergence and each.material:
                examples.setdefault(each.divergence.step, names.speak(each.divergence.told))
    rows = tuple((step, count(number), examples.get(step, "")) for step, number in papers.run.entered_at.items())
    if rows:
        yield Block("table", "Where the errors came in", columns=("first step that differs", "differences", "for example"), align="lrl", rows=rows)


def _by_therapist(papers: AuditPapers, names: Names) -> Iterator[Block]:
    """Lay both sides beside each other, therapist by therapist."""
    priced: dict[str, list[tuple[Decimal, Decimal]]] = {}
    for visit in papers.visits:
        if visit.submitted_amount is not None and visit.supported_amount is not None:
            priced.setdefault(names.therapist(visit.therapist), []).append((visit.submitted_amount, visit.supported_amount))
    if not priced:
        yield Block("words", "No visit has a price on both sides.")
        return
    rows = [(name, len(priced[name]), *_added(priced[name])) for name in sorted(priced, key=in_order)]
    rows.append(("all", sum(map(len, priced.values())), *_added([each for both in priced.values() for each in both])))
    drawn = [Bar(name, float(supported), float(max(over - under, ZERO)), money(over - under)) for name, _, _, supported, over, under in rows[:-1]]
    alternative = "What the notes support of each therapist's bills, and what was billed beyond it on balance; the table below holds every figure."
    yield Block("chart", alternative, svg=bars(drawn, ("supported", "billed beyond it, net")))
    columns = ("therapist", "visits with a price", "submitted", "supported", "billed too much", "billed too little", "net")
    told = tuple((name, count(visits), *map(money, amounts), money(amounts[-2] - amounts[-1])) for name, visits, *amounts in rows)
    yield Block("table", "Amounts by therapist, at the prices of the day", columns=columns, align="lrrrrrr", rows=told)


def _added(both: Sequence[tuple[Decimal, Decimal]]) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    """Add up what was submitted, what is supported, and the differences in each direction."""
    differences = [submitted - supported for submitted, supported in both]
    over, under = sum((each for each in differences if each > 0), ZERO), sum((-each for each in differences if each < 0), ZERO)
    return sum((each for each, _ in both), ZERO), sum((each for _, each in both), ZERO), over, under
