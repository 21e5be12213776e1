"""Claim lines in the making: units become lines, an assistant's units a line of their own, and each line gets its discipline's modifier."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from nlp_pipeline.billing.assistants import Split, Time, split_units, untimed_is_marked
from nlp_pipeline.billing.units import countable
from nlp_pipeline.billing.visit import Visit
from nlp_pipeline.records.claim import ClaimLine
from nlp_pipeline.records.claim_rules import ClaimRules
from nlp_pipeline.records.encounter import Encounter
from nlp_pipeline.records.rules import Rules

ON_THE_LIST = ("always", "sometimes")


@dataclass(slots=True)
class DraftLine:
    """A line whose modifiers are not settled yet."""

    code: str
    units: int
    discipline: str | None
    modifiers: list[str] = field(default_factory=list)


def discipline_of(encounter: Encounter, rules: Rules) -> str | None:
    """Tell whose plan of care a visit belongs to: as stated, else by who signs, else by a service that only one discipline furnishes."""
    if encounter.discipline:
        return encounter.discipline
    signer = rules.claim.signer(encounter.therapist_of_record) if rules.claim else None
    if signer and signer.discipline:
        return signer.discipline
    only = {rule.disciplines[0] for each in encounter.services if (rule := rules.codes.get(each.code)) and len(rule.disciplines) == 1}
    return only.pop() if len(only) == 1 else None


def assisted_minutes(encounter: Encounter, claim: ClaimRules) -> dict[str, float]:
    """Add up each code's minutes by an assistant alone; where an assistant signs for the visit, all of them are."""
    signer = claim.signer(encounter.therapist_of_record)
    alone = signer is not None and signer.role == "assistant"
    assisted: dict[str, float] = {}
    for each in encounter.services:
        spent = each.minutes or each.assistant_minutes if alone else each.assistant_minutes
        if spent:
            assisted[each.code] = assisted.get(each.code, 0) + spent
    return assisted


def draft_lines(visit: Visit, billed: Mapping[str, int], encounter: Encounter, rules: Rules) -> tuple[list[DraftLine], list[str], list[str]]:
    """Make a line of each billed code, two where an assistant furnished some of its units; tell why, and which codes to look at."""
    discipline = discipline_of(encounter, rules)
    claim = rules.claim
    if claim is None:
        return [DraftLine(code, billed[code], discipline) for code in visit.minutes if billed.get(code)], [], []
    assisted = assisted_minutes(encounter, claim)
    modifier = claim.assistant_modifier(discipline) if assisted and claim.assistants else None
    drafts: list[DraftLine] = []
    steps: list[str] = []
    unsure: list[str] = []
    for code in visit.minutes:
        units = billed.get(code, 0)
        if not units:
            continue
        split = _split(code, units, assisted.get(code, 0), visit, rules) if modifier else None
        if split is None or modifier is None:
            drafts.append(DraftLine(code, units, discipline))
            continue
        steps.append(f"{code}, {modifier}: {split.why}.{' A person should look.' if split.doubtful else ''}")
        unsure += [code] if split.doubtful else []
        drafts += [DraftLine(code, split.plain, discipline)] if split.plain else []
        drafts += [DraftLine(code, split.marked, discipline, [modifier])] if split.marked else []
    steps += _disciplines(drafts, rules, claim)
    return drafts, steps, unsure


def _split(code: str, units: int, assisted: float, visit: Visit, rules: Rules) -> Split | None:
    """Share a code's units between therapist and assistant; None where no assistant took part."""
    alone = countable(assisted)
    if not alone or rules.claim is None or rules.claim.assistants is None:
        return None
    rule, said = rules.codes[code], visit.minutes[code]
    if rule.timing != "timed":
        marked, why, doubtful = untimed_is_marked(None if said is None else countable(said), alone, rules.claim.assistants)
        return Split(0 if marked else units, units if marked else 0, why, doubtful)
    total = visit.pooled[code] if code in visit.pooled else visit.apart[code]
    unit = rule.unit_minutes or 1
    least = rules.units.minimum_minutes if rules.units and rule.pooled else rule.minimum_minutes or unit // 2 + 1
    return split_units(units, Time(max(total - alone, 0), min(alone, total), unit, least), rules.claim.assistants)


def _disciplines(drafts: Iterable[DraftLine], rules: Rules, claim: ClaimRules) -> Iterator[str]:
    """Give each therapy line the modifier of its plan of care."""
    if not claim.terms.discipline_modifiers:
        return
    marked: dict[str, list[str]] = {}
    for draft in drafts:
        modifier = claim.discipline_modifier(draft.discipline)
        if modifier and rules.codes[draft.code].listed in ON_THE_LIST:
            draft.modifiers.append(modifier)
            marked.setdefault(modifier, []).append(draft.code)
    for modifier, codes in marked.items():
        yield f"{modifier} on {', '.join(dict.fromkeys(codes))}: {claim.modifiers[modifier].words}."


def in_order(modifiers: Iterable[str], claim: ClaimRules | None) -> tuple[str, ...]:
    """Put a line's modifiers into the house order; any order is lawful."""
    unique = tuple(dict.fromkeys(modifiers))
    if claim is None or len(unique) < 2:
        return unique
    return tuple(sorted(unique, key=lambda name: (claim.modifiers[name].rank if name in claim.modifiers else 0, name)))


def settled(drafts: Iterable[DraftLine], claim: ClaimRules | None) -> tuple[ClaimLine, ...]:
    """Make claim lines of drafts."""
    return tuple(ClaimLine(draft.code, draft.units, in_order(draft.modifiers, claim), discipline=draft.discipline) for draft in drafts)
