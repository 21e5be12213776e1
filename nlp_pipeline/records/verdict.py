"""How a visit comes out of a review: one of four answers, from what was furnished, found and left open."""

from collections.abc import Iterable
from typing import Literal, get_args

from nlp_pipeline.records.finding import Finding
from nlp_pipeline.records.suggestion import ReviewReason
from nlp_pipeline.records.visit import Visit

Verdict = Literal["supported", "not_supported", "cannot_tell", "not_therapy"]

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
MISFILED = "code-mismatch"  # raised only where the code is sure: a claim by that header would not stand
OPEN: frozenset[ReviewReason] = frozenset({"purpose-not-stated", "header-contradicts", "minutes-missing", "minutes-contradict"})


def verdict_of(visit: Visit, across: Iterable[Finding] = ()) -> Verdict:
    """Give a visit its one answer; `across` are findings that only several visits together show.

    No treatment comes first, then not supported, then cannot tell: a code or minutes left open, or services whose units cannot be counted.
    What is left is supported.
    """
    if not was_furnished(visit):
        return "not_therapy"
    if any(finding.severity == "error" or finding.code == MISFILED for finding in (*visit.findings, *across)):
        return "not_supported"
    return "cannot_tell" if not visit.lines or not OPEN.isdisjoint(reasons_of(visit)) else "supported"


def was_furnished(visit: Visit) -> bool:
    """Say whether anything was done or claimed at the visit."""
    return bool(visit.activities or visit.lines or visit.minutes_known != "no_service" or any(visit.stated_units.values()))


def reasons_of(visit: Visit) -> tuple[ReviewReason, ...]:
    """Name why a person should look at the visit: the note's reasons and those of what was done, each once."""
    return tuple(dict.fromkeys((*visit.review_reasons, *(reason for each in visit.activities for reason in each.review_reasons))))
