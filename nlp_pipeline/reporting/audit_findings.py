"""What the engine finds in all visits: by category and materiality, both directions, and where each error came in."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from nlp_pipeline.records.audit_papers import AuditPapers
from nlp_pipeline.records.document import Block, Section
from nlp_pipeline.reporting.audit_charts import Bar, bars
from nlp_pipeline.reporting.audit_sheets import money
from nlp_pipeline.reporting.audit_words import Names, category_title, count

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
    yield Section("What the engine finds", (_chart(found), _table(found), *_entered(papers)), new_page=True)
    yield Section("Submitted against supported", (_by_therapist(papers, names),), level=2)


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


def _entered(papers: AuditPapers) -> Iterator[Block]:
    """Tell at which step the material errors came in, with an example of each."""
    examples: dict[str, str] = {}
    for visit in papers.visits:
        for each in visit.discrepancies:
            if each.divergence and each.material:
                examples.setdefault(each.divergence.step, each.divergence.told)
    rows = tuple((step, count(number), examples.get(step, "")) for step, number in papers.run.entered_at.items())
    if rows:
        yield Block("table", "Where the errors came in", columns=("first step that differs", "differences", "for example"), align="lrl", rows=rows)


def _by_therapist(papers: AuditPapers, names: Names) -> Block:
    """Lay both sides beside each other, therapist by therapist."""
    sums: dict[str | None, list[Decimal]] = {}
    visits: dict[str | None, int] = {}
    for visit in papers.visits:
        if visit.submitted_amount is None or visit.supported_amount is None:
            continue
        both = sums.setdefault(visit.therapist, [ZERO, ZERO])
        both[0] += visit.submitted_amount
        both[1] += visit.supported_amount
        visits[visit.therapist] = visits.get(visit.therapist, 0) + 1
    rows = [
        (names.therapist(name), count(visits[name]), money(submitted), money(supported), money(submitted - supported))
        for name, (submitted, supported) in sorted(sums.items(), key=lambda each: names.therapist(each[0]))
    ]
    total = [sum((each[side] for each in sums.values()), ZERO) for side in (0, 1)]
    rows.append(("all", count(sum(visits.values())), money(total[0]), money(total[1]), money(total[0] - total[1])))
    columns = ("therapist", "visits with a price", "submitted", "supported", "difference")
    return Block("table", "Amounts by therapist, at the prices of the day", columns=columns, align="lrrrr", rows=tuple(rows))
