"""How far two reviewers of the same claims agree on the codes, on the units of each, and on the minutes."""

import re
from collections.abc import Sequence

from nlp_pipeline.auditing.agreement import agreement_of, share_of
from nlp_pipeline.records.estimate import TwoReviewers
from nlp_pipeline.records.sample import Counted, UnitJudgement

_UNITS, _MINUTES = re.compile(r"(\S+) x (\d+)"), re.compile(r"(\S+) (\d+(?:\.\d+)?) min")
_ACTIVITY = re.compile(r"(\d+) (\S.*)")


def both_counted(judgement: UnitJudgement) -> tuple[Counted, Counted] | None:
    """Give what each of two reviewers counted; nothing where one of them is not known."""
    if not (judgement.decided or judgement.decided_at) or not (judgement.second_decided or judgement.second_decided_at):
        return None
    one = counted_of(judgement.decided, judgement.minutes, judgement.activities)
    return one, counted_of(judgement.second_decided, judgement.second_minutes, judgement.second_activities)


def counted_of(units: str, minutes: str, activities: str = "") -> Counted:
    """Read units, minutes and activities as they stand in the sheet of decisions; what is written otherwise is not read.

    >>> counted_of("97110 x 2; 97530 x 1", "97110 23 min; 97530 8 min", "1 97110; 3 not performed")
    Counted(units={'97110': 2, '97530': 1}, minutes={'97110': 23.0, '97530': 8.0}, activities={'1': '97110', '3': 'not performed'})
    """
    told, spent, coded = (_parts(pattern, words) for pattern, words in ((_UNITS, units), (_MINUTES, minutes), (_ACTIVITY, activities)))
    return Counted({code: int(number) for code, number in told}, {code: float(number) for code, number in spent}, dict(coded))


def _parts(pattern: re.Pattern[str], words: str) -> list[tuple[str, str]]:
    return [(found[1], found[2]) for part in words.split(";") if (found := pattern.fullmatch(part.strip()))]


def two_reviewers(pairs: Sequence[tuple[Counted, Counted]]) -> TwoReviewers | None:
    """Compare what two reviewers counted on the same claims; codes that one of them alone names are counted against the codes, and against nothing else."""
    if not pairs:
        return None
    both = [(one, other, code) for one, other in pairs for code in sorted(one.codes & other.codes)]
    units = [(str(one.units.get(code, 0)), str(other.units.get(code, 0))) for one, other, code in both]
    minutes = [(one.minutes.get(code), other.minutes.get(code)) for one, other, code in both if code in one.minutes or code in other.minutes]
    apart = [abs(mine - its) for mine, its in minutes if mine is not None and its is not None and mine != its]
    judged = [(one.activities[each], other.activities[each]) for one, other in pairs for each in one.activities if each in other.activities]
    return TwoReviewers(
        activities=agreement_of(judged),
        codes=share_of(sum(one.codes == other.codes for one, other in pairs), len(pairs)),
        units=agreement_of(units),
        minutes=share_of(sum(mine == its for mine, its in minutes), len(minutes)),
        minutes_apart=sum(apart) / len(apart) if apart else None,
    )
