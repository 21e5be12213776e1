"""Visits whose truth is known: notes put together from marked phrases of the training corpus, and what a right bill for each would be.

Activities, deficits, cues, goals and measures are the corpus' own words, each true to its mark; layout, minutes, people and days are drawn by a seed.
Nothing of the engine is used here: the truth comes from the marks and from the published rules, worked out anew.
"""

import csv
import random
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from itertools import combinations
from pathlib import Path

from training.corpus import read_notes

RULES = Path(__file__).parents[1] / "nlp_pipeline" / "rulebook" / "data"
PRICES, CODES, PAIRS = RULES / "tables" / "mpfs_2026.csv", RULES / "codes.toml", RULES / "tables" / "ncci_2024Q2.csv"
LABELS = {
    "97110": ("TherEx", "Therapeutic exercise", "97110 Therapeutic exercise", "TE"),
    "97112": ("NMR", "Neuromuscular re-education", "97112 Neuromuscular re-education", "Neuro re-ed"),
    "97530": ("TherAct", "Therapeutic activities", "97530 Therapeutic activities", "Ther act"),
    "97140": ("Manual therapy", "97140 Manual therapy", "MT", "Manual"),
    "97116": ("Gait training", "97116 Gait training", "Gait", "Gait training"),
    "97535": ("Self-care training", "97535 Self-care", "ADL training", "Self care"),
}
TIMED = frozenset(LABELS)
ELEMENTS = ("deficit", "skilled_cueing", "functional_goal", "objective_measure")
FRESH = ("skilled_cueing", "objective_measure")  # what a second note of a patient never says in the same words: it would look carried over
LAYOUTS = (
    "{label} x {minutes} min: {acts}.",
    "{label} ({minutes} min): {acts}.",
    "{label} - {minutes} minutes\n  - {lines}",
    "{label}: {acts}, {minutes} min.",
)
FIRST = date(2026, 1, 5)
SURNAMES = ("Ortiz", "Lindqvist", "Okafor", "Brandt", "Moreau", "Tanaka", "Silva", "Novak", "Haddad", "Kowalski", "Byrne", "Castellano")
GIVEN = ("Dana", "Ruth", "Marek", "Ines", "Paulo", "Greta", "Sanjay", "Noor", "Felix", "Mona", "Theo", "Lena")
PLAIN = re.compile(r"[A-Za-z][A-Za-z ,'/-]{5,70}[a-z]")
MINE = {"PT": ("97110", "97112", "97530", "97140", "97116"), "OT": ("97110", "97112", "97530", "97535", "97140")}


@dataclass(frozen=True, slots=True)
class Therapist:
    """Who furnishes visits."""

    name: str
    number: str
    discipline: str

    @property
    def credential(self) -> str:
        """Give what stands behind the name."""
        return "PT, DPT" if self.discipline == "PT" else "OTR/L"


@dataclass(slots=True)
class PlantedVisit:
    """One visit: what was truly furnished, the note as it is written, and what was charged, sent and paid for it."""

    id: str
    patient: str
    therapist: Therapist
    day: date
    minutes: dict[str, int]
    activities: dict[str, list[str]]
    words: dict[str, str]
    layout: str
    labels: dict[str, str]
    total: bool
    text: str = ""
    charge: list[tuple[str, int, tuple[str, ...]]] = field(default_factory=list)
    claim: list[tuple[str, int, tuple[str, ...]]] = field(default_factory=list)
    planted: str = ""
    step: str = ""
    along: frozenset[str] = frozenset()
    billed: bool = True
    documented: bool = True
    before: "PlantedVisit | None" = None

    @property
    def modifier(self) -> str:
        """Give the modifier of the plan of care."""
        return "GP" if self.therapist.discipline == "PT" else "GO"

    @property
    def timed(self) -> int:
        """Add up the timed minutes."""
        return sum(self.minutes.values())


@dataclass(frozen=True, slots=True)
class Phrases:
    """The corpus' marked words: activities by code, evidence by element."""

    activities: Mapping[str, tuple[str, ...]]
    elements: Mapping[str, tuple[str, ...]]


@cache
def phrases() -> Phrases:
    """Gather plain phrases: activities that competent coders would not dispute, and evidence that names one element alone."""
    activities, elements = defaultdict(set), defaultdict(set)
    for note in read_notes():
        for each in note.interventions:
            words = note.text[each.start : each.end]
            if each.status == "performed" and not each.ambiguous and each.code in TIMED and each.stated_code in (None, each.code) and PLAIN.fullmatch(words):
                activities[words.lower()].add(each.code)
        for mark in note.elements:
            words = note.text[mark.start : mark.end]
            if mark.element in ELEMENTS and 12 < len(words) < 90 and "\n" not in words:
                elements[words.rstrip(".")].add(mark.element)
    by_code, by_element = defaultdict(list), defaultdict(list)
    for words, codes in sorted(activities.items()):
        if len(codes) == 1:
            by_code[min(codes)].append(words)
    for words, names in sorted(elements.items()):
        if len(names) == 1:
            by_element[min(names)].append(words)
    return Phrases({code: tuple(words) for code, words in by_code.items()}, {name: tuple(words) for name, words in by_element.items()})


@cache
def shares() -> dict[str, float]:
    """Say in what share of the corpus' treatment notes each element is marked."""
    treated = [{each.element for each in note.elements} for note in read_notes() if any(each.status == "performed" for each in note.interventions)]
    return {name: sum(name in held for held in treated) / len(treated) for name in ELEMENTS}


def visits(seed: int, count: int) -> Iterator[PlantedVisit]:
    """Make visits: every therapist has patients of her own, eight visits each, and a quarter goes by."""
    chance, again = random.Random(seed), random.Random(seed)
    staff = [Therapist(f"{given} {name}", f"12345678{at:02d}", ("PT", "OT")[at % 2]) for at, (given, name) in enumerate(zip(GIVEN, SURNAMES, strict=True))]
    last: dict[str, PlantedVisit] = {}
    told: dict[str, set[str]] = defaultdict(set)
    for number in range(count):
        therapist = staff[number % len(staff)]
        patient, turn = divmod(number // len(staff), 8)
        day = FIRST + timedelta(days=patient % 5 + 7 * turn)
        codes = _codes(therapist, chance)
        visit = PlantedVisit(
            f"v{number + 1:05d}",
            f"MRN{therapist.number[-2:]}{patient:04d}",
            therapist,
            day,
            _minutes(codes, chance),
            {code: chance.sample(phrases().activities[code], chance.randint(2, 3)) for code in codes},
            {name: chance.choice(phrases().elements[name]) for name in ELEMENTS if chance.random() < shares()[name]},
            chance.choice(LAYOUTS),
            {code: chance.choice(LABELS[code]) for code in codes},
            chance.random() < 0.5,
        )
        _freshen(visit.words, told[visit.patient], again)
        settle(visit)
        visit.before = last.get(visit.patient)
        last[visit.patient] = visit
        yield visit


def _freshen(words: dict[str, str], told: set[str], chance: random.Random) -> None:
    """Draw anew what the patient's earlier notes say already of cues and measures."""
    for name in FRESH:
        while words.get(name) in told:
            words[name] = chance.choice(phrases().elements[name])
    told.update(words[name] for name in FRESH if name in words)


def settle(visit: PlantedVisit) -> None:
    """Write the note, and make the right charge and claim."""
    visit.text = written(visit)
    lines = [(code, units, (visit.modifier,)) for code, units in right_units(visit.minutes).items() if units]
    visit.charge, visit.claim = list(lines), list(lines)


def written(visit: PlantedVisit, layout: str = "", total: int | None = None) -> str:
    """Write the note of a visit, in another layout or with another total where that is asked."""
    lines = ["Patient reports doing about the same since last visit."]
    if "objective_measure" in visit.words:
        lines.append(f"O: {visit.words['objective_measure']}.")
    for code, spent in visit.minutes.items():
        acts = visit.activities[code]
        lines.append((layout or visit.layout).format(label=visit.labels[code], minutes=spent, acts=", ".join(acts), lines="\n  - ".join(acts)))
    if "skilled_cueing" in visit.words:
        lines.append(f"Required {visit.words['skilled_cueing']}.")
    told = visit.timed if visit.total and total is None else total
    if told is not None:
        lines.append(f"Total timed minutes: {told}")
    if "deficit" in visit.words:
        lines.append(f"A: {visit.words['deficit']}.")
    if "functional_goal" in visit.words:
        lines.append(f"Goal: {visit.words['functional_goal']}.")
    return "\n".join([*lines, f"Signed by {visit.therapist.name}, {visit.therapist.credential}, {visit.day:%m/%d/%Y}"])


def right_units(minutes: Mapping[str, int]) -> dict[str, int]:
    """Count units by the pooled rule of Medicare: whole quarters first, then the spare ones to the longest remainders."""
    units = {code: spent // 15 for code, spent in minutes.items()}
    spare = (sum(minutes.values()) + 7) // 15 - sum(units.values())
    for code in sorted(minutes, key=lambda each: (-(minutes[each] % 15), -minutes[each], each))[:spare]:
        units[code] += 1
    return units


@cache
def expects() -> dict[str, frozenset[str]]:
    """Say for which codes a reviewer asks for each element, as the registry of codes tells it."""
    rows = tomllib.loads(CODES.read_text("utf-8"))["codes"]
    return {element: frozenset(row["code"] for row in rows if element in row.get("expects", ())) for element in ELEMENTS}


@cache
def prices() -> dict[str, float]:
    """Give each code's national price of a unit in 2026, in full."""
    with PRICES.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["work"] and row["expense"] and row["malpractice"]]
    return {row["code"]: round((float(row["work"]) + float(row["expense"]) + float(row["malpractice"])) * 33.4009, 2) for row in rows}


@cache
def _edited_pairs() -> frozenset[frozenset[str]]:
    with PAIRS.open(encoding="utf-8") as file:
        return frozenset(frozenset((row["column1"], row["column2"])) for row in csv.DictReader(file) if not row["deleted"] and row["indicator"] in "01")


def _codes(therapist: Therapist, chance: random.Random) -> list[str]:
    """Draw two or three services that no edit sets against each other."""
    while True:
        drawn = chance.sample(MINE[therapist.discipline], chance.choice((2, 2, 3)))
        if not any(frozenset(both) in _edited_pairs() for both in combinations(drawn, 2)):
            return drawn


def _minutes(codes: list[str], chance: random.Random) -> dict[str, int]:
    """Draw minutes for each service; never a tie for the last unit, never a service without one."""
    while True:
        drawn = {code: chance.randint(8, 34) for code in codes}
        if len({spent % 15 for spent in drawn.values()}) == len(drawn) and all(right_units(drawn).values()):
            return drawn
