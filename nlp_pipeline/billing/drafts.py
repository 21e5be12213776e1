"""Claim lines in the making: units become lines, an assistant's units a line of their own, and each line gets its discipline's modifier."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from nlp_pipeline.billing.assistants import Split, Time, split_units, untimed_is_marked
from nlp_pipeline.billing.units import countable
from nlp_pipeline.billing.visit import Visit
from nlp_pipeline.records.claim import ClaimLine
from nlp_pipeline.records.claim_rules import AssistantRules, ClaimRules
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


@dataclass(slots=True)
class Drafted:
    """The lines of one discipline's services, how an assistant's time was shared out by code, and which codes a person should look at."""

    lines: list[DraftLine]
    assistant_modifier: str | None = None
    splits: list[tuple[str, Split]] = field(default_factory=list)

    def tell(self, claim: ClaimRules | None) -> Iterator[str]:
        """Tell how units were shared with an assistant, and which lines carry the modifier of their plan of care."""
        if claim is None:
            return
        source = _sourced(claim.assistants.minimum_share.source if claim.assistants else "")
        for code, split in self.splits:
            yield f"{code}, {self.assistant_modifier}: {split.why}.{' A person should look.' if split.doubtful else ''}{source}"
        marked: dict[str, list[str]] = {}
        for line in self.lines:
            for name in line.modifiers:
                if claim.modifiers[name].kind == "discipline":
                    marked.setdefault(name, []).append(line.code)
        for name, codes in marked.items():
            rule = claim.modifiers[name]
            yield f"{name} on {', '.join(dict.fromkeys(codes))}: {rule.words}.{_sourced(rule.source)}"


def draft_lines(visit: Visit, billed: Mapping[str, int], encounter: Encounter, rules: Rules) -> Drafted:
    """Make a line of each billed code, two where an assistant furnished some of its units; give each the modifier of its plan of care."""
    discipline = discipline_of(encounter, rules)
    claim = rules.claim
    if claim is None:
        return Drafted([DraftLine(code, billed[code], discipline) for code in visit.codes() if billed.get(code)])
    assisted = _gone_on(visit, assisted_minutes(encounter, claim))
    modifier = claim.assistant_modifier(discipline) if assisted and claim.assistants else None
    of_plan = claim.discipline_modifier(discipline) if claim.terms.discipline_modifiers else None
    drafted = Drafted([], modifier)
    for code in visit.codes() if visit.going_on else visit.minutes:
        units = billed.get(code, 0)
        if not units:
            continue
        plan = [of_plan] if of_plan and rules.codes[code].listed in ON_THE_LIST else []
        split = _split(code, units, assisted.get(code, 0), visit, rules) if modifier and code in assisted else None
        if split is None or modifier is None:
            drafted.lines.append(DraftLine(code, units, discipline, plan))
            continue
        drafted.splits.append((code, split))
        drafted.lines += [DraftLine(code, split.plain, discipline, plan)] if split.plain else []
        drafted.lines += [DraftLine(code, split.marked, discipline, [modifier, *plan])] if split.marked else []
    return drafted


def _gone_on(visit: Visit, assisted: dict[str, float]) -> dict[str, float]:
    """Give an assistant's minutes of a first code to its add-on as far as minutes went on to it: the later ones are taken for the assistant's."""
    for code, (add_on, more) in visit.going_on.items():
        if taken := min(assisted.get(code, 0), more):
            assisted[code] -= taken
            assisted[add_on] = assisted.get(add_on, 0) + taken
    return assisted


def _sourced(source: str) -> str:
    return f" Source: {source}." if source else ""


def _split(code: str, units: int, assisted: float, visit: Visit, rules: Rules) -> Split | None:
    """Share a code's units between therapist and assistant; None where no assistant took part."""
    alone = countable(assisted)
    if not alone or rules.claim is None or rules.claim.assistants is None:
        return None
    rule, said = rules.codes[code], visit.minutes.get(code)
    if rule.timing != "timed":
        marked, why, doubtful = untimed_is_marked(None if said is None else countable(said), alone, rules.claim.assistants)
        return Split(0 if marked else units, units if marked else 0, why, doubtful)
    total = visit.pooled[code] if code in visit.pooled else visit.apart[code]
    unit = rule.unit_minutes or 1
    least = rules.units.minimum_minutes if rules.units and rule.pooled else rule.minimum_minutes or unit // 2 + 1
    time = (max(total - alone, 0), min(alone, total), unit, least)
    return rules.claim.remembered(("split", units, time), _split_by, units, time, rules.claim.assistants)


def _split_by(units: int, time: tuple[int, int, int, int], assistants: AssistantRules) -> Split:
    return split_units(units, Time(*time), assistants)


def in_order(modifiers: Iterable[str], claim: ClaimRules | None) -> tuple[str, ...]:
    """Put a line's modifiers into the house order; any order is lawful."""
    given = tuple(modifiers)
    if claim is None or len(given) < 2:
        return given
    return tuple(sorted(set(given), key=lambda name: (claim.modifiers[name].rank if name in claim.modifiers else 0, name)))


def settled(drafts: Iterable[DraftLine], claim: ClaimRules | None) -> tuple[ClaimLine, ...]:
    """Make claim lines of drafts."""
    if claim is None:
        return tuple([_line(draft, None) for draft in drafts])
    return tuple([claim.remembered((draft.code, draft.units, tuple(draft.modifiers), draft.discipline), _line, draft, claim) for draft in drafts])


def _line(draft: DraftLine, claim: ClaimRules | None) -> ClaimLine:
    return ClaimLine(draft.code, draft.units, in_order(draft.modifiers, claim), discipline=draft.discipline)
