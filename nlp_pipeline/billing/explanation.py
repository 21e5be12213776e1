"""Each step from minutes to units, in the words that a biller would use."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from nlp_pipeline.billing.ledger import words_for
from nlp_pipeline.billing.units import ranked_by_remainder, units_earned
from nlp_pipeline.billing.visit import Visit, whole
from nlp_pipeline.records.claim import UnitShare
from nlp_pipeline.records.encounter import LedgerEntry
from nlp_pipeline.records.rules import Rules, UnitMethod, UnitRules

METHOD_WORDS: Mapping[UnitMethod, str] = {
    "cms": "By the pooled rule of the day's total",
    "ama": "Service by service, past the midpoint",
    "per15": "Service by service, whole units only",
    "nearest_quarter": "Service by service, to the nearest quarter of an hour",
}


def counted(count: float, word: str) -> str:
    """Write a count with its word.

    >>> counted(1, "unit"), counted(2, "unit"), counted(0, "unit")
    ('1 unit', '2 units', 'no units')
    """
    return f"{count or 'no'} {word}{'' if count == 1 else 's'}"


def pooled_steps(minutes: Mapping[str, int], share: UnitShare, rules: UnitRules) -> Iterator[str]:
    """Tell how the day's total is turned into units and shared out."""
    unit, least = rules.unit_minutes, rules.minimum_minutes
    total = sum(minutes.values())
    earned = units_earned(total, rules)
    yield f"Timed services: {' + '.join(f'{code} {spent}' for code, spent in minutes.items())} = {counted(total, 'minute')}."
    if not earned:
        yield f"Total {counted(total, 'minute')}: no unit, the first needs {least}. Source: {rules.source}."
        return
    yield (
        f"Total {counted(total, 'minute')}: {counted(earned, 'unit')}, because {least} to {unit + least - 1} minutes are 1 unit "
        f"and every {unit} minutes more are another. Source: {rules.source}."
    )
    yield f"Whole units of {unit} minutes: {', '.join(f'{code} {spent // unit} ({spent % unit} min left)' for code, spent in minutes.items())}."
    spare = earned - sum(spent // unit for spent in minutes.values())
    if spare:
        chosen = ", ".join(f"{code} ({minutes[code] % unit} min left)" for code in ranked_by_remainder(minutes, rules)[:spare])
        yield f"{counted(spare, 'more unit')} for the longest remainder{'' if spare == 1 else 's'}: {chosen}."
    if share.tied:
        yield (
            f"{', '.join(sorted(share.tied))} have equally many minutes left, so the rule leaves the last of these units to the therapist's choice. "
            "The house default takes the service with more minutes in all, then the lower code."
        )
    for code, spent in minutes.items():
        over = spent - unit * share.units[code]
        if over >= least or not share.units[code]:
            yield f"{code}: {counted(over, 'minute')} without a unit, because the day's total is used up; the time stays documented."


def midpoint_steps(minutes: Mapping[str, int], share: UnitShare, rules: UnitRules) -> Iterator[str]:
    """Tell how each service alone earns its units, past the midpoint."""
    unit, least = rules.unit_minutes, rules.minimum_minutes
    for code, spent in minutes.items():
        more = "enough for one more" if spent % unit >= least else f"short of the {least} that earn one more"
        yield f"{code} {spent} min: {counted(spent // unit, 'whole unit')} of {unit} and {spent % unit} min, {more}; {counted(share.units[code], 'unit')}."


def whole_steps(minutes: Mapping[str, int], share: UnitShare, rules: UnitRules) -> Iterator[str]:
    """Tell how each service alone earns its whole units."""
    for code, spent in minutes.items():
        yield f"{code} {spent} min: {counted(share.units[code], 'whole unit')} of {rules.unit_minutes}; the rest does not count."


def quarter_steps(minutes: Mapping[str, int], share: UnitShare, rules: UnitRules) -> Iterator[str]:
    """Tell how each service alone is rounded to the nearest unit."""
    for code, spent in minutes.items():
        yield f"{code} {spent} min: {counted(share.units[code], 'unit')}, to the nearest {rules.unit_minutes} minutes."


STEPS: Mapping[UnitMethod, Callable[[Mapping[str, int], UnitShare, UnitRules], Iterator[str]]] = {
    "cms": pooled_steps,
    "ama": midpoint_steps,
    "per15": whole_steps,
    "nearest_quarter": quarter_steps,
}


def explain(visit: Visit, units: Mapping[UnitMethod, UnitShare | None], rules: Rules) -> Iterator[str]:
    """Tell every step of the payer's method, and what the other methods give where they differ."""
    share = units[rules.method]
    yield from _unusual_entries(visit)
    if visit.unmeasured:
        yield f"The minutes of {', '.join(visit.unmeasured)} are not stated, so timed units cannot be counted."
    elif share is None:
        yield "No unit rule was in force on the day of the visit, so timed units are not counted."
    elif rules.units and visit.pooled:
        yield from STEPS[rules.method](visit.pooled, share, rules.units)
        if rules.method_source:
            yield f"So counts the payer profile {rules.payer!r}. Source: {rules.method_source}."
    if share:
        for code, spent in visit.apart.items():
            own = rules.codes[code].unit_minutes
            yield f"{code} is counted by its own unit of {own} minutes, apart from the rest: {spent} min, {counted(share.units[code], 'unit')}."
    for code in visit.untimed:
        by_report = ", priced by report" if rules.codes[code].timing == "by_report" else ""
        yield f"{code} ({rules.codes[code].words}) is not timed: 1 unit whatever its minutes{by_report}."
    for method, other in units.items():
        if share and other and other.units != share.units:
            yield f"{METHOD_WORDS[method]} it would be {', '.join(f'{code} {count}' for code, count in other.units.items())}."


def _unusual_entries(visit: Visit) -> Iterator[str]:
    for code in visit.unlisted:
        yield f"{code} is not among the service codes of that day; it gets no units."
    for code in visit.partly_measured:
        yield f"{code}: one entry has no minutes; only the minutes that are stated count."
    for code, (add_on, more) in visit.going_on.items():
        yield f"{code}: its first {counted(visit.pooled.get(code) or visit.apart[code], 'minute')} are its own unit; {more} more are {add_on}, its add-on."
    moved = {each for code, (add_on, _) in visit.going_on.items() for each in (code, add_on)}
    for code, counts in (*visit.pooled.items(), *visit.apart.items()):
        if code not in moved and counts != visit.minutes[code]:
            yield f"{code}: part minutes do not count; {visit.minutes[code]} are taken as {counts}."


def tell_unbilled(ledger: Sequence[LedgerEntry]) -> Iterator[str]:
    """Tell which documented minutes count for no service, and why; seconds are not told."""
    told = [f"{whole(entry.minutes)} ({words_for(entry.reason)})" for entry in ledger if entry.reason and entry.minutes >= 1]
    if told:
        yield f"Minutes in the note that count for no service: {', '.join(told)}."
