"""Which units of a service are the assistant's (CMS, Medicare Claims Processing Manual, chapter 5, section 20.1, unit by unit)."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from nlp_pipeline.records.claim_rules import AssistantRules


@dataclass(frozen=True, slots=True)
class Time:
    """Whole minutes of one service: the therapist's, alone or together with the assistant, and the assistant's alone; and what makes a unit of it."""

    therapist: int
    assistant: int
    unit: int
    least: int


@dataclass(frozen=True, slots=True)
class Split:
    """Units without and with the assistant's modifier, why, and whether a person should look."""

    plain: int
    marked: int
    why: str
    doubtful: bool = False


def split_units(units: int, time: Time, rules: AssistantRules) -> Split:
    """Share a timed service's units between therapist and assistant.

    Whole units of each are theirs. Of one unit that is left the therapist's own minutes decide if they make a unit, then the assistant's,
    then the assistant's share. Two that are left go one to each.
    """
    own, own_left = divmod(time.therapist, time.unit)
    aided, aided_left = divmod(time.assistant, time.unit)
    left = units - own - aided
    whole = f"whole units: therapist {own}, assistant {aided}"
    if left == 0:
        return Split(own, aided, whole)
    if left < 0:
        marked = min(aided, units)
        return Split(units - marked, marked, f"{whole}, more than the day's total allows; the assistant's are kept", doubtful=True)
    if rules.two_units_least is None or rules.two_units_most is None:
        return _by_share_alone(left, time, rules)
    if left == 1:
        is_marked, why, doubtful = _last_unit(own_left, aided_left, time.least, rules)
        return Split(own + (not is_marked), aided + is_marked, f"{whole}; the last unit has {own_left} and {aided_left} min: {why}", doubtful)
    least, most = rules.two_units_least, rules.two_units_most
    regular = left == 2 and least <= own_left <= most and least <= aided_left <= most
    why = f"{whole}; two units are left for {own_left} and {aided_left} min: one each"
    return Split(own + left - 1, aided + 1, why, doubtful=not regular)


def _by_share_alone(left: int, time: Time, rules: AssistantRules) -> Split:
    """Share the units that are left as it was done before the rule about the last units: by the assistant's share; a person should look."""
    own, own_left = divmod(time.therapist, time.unit)
    aided, aided_left = divmod(time.assistant, time.unit)
    marked, why, _ = _by_share(aided_left, own_left + aided_left, rules)
    taken = 0 if not marked else 1 if own_left else left
    words = f"whole units: therapist {own}, assistant {aided}; {left} left for {own_left} and {aided_left} min: {why}; what decides the last units began later"
    return Split(own + left - taken, aided + taken, words, doubtful=marked)


def untimed_is_marked(minutes: int | None, assistant: int, rules: AssistantRules) -> tuple[bool, str, bool]:
    """Say whether an untimed service needs the assistant's modifier, why, and whether a person should look."""
    if minutes is None or minutes <= 0:
        return True, f"the assistant gave {assistant} min of a time that is not stated", True
    return _by_share(assistant, minutes, rules)


def _last_unit(therapist: int, assistant: int, least: int, rules: AssistantRules) -> tuple[bool, str, bool]:
    if therapist >= least:
        return False, f"the therapist's own {least} or more earn it", False
    if assistant >= least:
        return True, f"the assistant's {least} or more earn it", False
    return _by_share(assistant, therapist + assistant, rules)


def _by_share(assistant: int, total: int, rules: AssistantRules) -> tuple[bool, str, bool]:
    """Compare the assistant's share with the one that may pass; both published ways to round it are tried."""
    if not assistant:
        return False, "no minute of it is the assistant's alone", False
    least = rules.minimum_share.value
    marked = assistant > least * total
    by_percent = _rounded(Decimal(100 * assistant) / total) > least * 100
    by_minutes = assistant >= _rounded(least * total) + 1
    words = f"the assistant's {assistant} of {total} min are {'more' if marked else 'no more'} than {_rounded(least * 100)} %"
    if by_percent != by_minutes:
        words += " (the two published ways of rounding disagree)"
    return marked, words, by_percent != by_minutes


def _rounded(number: Decimal) -> int:
    return int(number.quantize(Decimal(1), ROUND_HALF_UP))
