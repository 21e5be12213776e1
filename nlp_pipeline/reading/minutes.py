"""Read every statement of time in a note: whose minutes they are, and whether they count."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Sequence
from itertools import accumulate

from nlp_pipeline.reading.circumstances import Reach, withheld
from nlp_pipeline.reading.clinicians import find_assistants, find_parts, find_region, furnished_by
from nlp_pipeline.reading.clock import Interval
from nlp_pipeline.reading.columns import Entry
from nlp_pipeline.reading.corrections import taken_back
from nlp_pipeline.reading.credibility import credible_claims
from nlp_pipeline.reading.labels import Label
from nlp_pipeline.reading.listed import outside_lists
from nlp_pipeline.reading.owners import Claimed, claim, joined, shared
from nlp_pipeline.reading.page import Page, lay_out
from nlp_pipeline.reading.repeats import mark_repeats, tallied
from nlp_pipeline.reading.row_ends import find_row_ends
from nlp_pipeline.reading.series import Row, claim_listed, find_rows
from nlp_pipeline.reading.services import Reaches
from nlp_pipeline.reading.set_aside import set_aside
from nlp_pipeline.reading.times import Expression
from nlp_pipeline.reading.totals import Total
from nlp_pipeline.reading.unclaimed import Setting, settle_unclaimed
from nlp_pipeline.records.facts import Block, Intervention, MinuteKind, MinuteStatement, Reason, ServiceMention, TimeFacts
from nlp_pipeline.records.note import Span

_SAME_TIME = re.compile(
    r"same (?:\d{1,2}[ -])?(?:min\w*|time|block|quarter|interval)\b[^.\n;]{0,40}?\b(?:billed|charged|both|also|under|"
    r"as)\b|(?:also|again) (?:billed|charged|counted|logged|entered|listed) (?:as|under|to)|"
    r"(?:billed|counted|charged|listed|logged|entered) (?:twice|both|under both|as both|to both|under two|for both)|"
    r"those same \d|double[- ](?:billed|counted|entered|booked)|minutes (?:are )?(?:the same|shared|duplicated)|"
    r"both codes for the same|same \d{1,2} (?:min|under)|\bduplicate of\b"
)
_HEADS = re.compile(r"[ )\]]*[:\-][ ]?[^\n]*[a-z]{3}")
_EACH = re.compile(r"[ )]*(?:each|apiece)\b")
_LISTED = re.compile(r"[ ]?(?:,|/|&|\+|and)[ ]?(?:and[ ])?")


def read_time(text: str, blocks: Sequence[Block], interventions: Sequence[Intervention]) -> TimeFacts:
    """Read the minutes, charges and services of a note; offsets are into the text as given.

    The owner of minutes that no service label claims is the intervention that carries them; without interventions they are left out.
    """
    page, reaches = lay_out(text, blocks), Reaches(blocks)
    level, reach, totals = page.level, page.reach, page.totals
    reasons: dict[int, Reason] = {total.time.start: "total" for total in totals}
    reasons |= dict.fromkeys([each.start for each in page.echoes], "restated")
    series = list(find_rows(level, page.marks))
    claims, refused, taken = _claims(page, reaches, series, reasons)
    rows = [row for row in page.rows if not reach.other_day(row.time.start) and row.time.start not in reasons]
    claims = sorted([*claims, *(Claimed(row.time, row.label, True) for row in rows if row.label)])
    said = sorted([*_from_totals(totals), *_from_claims(page, claims), *_from_rows(rows, interventions)], key=_place)
    said = mark_repeats(level, said, {each.time.start: each for each in claims}, reach)
    said += _equations(page, said)
    said += _in_turn(series, {each.time.start for each in claims} | {each.span.start for each in said}, reach)
    said += find_row_ends(level, [each for each in page.bare if each.start not in taken], interventions, said)
    used = taken | reasons.keys() | {each.span.start for each in said}
    rest = [time for time in _in_order(page.timed, page.clocks, used) if not reach.other_day(time.start)]
    said += settle_unclaimed(rest, Setting(level, blocks, reaches, interventions, said, tallied(level, claims, reach)), reasons)
    said.sort(key=_place)
    return TimeFacts(
        tuple(_finish(each, text, reaches) for each in said),
        page.charges,
        tuple(_services(page, [each.label for each in refused])),
        tuple(_duplicates(page)),
        tuple(Span(start, end, text[start:end]) for start, end in find_assistants(level, page.marks.clinicians)),
        tuple(set_aside(text, _in_order([*page.timed, *page.echoes], page.clocks, ()), said, reasons, reach)),
    )


def _claims(page: Page, reaches: Reaches, series: Sequence[Row], reasons: dict[int, Reason]) -> tuple[list[Claimed], list[Claimed], set[int]]:
    """Let the labels claim the times: those that count, those of services not furnished, and where the times start that are no longer free."""
    level, timed, bare = page.level, page.timed, page.bare
    listed = claim_listed(series)
    taken = {total.time.start for total in page.totals} | {row.time.start for row in page.rows} | {each.time.start for each in listed}
    found = listed + claim(level, page.marks.labels, _in_order([*(time for time in timed if time.unit != "second"), *bare], page.clocks, taken))
    believed = outside_lists(level, reaches, credible_claims(level, found))
    pairs = shared(level, page.marks.labels, believed)
    if pairs:
        reasons.update(dict.fromkeys([each.time.start for each in pairs], "no_service"))
        taken |= {each.time.start for each in pairs}
        if len(pairs) == len(believed) and not page.totals and isinstance(time := pairs[0].time, Expression):
            page.totals.append(Total(time, "timed_total"))
    kept, refused = _sorted_out(page, [each for each in believed if each not in pairs] if pairs else believed, reasons)
    return _corrected(page, kept, [*timed, *bare], reasons), refused, taken


def _place(each: MinuteStatement) -> int:
    return each.span.start


def _start(each: Label | Expression | Interval) -> int:
    return each.start


def _in_order(times: Sequence[Expression], clocks: Sequence[Interval], taken: Collection[int]) -> list[Expression | Interval]:
    """List times and clock intervals as they stand in the note, without those that are taken."""
    free: list[Expression | Interval] = [time for time in times if time.start not in taken]
    if clocks:
        free += [clock for clock in clocks if clock.start not in taken]
    free.sort(key=_start)
    return free


def _duplicates(page: Page) -> Iterator[Span]:
    """Find the words that say the same minutes stand under two services."""
    end = 0
    for start in page.marks.same:
        if start >= end and (match := _SAME_TIME.match(page.level, start)):
            end = match.end()
            yield Span(start, end, page.text[start:end])


def _corrected(page: Page, claims: Sequence[Claimed], times: Sequence[Expression], reasons: dict[int, Reason]) -> list[Claimed]:
    """Let the time that a speaker corrects himself to stand for the one taken back."""
    words = page.marks.corrections
    replaced = taken_back(page.level, sorted(times), words) if words and claims else {}
    if not replaced:
        return list(claims)
    reasons.update(dict.fromkeys(replaced, "taken_back"))
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
    done = [(one.span.start, index) for index, one in enumerate(interventions) if one.status == "performed"] if rows else []
    for each in rows:
        at = bisect_left(done, (each.row[0], 0))
        if each.label is None and at < len(done) and done[at][0] < each.row[1]:
            yield MinuteStatement(Span(each.time.start, each.time.end, ""), each.time.minutes, "code", owner=done[at][1])


def _equations(page: Page, said: Sequence[MinuteStatement]) -> Iterator[MinuteStatement]:
    """Find the totals that end a sum on their line ("97110 23 min, 97140 15 min = 38 min")."""
    level, used = page.level, {each.span.start for each in said}
    for each in (*page.timed, *page.bare) if "=" in level else ():
        if each.start in used or not level.endswith(("=", "= "), 0, each.start):
            continue
        line = level.rfind("\n", 0, each.start) + 1
        parts = [one.minutes for one in said if one.kind == "code" and not one.restated and line <= one.span.start < each.start]
        if len(parts) > 1 and sum(parts) == each.minutes:
            kind: MinuteKind = "timed_total" if "timed" in level[line : each.start] else "visit_total"
            if not any(one.kind == kind for one in said):
                yield MinuteStatement(Span(each.start, each.end, ""), each.minutes, kind)


def _in_turn(series: Sequence[Row], claimed: Collection[int], reach: Reach) -> Iterator[MinuteStatement]:
    """Leave to the codes what stands in a row of minutes and belongs to no label."""
    for row in series:
        free = [each for each in row.times if each.start not in claimed]
        if not row.labels and free and len(free) + (len(free) < len(row.times)) > 1 and not reach.other_day(row.times[0].start):
            for number, each in enumerate(free):
                yield MinuteStatement(Span(each.start, each.end, ""), each.minutes, "code", turn=(number, len(free)))


def _sorted_out(page: Page, found: Sequence[Claimed], reasons: dict[int, Reason]) -> tuple[list[Claimed], list[Claimed]]:
    """Part what the labels claim into minutes of this visit and minutes of a service that was not furnished."""
    kept: list[Claimed] = []
    refused: list[Claimed] = []
    labels = page.marks.labels
    for each in found:
        start, end = min(each.label.start, each.time.start), max(each.label.end, each.time.end)
        at = bisect_left(labels, end, key=_start)
        while at < len(labels) and joined(page.level, each.label._replace(end=end), labels[at]):
            at += 1
        limit = labels[at].start if at < len(labels) else len(page.level)
        if reason := page.reach.other_day(start) or withheld(page.level, start, end, limit):
            reasons[each.time.start] = reason
            refused.append(each)
        else:
            kept.append(each)
    return kept, refused


def _from_totals(totals: Sequence[Total]) -> Iterator[MinuteStatement]:
    firm = {total.kind for total in totals if not total.loose}
    for total in totals:
        if not total.loose or total.kind not in firm:
            yield MinuteStatement(Span(total.time.start, total.time.end, ""), total.time.minutes, total.kind)


def _from_claims(page: Page, claims: Sequence[Claimed]) -> Iterator[MinuteStatement]:
    level, clinicians = page.level, page.marks.clinicians
    for number, each in enumerate(claims):
        yield from _for_each(page, each)
        time, span = each.time, Span(each.time.start, each.time.end, "")
        if isinstance(time, Interval):
            yield MinuteStatement(span, time.minutes, "start_stop", each.label.code, clock=(time.opens, time.closes))
            continue
        following = claims[number + 1] if number + 1 < len(claims) else None
        limit = min(following.label.start, following.time.start) if following else len(level)
        by = furnished_by(level, time.start, time.end, clinicians)
        yield MinuteStatement(span, time.minutes, "code", each.label.code, by=by)
        parts = [part for part in find_parts(level, time.end, max(limit, time.end), clinicians) if part.start >= time.end]
        if second := find_region(level, time.end, max(limit, time.end)):
            yield MinuteStatement(Span(second[0], second[1], ""), second[2], "code", each.label.code)
        sums = sum(part.minutes for part in parts) == time.minutes
        for part in parts:
            if sums or by:
                yield MinuteStatement(Span(part.start, part.end, ""), part.minutes, "code", each.label.code, restated=sums, by=part.by)


def _for_each(page: Page, claimed: Claimed) -> Iterator[MinuteStatement]:
    """Give the minutes that hold for each of several services ("97110 and 97112 15 min each") to those listed before the one beside them."""
    level, labels, time = page.level, page.marks.labels, claimed.time
    if not _EACH.match(level, time.end) or claimed.label.start > time.start:
        return
    at = bisect_left(labels, claimed.label.start, key=_start)
    while at and _LISTED.fullmatch(level, labels[at - 1].end, labels[at].start):
        at -= 1
        yield MinuteStatement(Span(time.start, time.end, ""), time.minutes, "code", labels[at].code)


def _finish(each: MinuteStatement, text: str, reaches: Reaches) -> MinuteStatement:
    """Give a statement its words and its block; minutes inside a header belong to it."""
    start, end = each.span.start, each.span.end
    block = reaches.at(start) or reaches.header_at(start)
    number = block.id if block and block.stated_code else None
    return MinuteStatement(
        Span(start, end, text[start:end]), each.minutes, each.kind, each.code, number, each.owner, each.restated, each.performed, each.by, each.clock,
        each.others, each.firm, each.turn,
    )  # fmt: skip


def _services(page: Page, refused: Sequence[Label]) -> Iterator[ServiceMention]:
    """List the services that the note names outside its charges, and whether they were furnished."""
    level, labels = page.level, page.marks.labels
    named = [number for number, label in enumerate(labels) if label.sure or label.number]
    if not named:
        return
    charged = [(charge.span.start, charge.span.end) for charge in page.charges if not _HEADS.match(level, charge.span.end)]
    starts, ends = [start for start, _ in charged], list(accumulate((end for _, end in charged), max))
    denied = {label.start for label in refused}
    for number in named:
        label = labels[number]
        at = bisect_right(starts, label.start)
        if at and label.start < ends[at - 1]:
            continue
        limit = labels[number + 1].start if number + 1 < len(labels) else len(level)
        performed = label.start not in denied and not page.reach.other_day(label.start) and not withheld(level, label.start, label.end, limit)
        yield ServiceMention(Span(label.start, label.end, page.text[label.start : label.end]), label.code, performed)
