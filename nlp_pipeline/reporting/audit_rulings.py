"""What two reviewers differed on, what was held, and which rulings became house policy."""

from collections.abc import Iterator

from nlp_pipeline.records.audit_papers import AuditPapers, RuledPolicy
from nlp_pipeline.records.document import Block
from nlp_pipeline.records.sample import UnitJudgement
from nlp_pipeline.reporting.audit_words import Names, amount, count

OPEN = "not ruled yet"


def rulings_blocks(papers: AuditPapers, names: Names) -> Iterator[Block]:
    """Tell every disagreement with both answers and the ruling, then the policies that were made of rulings."""
    became = {each.unit for each in papers.ruled if each.made}
    apart = [each for each in papers.judgements if each.apart or each.id in became]
    if not apart:
        return
    ruled = [each for each in apart if each.ruled]
    made = sum(each.id in became for each in ruled)
    told = f"They differed on {count(len(apart))}, in the amount or in the codes, units or minutes behind it; {count(len(ruled))} of these "
    told += f"{'is' if len(ruled) == 1 else 'are'} ruled, and {count(made)} of the rulings became house policy."
    own = sum(each.adjudicator in (each.reviewer, each.second_reviewer) for each in ruled)
    yield Block("words", told + (f" One of the two reviewers ruled {count(own)} of them." if own else ""))
    rows = tuple(_apart(each, papers, names) for each in apart)
    columns = ("claim", "first reviewer", "second reviewer", "held", "house policy")
    yield Block("table", "Where two reviewers differed, with what they differ on", columns=columns, align="lllll", rows=rows)
    if papers.ruled:
        policies = {(each.policy, each.version): each for each in papers.ruled}
        rows = tuple(_policy(each, names) for each in policies.values())
        yield Block("table", "House policies made of rulings", columns=("policy", "it says", "where it was decided"), align="lll", rows=rows)


def _apart(each: UnitJudgement, papers: AuditPapers, names: Names) -> tuple[str, ...]:
    policies = dict.fromkeys(f"{one.policy}{'' if one.made else ' (draft)'}" for one in papers.ruled if one.unit == each.id)
    one, other, ruled = each.contested
    by = f"by {each.adjudicator or 'nobody named'}{f' on {each.adjudicated_at[:10]}' if each.adjudicated_at else ''}"
    held = _answer(amount(each.adjudicated), ruled, by) if each.ruled else OPEN
    first, second = _answer(amount(each.supported), one), _answer(amount(each.second_supported), other)
    return names.visit(each.id), first, second, held, names.speak(", ".join(policies))


def _answer(*told: str) -> str:
    return "; ".join(each for each in told if each)


def _policy(each: RuledPolicy, names: Names) -> tuple[str, ...]:
    days = f"for visits since {each.since}{f' and before {each.until}' if each.until else ''}"
    told = f"{each.policy}, version {each.version}, {each.state}: {each.title}"
    return names.speak(told), names.speak(f"{each.outcome} {days}"), names.speak(each.citation)
