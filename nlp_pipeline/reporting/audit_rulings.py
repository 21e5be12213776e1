"""What two reviewers differed on, what was held, and which rulings became house policy."""

from collections.abc import Iterator

from nlp_pipeline.records.audit_papers import AuditPapers, RuledPolicy
from nlp_pipeline.records.document import Block
from nlp_pipeline.records.sample import UnitJudgement
from nlp_pipeline.reporting.audit_words import Names, amount, count

OPEN = "not ruled yet"


def rulings_blocks(papers: AuditPapers, names: Names) -> Iterator[Block]:
    """Tell every disagreement with both answers and the ruling, then the policies that were made of rulings."""
    apart = [each for each in papers.judgements if each.apart]
    if not apart:
        return
    ruled = [each for each in apart if each.adjudicated is not None or each.adjudicator]
    became = {each.unit for each in papers.ruled}
    made = sum(each.id in became for each in ruled)
    told = f"They differed on {count(len(apart))}, in the amount or in the codes, units or minutes behind it; {count(len(ruled))} of these "
    told += f"{'is' if len(ruled) == 1 else 'are'} ruled, and {count(made)} of the rulings became house policy."
    own = sum(each.adjudicator in (each.reviewer, each.second_reviewer) for each in ruled)
    yield Block("words", told + (f" One of the two reviewers ruled {count(own)} of them." if own else ""))
    rows = tuple(_apart(each, papers, names) for each in apart)
    columns = ("claim", "first reviewer", "second reviewer", "held", "ruled by", "house policy")
    yield Block("table", "Where two reviewers differed", columns=columns, align="llllll", rows=rows)
    if papers.ruled:
        policies = {(each.policy, each.version): each for each in papers.ruled}
        heads = ("policy", "it says", "for visits", "where it was decided", "state")
        yield Block("table", "House policies made of rulings", columns=heads, align="lllll", rows=tuple(_policy(each, names) for each in policies.values()))


def _apart(each: UnitJudgement, papers: AuditPapers, names: Names) -> tuple[str, ...]:
    policies = dict.fromkeys(one.policy for one in papers.ruled if one.unit == each.id)
    first = _answer(amount(each.supported), each.decided, each.minutes)
    second = _answer(amount(each.second_supported), each.second_decided, each.second_minutes)
    held = _answer(amount(each.adjudicated), each.adjudicated_decided) if each.adjudicated is not None or each.adjudicator else OPEN
    by = f"{each.adjudicator}{f', {each.adjudicated_at[:10]}' if each.adjudicated_at else ''}"
    return names.visit(each.id), first, second, held, by, names.speak(", ".join(policies))


def _answer(*told: str) -> str:
    return "; ".join(each for each in told if each)


def _policy(each: RuledPolicy, names: Names) -> tuple[str, ...]:
    days = f"since {each.since}{f', before {each.until}' if each.until else ''}"
    return names.speak(f"{each.policy}, version {each.version}: {each.title}"), names.speak(each.outcome), days, names.speak(each.citation), each.state
