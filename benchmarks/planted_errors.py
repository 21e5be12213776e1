"""Known errors, put into visits whose truth is known: one a visit, each of one category, each at a known step."""

import random
from collections.abc import Callable, Sequence

from benchmarks.planted_notes import TIMED, PlantedVisit, expects, settle, written

Lines = list[tuple[str, int, tuple[str, ...]]]
Planter = Callable[[PlantedVisit, random.Random], bool]

HIGHER = {"97110": "97530", "97140": "97530", "97116": "97530", "97535": "97530"}
LOWER = {"97530": "97110", "97112": "97110", "97535": "97110"}
LATERAL = {"97112": "97530", "97530": "97112"}
ELSEWHERE = ("97140", "97116", "97535", "97113")
LIMITS = {"97110": 6, "97112": 4, "97530": 6, "97140": 6, "97116": 4}
OTHER_DISCIPLINE = {"GP": "GO", "GO": "GP"}
UNPAID = ("ATC", "Rehab Aide")


def recode(table: dict[str, str]) -> Planter:
    """Bill one service under another code."""

    def plant(visit: PlantedVisit, chance: random.Random) -> bool:
        held = {code for code, _, _ in visit.claim}
        fitting = [code for code in held if code in table and table[code] not in held]
        if not fitting:
            return False
        code = chance.choice(sorted(fitting))
        _enter(visit, [(table[each] if each == code else each, units, modifiers) for each, units, modifiers in visit.claim], chance)
        return True

    return plant


def units(change: int) -> Planter:
    """Bill a unit too many, or one too few."""

    def plant(visit: PlantedVisit, chance: random.Random) -> bool:
        fitting = [code for code, count, _ in visit.claim if code in TIMED and count + change >= 1 and count + change <= LIMITS.get(code, 4)]
        if not fitting:
            return False
        code = chance.choice(sorted(fitting))
        _enter(visit, [(each, count + change if each == code else count, modifiers) for each, count, modifiers in visit.claim], chance)
        return True

    return plant


def unit_limit(visit: PlantedVisit, chance: random.Random) -> bool:
    """Bill more units than anyone believes."""
    fitting = [code for code, _, _ in visit.claim if code in LIMITS]
    if not fitting:
        return False
    code = chance.choice(sorted(fitting))
    _enter(visit, [(each, LIMITS[code] + 1 if each == code else count, modifiers) for each, count, modifiers in visit.claim], chance)
    visit.along = frozenset({"units-over"})
    return True


def minutes_missing(visit: PlantedVisit, chance: random.Random) -> bool:
    """Write the note without any time."""
    visit.total = False
    visit.text = written(visit, "{label}: {acts}.")
    return True


def minutes_conflict(visit: PlantedVisit, chance: random.Random) -> bool:
    """Let the note state a timed total that its services do not add up to, by more than a unit."""
    visit.text = written(visit, total=visit.timed + 16)
    visit.along = frozenset({"units-under"})
    return True


def double_counted(visit: PlantedVisit, chance: random.Random) -> bool:
    """Give two services the same stretch of the clock."""
    if len(visit.minutes) != 2:
        return False
    visit.minutes, visit.total = dict.fromkeys(visit.minutes, 30), False
    settle(visit)
    visit.text = written(visit, "{label} 10:00-10:30 (30 min): {acts}.")
    visit.along = frozenset({"units-over"})
    return True


def modifier(before: str, after: Sequence[str]) -> Planter:
    """Change the modifiers of one line; "own" stands for the one of the plan of care."""

    def plant(visit: PlantedVisit, chance: random.Random) -> bool:
        at = chance.randrange(len(visit.claim))
        code, count, modifiers = visit.claim[at]
        meant = {"other": OTHER_DISCIPLINE[visit.modifier], "assistant": "CQ" if visit.modifier == "GP" else "CO"}
        kept = tuple(each for each in modifiers if not (before == "own" and each == visit.modifier))
        changed = list(visit.claim)
        changed[at] = (code, count, (*kept, *(meant[each] for each in after)))
        _enter(visit, changed, chance)
        return True

    return plant


def pair(marked: bool) -> Planter:
    """Document a group beside one-to-one exercise, an edited pair, and bill both without what sets them apart, or with it and no ground."""

    def plant(visit: PlantedVisit, chance: random.Random) -> bool:
        if "97110" not in visit.minutes:
            return False
        _before_signature(visit, "97150 Therapeutic group 25 min: seated exercise class with three other patients")
        group: tuple[str, ...] = ("59", visit.modifier) if marked else (visit.modifier,)
        visit.charge = [*visit.claim, ("97150", 1, (visit.modifier,))]
        visit.claim = [*visit.claim, ("97150", 1, group)]
        visit.step = "claim" if marked else "charge"
        return True

    return plant


def not_documented(visit: PlantedVisit, chance: random.Random) -> bool:
    """Bill a service that is not in the note."""
    fitting = [code for code in ELSEWHERE if code not in visit.minutes]
    if not fitting:
        return False
    _enter(visit, [*visit.claim, (chance.choice(fitting), 1, (visit.modifier,))], chance)
    visit.along = frozenset({"ncci"})  # what was added may also be one of an edited pair
    return True


def not_billed(visit: PlantedVisit, chance: random.Random) -> bool:
    """Leave a documented service off the bill."""
    timed = [line for line in visit.claim if line[0] in TIMED]
    if len(timed) < 2:
        return False
    left = chance.choice(timed)
    _enter(visit, [line for line in visit.claim if line != left], chance)
    return True


def group(visit: PlantedVisit, chance: random.Random) -> bool:
    """Bill as one-to-one exercise what the note shows as a group."""
    if "97110" not in visit.minutes:
        return False
    visit.labels["97110"], visit.total = "97150 Therapeutic group with three other patients", False
    visit.text, visit.step, visit.along = written(visit), "charge", frozenset({"units-under", "units-over"})
    return True


def without(element: str) -> Planter:
    """Take the words of one documentation element out of the note."""

    def plant(visit: PlantedVisit, chance: random.Random) -> bool:
        if element not in visit.words or not expects()[element] & visit.minutes.keys():
            return False
        del visit.words[element]
        settle(visit)
        return True

    return plant


def cloned(visit: PlantedVisit, chance: random.Random) -> bool:
    """Write the note of the patient's visit before once more, and bill what it says."""
    before = visit.before
    if before is None or before.planted:
        return False
    visit.minutes, visit.activities, visit.words = before.minutes, before.activities, before.words
    visit.layout, visit.labels, visit.total = before.layout, before.labels, before.total
    settle(visit)
    return True


def unsigned(visit: PlantedVisit, chance: random.Random) -> bool:
    """Leave the signature out."""
    visit.text = visit.text[: visit.text.rindex("\nSigned by")]
    return True


def credential(visit: PlantedVisit, chance: random.Random) -> bool:
    """Let someone sign whose time is not paid as therapy."""
    visit.text = visit.text.replace(visit.therapist.credential, chance.choice(UNPAID))
    return True


def _before_signature(visit: PlantedVisit, line: str) -> None:
    at = visit.text.rindex("\nSigned by")
    visit.text = f"{visit.text[:at]}\n{line}{visit.text[at:]}"


def _enter(visit: PlantedVisit, lines: Lines, chance: random.Random) -> None:
    """Put an error on the claim alone, or on the charge already."""
    visit.claim = lines
    visit.step = chance.choice(("charge", "claim"))
    if visit.step == "charge":
        visit.charge = list(lines)


PLANTERS: dict[str, Planter] = {
    "code-over": recode(HIGHER),
    "code-under": recode(LOWER),
    "code-lateral": recode(LATERAL),
    "units-over": units(+1),
    "units-under": units(-1),
    "unit-limit": unit_limit,
    "minutes-missing": minutes_missing,
    "minutes-conflict": minutes_conflict,
    "minutes-double-counted": double_counted,
    "modifier-missing": modifier("own", ()),
    "modifier-wrong": modifier("own", ("other",)),
    "modifier-unsupported": modifier("", ("assistant",)),
    "modifier-unsupported (pair)": pair(marked=True),
    "ncci": pair(marked=False),
    "not-documented": not_documented,
    "not-billed": not_billed,
    "group-as-one-to-one": group,
    "doc-deficit": without("deficit"),
    "doc-skilled-need": without("skilled_cueing"),
    "doc-goal": without("functional_goal"),
    "doc-objective": without("objective_measure"),
    "cloned": cloned,
    "signature": unsigned,
    "credential": credential,
}


def plant(visits: Sequence[PlantedVisit], errors: int, seed: int) -> None:
    """Put errors into visits drawn by a seed, the same number of each category as nearly as it goes."""
    chance = random.Random(seed)
    waiting = chance.sample(list(visits), len(visits))
    for at in range(errors):
        name = list(PLANTERS)[at % len(PLANTERS)]
        for visit in waiting:
            if PLANTERS[name](visit, chance):
                visit.planted = name.partition(" ")[0]
                waiting.remove(visit)
                break
