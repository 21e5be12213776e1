"""Read every statement of time in a note: whose minutes they are, and whether they count."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace

from nlp_pipeline.reading.charges import find_charges
from nlp_pipeline.reading.circumstances import Reach, withheld
from nlp_pipeline.reading.clinicians import find_assistants, find_parts, furnished_by
from nlp_pipeline.reading.clock import Interval, find_intervals
from nlp_pipeline.reading.columns import Entry, find_columns
from nlp_pipeline.reading.corrections import taken_back
from nlp_pipeline.reading.headings import find_headings
from nlp_pipeline.reading.labels import Label, find_labels, plain
from nlp_pipeline.reading.owners import Claimed, claim
from nlp_pipeline.reading.repeats import mark_repeats, tallied
from nlp_pipeline.reading.services import block_at
from nlp_pipeline.reading.times import Expression, find_bare, find_expressions
from nlp_pipeline.reading.totals import Total, find_totals, find_trailing
from nlp_pipeline.reading.unclaimed import Setting, settle_unclaimed
from nlp_pipeline.records.facts import Block, Charge, Intervention, MinuteStatement, ServiceMention, TimeFacts
from nlp_pipeline.records.note import Span

_SAME_TIME = re.compile(
    r"same (?:\d{1,2}[ -])?(?:min\w*|time|block|quarter|interval)\b[^.\n;]{0,40}?(?:billed|charged|both|also|under|as)|(?:also|again) (?:billed|charged|counted|logged|entered|listed) (?:as|under|to)|"
    r"(?:billed|counted|charged|listed|logged|entered) (?:twice|both|under both|as both|to both|under two|for both)|those same \d|double[- ](?:billed|counted|entered|booked)|minutes (?:are )?(?:the same|shared|duplicated)|"
    r"both codes for the same|same \d{1,2} (?:min|under)|\bduplicate of\b"
)
_FEET = re.compile(r"[ ]?(?:x[ ]?\d|w/|with|c[ ]rw|rw|fww|spc|lbqc|cga|sba|min a|mod a|max a|no ad|\+)")
_CLOSES = re.compile(r"[ )\]\"]*(?:[.;\n|)]|\Z|,?[ ](?:total|each)\b)")
_WHOLE_SENTENCE = re.compile(r"(?:^|[\n;|]|[.!?)][ ]|- |\([ ]?)[ >*\-~:x\"(]*\Z")
_OPENS = re.compile(r"(?:\A|[\n;|,:.+&(\[/*>\-\"=]|\b(?:and|then|of|for|under|core|total|say|call|1:1|skilled|individual|functional|dynamic|le|ue|min|mins|minutes|comma|period)|['\d]|[ ]{2})[ ]?[(\[\"*]{0,2}\Z")
_ENDS = re.compile(r"[ )]*(?:[\-:|,;.\n=/]|\Z)")
_HEADS = re.compile(r"[ )\]]*[:\-][ ]?[^\n]*[a-z]{3}")
_SIGNS = re.compile(r"[ :=x(|\-]*")
_SPENT = re.compile(r"(?:\b(?:spent|time|minutes|used|took|gave|worked|did)|[.;:\n])[ :]*\Z|\A")
_TIMED_HEAD = re.compile(r"[ )\]:=x(|,.\-]*\d{1,3}")
_SUPPORT = re.compile(r"[:=|]|\bmin\w*\b|\btime\b")
_FEWEST_BARE, _FEWEST_SAID_FIRST, _ABBREVIATION, _LEAST_SAID = 3, 5, 3, 8
_GAIT = "gait"


def read_time(text: str, blocks: Sequence[Block], interventions: Sequence[Intervention]) -> TimeFacts:
    """Read the minutes, charges and services of a note; offsets are into the text as given.

    The owner of minutes that no service label claims is the intervention that carries them; without interventions they are left out.
    """
    level = plain(text)
    labels, headings = find_labels(level), find_headings(level)
    reach = Reach(level, headings, [block.header.start for block in blocks if block.stated_code and block.start is None and _TIMED_HEAD.match(level, block.header.end)])
    clocks = find_intervals(level)
    charges = find_charges(text, level, labels, headings)
    timed, bare = _expressions(level, clocks, charges)
    columns = find_columns(level, labels)
    totals = _totals(level, labels, timed, bare, reach)
    taken = {each.time.start for each in (*totals, *columns)}
    long = [each for each in timed if each.unit != "second" and each.start not in taken]
    times = sorted([*long, *clocks, *(each for each in bare if each.start not in taken)])
    claims, refused = _claims(level, labels, times, reach)
    claims = _corrected(level, claims, sorted([*timed, *bare]))
    rows = [each for each in columns if not reach.other_day(each.time.start)]
    claims = sorted([*claims, *(Claimed(each.time, each.label, True) for each in rows if each.label)])
    statements = [*_from_totals(totals), *_from_claims(level, claims), *_from_rows(rows, interventions)]
    used = {each.time.start for each in (*claims, *refused)} | taken
    rest = [each for each in (*timed, *clocks) if each.start not in used and not reach.other_day(each.start)]
    ranked = mark_repeats(level, sorted(statements, key=lambda each: each.span.start), {each.time.start: each for each in claims}, reach)
    ranked += settle_unclaimed(rest, Setting(level, blocks, interventions, ranked, tallied(level, claims, reach)))
    finished = [_finish(each, text, blocks) for each in sorted(ranked, key=lambda each: each.span.start)]
    return TimeFacts(
        tuple(finished),
        charges,
        tuple(_services(text, level, labels, charges, reach, [each.label for each in refused])),
        tuple(Span(*match.span(), text[match.start() : match.end()]) for match in _SAME_TIME.finditer(level)),
        tuple(Span(start, end, text[start:end]) for start, end in find_assistants(level)),
    )


def _corrected(level: str, claims: Sequence[Claimed], times: Sequence[Expression]) -> list[Claimed]:
    """Let the time that a speaker corrects himself to stand for the one taken back."""
    replaced = taken_back(level, times)
    if not replaced:
        return list(claims)
    last: dict[int, Expression] = {}
    for each in claims:
        time = each.time
        while time.start in replaced:
            time = replaced[time.start]
        if time is not each.time and isinstance(time, Expression):
            last[each.time.start] = time
    said = {time.start for time in last.values()} | {other.start for other in replaced.values()}
    return [each._replace(time=last.get(each.time.start, each.time)) for each in claims if each.time.start in last or each.time.start not in said]


def _from_rows(rows: Sequence[Entry], interventions: Sequence[Intervention]) -> Iterator[MinuteStatement]:
    """Give the minutes of a row without a service to the intervention in it."""
    for each in rows:
        owner = next((index for index, one in enumerate(interventions) if each.row[0] <= one.span.start < each.row[1] and one.status == "performed"), None)
        if each.label is None and owner is not None:
            yield MinuteStatement(Span(each.time.start, each.time.end, ""), each.time.minutes, "code", owner=owner)


def _expressions(level: str, clocks: Sequence[Interval], charges: Sequence[Charge]) -> tuple[list[Expression], list[Expression]]:
    """Find the lengths of time outside the clock intervals, and the bare numbers outside both and outside stated units."""
    starts = [clock.start for clock in clocks]

    def free(start: int) -> bool:
        at = bisect_right(starts, start) - 1
        return at < 0 or start >= clocks[at].end

    timed = [each for each in find_expressions(level) if free(each.start)]
    spans = [(each.start, each.end) for each in timed]
    units = {charge.span.end for charge in charges if charge.units is not None} | {charge.span.start for charge in charges}
    bare = []
    for each in find_bare(level, 0, len(level)):
        at = bisect_right(spans, (each.start, len(level))) - 1
        if free(each.start) and (at < 0 or each.start >= spans[at][1]) and each.end not in units and each.start not in units:
            bare.append(each)
    return timed, bare


def _totals(level: str, labels: Sequence[Label], timed: Sequence[Expression], bare: Sequence[Expression], reach: Reach) -> list[Total]:
    long = [each for each in timed if each.unit != "second"]
    found = {total.time.start: total for total in find_trailing(level, [*long, *bare]) if not _label_before(level, labels, total.time.start)}
    found |= {total.time.start: total for total in find_totals(level, labels, {each.start: each for each in (*long, *bare)})}
    return [total for _, total in sorted(found.items()) if reach.kind(total.time.start) not in ("plan", "home", "goal", "held")]


def _label_before(level: str, labels: Sequence[Label], start: int) -> bool:
    at = bisect_left(labels, start, key=lambda label: label.start) - 1
    return at >= 0 and re.fullmatch(r"[ :=(|x\-.,]{0,4}(?:for |was |is )?", level[labels[at].end : start]) is not None


def _claims(level: str, labels: Sequence[Label], times: Sequence[Expression | Interval], reach: Reach) -> tuple[list[Claimed], list[Claimed]]:
    """Sort what the labels claim into minutes of this visit and minutes of a service that was not furnished."""
    found = claim(level, labels, times)
    kept: list[Claimed] = []
    refused: list[Claimed] = []
    supported = _supported(level, found)
    for each in found:
        if not _credible(level, each, supported):
            continue
        start, end = min(each.label.start, each.time.start), max(each.label.end, each.time.end)
        at = bisect_left(labels, end, key=lambda label: label.start)
        limit = labels[at].start if at < len(labels) else len(level)
        (refused if reach.other_day(start) or withheld(level, start, end, limit) else kept).append(each)
    return kept, refused


def _supported(level: str, claims: Sequence[Claimed]) -> set[int]:
    """Find the claims that stand beside another one: ordinary words and bare numbers vouch for each other."""
    beside: set[int] = set()
    for one, other in zip(claims, claims[1:], strict=False):
        gap = level[max(one.time.end, one.label.end) : min(other.time.start, other.label.start)]
        if len(gap) <= 30 and gap.count("\n") <= 1:
            beside |= {one.time.start, other.time.start}
    return beside


def _credible(level: str, each: Claimed, supported: set[int]) -> bool:
    time, label = each.time, each.label
    if isinstance(time, Interval):
        return not time.loose or label.sure or label.number or time.start in supported
    if time.vague or (time.prime and label.code in _walks() and (_FEET.match(level, time.end) or not _SIGNS.fullmatch(level, label.end, max(label.end, time.start)))):
        return False
    named = label.sure or label.number
    opens = named or _OPENS.search(level, max(0, label.start - 24), label.start) is not None
    if time.unit != "bare" and time.end <= label.start and not opens:
        return each.tight and (time.start in supported or _SPENT.search(level, max(0, time.start - 12), time.start) is not None)
    if time.unit != "bare":
        return opens and (each.tight or _CLOSES.match(level, time.end) is not None)
    if label.number:
        return time.minutes >= _FEWEST_BARE
    if time.end <= label.start:
        return time.minutes >= _FEWEST_SAID_FIRST and (named or time.start in supported)
    if named:
        return time.minutes >= _FEWEST_BARE
    short = label.end - label.start <= _ABBREVIATION and label.end <= time.start and time.minutes >= _FEWEST_SAID_FIRST
    closed = _ENDS.match(level, time.end) is not None or _SUPPORT.search(level, label.end, time.start) is not None
    alone = _WHOLE_SENTENCE.search(level, max(0, label.start - 20), label.start) is not None
    said = time.minutes >= _LEAST_SAID and not level[time.start].isdigit()
    return (opens and (time.start in supported or said) and (closed or short)) or (alone and (closed or short))


def _walks() -> frozenset[str]:
    """Name the codes whose primes may be feet."""
    return frozenset(label.code for label in find_labels(_GAIT))


def _from_totals(totals: Sequence[Total]) -> Iterator[MinuteStatement]:
    firm = {total.kind for total in totals if not total.loose}
    for total in totals:
        if not total.loose or total.kind not in firm:
            yield MinuteStatement(Span(total.time.start, total.time.end, ""), total.time.minutes, total.kind)


def _from_claims(level: str, claims: Sequence[Claimed]) -> Iterator[MinuteStatement]:
    for number, each in enumerate(claims):
        time, span = each.time, Span(each.time.start, each.time.end, "")
        if isinstance(time, Interval):
            yield MinuteStatement(span, time.minutes, "start_stop", each.label.code, clock=(time.opens, time.closes))
            continue
        following = claims[number + 1] if number + 1 < len(claims) else None
        limit = min(following.label.start, following.time.start) if following else len(level)
        by = furnished_by(level, time.start, time.end)
        yield MinuteStatement(span, time.minutes, "code", each.label.code, by=by)
        parts = [part for part in find_parts(level, time.end, max(limit, time.end)) if part.start >= time.end]
        sums = sum(part.minutes for part in parts) == time.minutes
        for part in parts:
            if sums or by:
                yield MinuteStatement(Span(part.start, part.end, ""), part.minutes, "code", each.label.code, restated=sums, by=part.by)


def _finish(each: MinuteStatement, text: str, blocks: Sequence[Block]) -> MinuteStatement:
    """Give a statement its words and its block."""
    block = block_at(blocks, each.span.start)
    if block is None and (at := bisect_right(blocks, each.span.start, key=lambda block: block.header.start) - 1) >= 0 and blocks[at].header.end >= each.span.start:
        block = blocks[at]
    span = Span(each.span.start, each.span.end, text[each.span.start : each.span.end])
    return replace(each, span=span, block=block.id if block and block.stated_code else None)


def _services(text: str, level: str, labels: Sequence[Label], charges: Sequence[Charge], reach: Reach, refused: Sequence[Label]) -> Iterator[ServiceMention]:
    """List the services that the note names outside its charges, and whether they were furnished."""
    charged = [(charge.span.start, charge.span.end) for charge in charges if not _HEADS.match(level, charge.span.end)]
    denied = {label.start for label in refused}
    for number, label in enumerate(labels):
        if not (label.sure or label.number) or any(low <= label.start < high for low, high in charged):
            continue
        limit = labels[number + 1].start if number + 1 < len(labels) else len(level)
        performed = label.start not in denied and not reach.other_day(label.start) and not withheld(level, label.start, label.end, limit)
        yield ServiceMention(Span(label.start, label.end, text[label.start : label.end]), label.code, performed)
