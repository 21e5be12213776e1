"""What a note supports, for an audit: the services with their minutes, filed under the code that their activities surely support."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from nlp_pipeline.records.coded_note import CodedNote
from nlp_pipeline.records.encounter import Encounter, Service
from nlp_pipeline.records.note import Span
from nlp_pipeline.records.rules import Rules

NO_CODE = "none"
SURE = 0.97  # confidence from which activities speak against the header that the therapist wrote above them


@dataclass(frozen=True, slots=True)
class Refiled:
    """A service that the note files under one code, and whose every activity surely supports another."""

    stated: str
    supported: str
    evidence: tuple[Span, ...]


def refiled(coded: CodedNote, rules: Rules) -> Iterator[Refiled]:
    """Find services whose every performed activity surely supports one other code that can be told apart by words."""
    filed: dict[str, list[tuple[Span, str, bool]]] = {}
    for intervention, suggestion in zip(coded.facts.interventions, coded.suggestions, strict=True):
        if intervention.status == "performed" and intervention.stated_code:
            doubted = suggestion.unsure or suggestion.probabilities is None or suggestion.confidence < SURE
            filed.setdefault(intervention.stated_code, []).append((intervention.span, suggestion.code, doubted))
    for stated, activities in filed.items():
        supported = {code for _, code, _ in activities}
        other = next(iter(supported))
        if len(supported) == 1 and other not in (stated, NO_CODE) and not any(doubted for _, _, doubted in activities) and _told_apart(stated, other, rules):
            yield Refiled(stated, other, tuple(span for span, _, _ in activities))


def supported_encounter(coded: CodedNote, rules: Rules) -> Encounter:
    """File each service under the code that it supports; minutes of one code are added up.

    A timed service without minutes supports no unit, and is left out where others have theirs, so that it does not cost them their units.
    """
    services = _refiled(coded, rules)
    timed = {code for code, rule in rules.codes.items() if rule.timing == "timed"}
    if any(each.minutes and each.code in timed for each in services):
        services = tuple(each for each in services if each.minutes or each.code not in timed)
    total = coded.encounter.timed_total
    least = rules.units.minimum_minutes if rules.units else 0
    return replace(coded.encounter, services=services, timed_total=None if total is not None and total < least else total)  # a total below one unit is misread


def silent_codes(coded: CodedNote, rules: Rules) -> tuple[str, ...]:
    """Name the timed services whose minutes the note does not say."""
    return tuple(each.code for each in _refiled(coded, rules) if each.minutes is None and each.code in rules.codes and rules.codes[each.code].timing == "timed")


def _refiled(coded: CodedNote, rules: Rules) -> tuple[Service, ...]:
    moved = {each.stated: each.supported for each in refiled(coded, rules)}
    if not moved:
        return coded.encounter.services
    services: dict[str, Service] = {}
    for each in coded.encounter.services:
        code = moved.get(each.code, each.code)
        before = services.get(code)
        services[code] = replace(each, code=code) if before is None else _added(before, each)
    return tuple(services.values())


def _added(one: Service, other: Service) -> Service:
    minutes = None if one.minutes is None and other.minutes is None else (one.minutes or 0) + (other.minutes or 0)
    return replace(one, minutes=minutes, assistant_minutes=one.assistant_minutes + other.assistant_minutes)


def _told_apart(stated: str, supported: str, rules: Rules) -> bool:
    one, other = rules.codes.get(stated), rules.codes.get(supported)
    return one is not None and other is not None and one.timing == other.timing and not (one.family and one.family == other.family)


def unsure_codes(coded: CodedNote) -> dict[str, frozenset[str]]:
    """Give, for each code that rests only on unsure activities, the codes that could be meant as well."""
    sure: set[str] = set()
    doubtful: dict[str, set[str]] = {}
    for intervention, suggestion in zip(coded.facts.interventions, coded.suggestions, strict=True):
        if intervention.status != "performed":
            continue
        filed = intervention.stated_code or suggestion.code
        if suggestion.unsure and not intervention.stated_code:
            doubtful.setdefault(filed, set()).update(suggestion.prediction_set or (suggestion.code, *((suggestion.runner_up,) if suggestion.runner_up else ())))
        else:
            sure.add(filed)
    return {code: frozenset(others | {code}) for code, others in doubtful.items() if code not in sure}


def performed_spans(coded: CodedNote, *codes: str) -> tuple[Span, ...]:
    """Give the words that show services of some codes: the activities, and the minutes of their own."""
    shown = [
        each.span
        for each, one in zip(coded.facts.interventions, coded.suggestions, strict=True)
        if each.status == "performed" and (each.stated_code in codes or one.code in codes)
    ]
    timed = [each.span for each in coded.encounter.minutes if each.code in codes and each.performed]
    return tuple(sorted(dict.fromkeys((*shown, *timed)), key=lambda span: span.start))
