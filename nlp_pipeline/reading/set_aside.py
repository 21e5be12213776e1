"""Say of each time in a note that is no statement of treatment why it is none, so that no time is passed over in silence."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence

from nlp_pipeline.reading.circumstances import Reach, elsewhere
from nlp_pipeline.reading.clock import Interval
from nlp_pipeline.reading.times import Expression
from nlp_pipeline.records.facts import MinuteStatement, Reason, SetAside
from nlp_pipeline.records.note import Span


def set_aside(
    text: str, times: Sequence[Expression | Interval], said: Sequence[MinuteStatement], reasons: Mapping[int, Reason], reach: Reach
) -> Iterator[SetAside]:
    """List the times that no statement holds, in order; `times` and `said` are in order, `reasons` holds what is known by where a time starts."""
    starts = [each.span.start for each in said]
    for each in times:
        at = bisect_right(starts, each.start)
        if (at and said[at - 1].span.end > each.start) or (at < len(starts) and starts[at] < each.end):
            continue
        if isinstance(each, Expression) and each.unit == "second":
            continue
        reason = reasons.get(each.start) or reach.other_day(each.start) or elsewhere(reach.text, each.start, each.end)
        if reason is None:
            reason = "unclear" if isinstance(each, Interval) or each.vague else "no_service"
        yield SetAside(Span(each.start, each.end, text[each.start : each.end]), each.minutes, reason)
