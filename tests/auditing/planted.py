"""Charts made up for tests: honest therapists and patients, and faults planted at known places.

Visits are made with their spans, without a reader, so that a quarter is made in seconds; nothing here knows how faults are looked for.
"""

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from nlp_pipeline.records.facts import Dosage, Evidence
from nlp_pipeline.records.note import Span
from nlp_pipeline.records.visit import Activity, Interval, Visit, VisitLine

OPENERS = ("slept", "walked", "drove", "cooked", "gardened", "shopped", "climbed stairs", "carried laundry", "stood at the sink", "got up from the floor")
PLACES = ("at home", "at work", "in the yard", "at church", "on the bus", "at the store", "with a neighbour", "in the garage", "at the park", "on the porch")
FEELINGS = ("sore afterwards", "steadier than before", "tired by noon", "stiff in the morning", "better with heat", "worse in the cold", "much the same")
EXERCISES = ("bridges", "clams", "heel raises", "wall slides", "mini squats", "step-ups", "SLS on foam", "tandem stance", "rows", "hip abduction", "leg press")
CUES = (
    "VC for hip strategy",
    "tactile cue at scapula",
    "VC to slow the descent",
    "min A for balance",
    "CGA at pelvis",
    "VC for upright trunk",
    "hand-over-hand help",
)
RESPONSES = ("pain rose by", "pain fell by", "fatigue after", "needed a rest after", "steady through", "lost balance after")
BOILERPLATE = (
    "Patient was educated on the plan of care and verbalized understanding of all instructions given today.",
    "Patient continues to benefit from skilled therapy services to address the impairments listed above.",
)
CODES = ("97110", "97112", "97530")
DAY_START, SLOT = 8 * 60, 45
FOLLOWS = {  # what else a planted fault rightly shows
    "code-support-carried-forward": ("cloned-note", "unskilled-drift"),
    "evidence-carried-forward": ("cloned-note", "unskilled-drift"),
    "minutes-cannot-fit": ("overlapping-patients",),
}


@dataclass
class Quarter:
    """Visits in the order of the input, and where faults were planted: note ids by finding code."""

    visits: list[Visit]
    planted: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def in_order(self) -> Iterator[Visit]:
        """Give the visits in the order of the input."""
        return iter(self.visits)

    def by_patient(self) -> Iterator[Visit]:
        """Give the visits by patient, then day."""
        return iter(sorted(self.visits, key=lambda each: (each.patient is None, each.patient or "", each.day is None, each.day or date.max)))

    def by_therapist(self) -> Iterator[Visit]:
        """Give the visits by therapist, then day, then patient."""
        return iter(sorted(self.visits, key=lambda each: (each.therapist is None, each.therapist or "", each.day or date.max, each.patient or "")))


@dataclass
class Draft:
    """A note as lines, each with what it holds: (start, end) of an activity, of its cue, or of an element's evidence."""

    lines: list[str]
    activities: list[tuple[int, str, str, Dosage, str]]  # line, words, code, dosage, cue
    evidence: list[tuple[int, str, str]]  # line, words, element


def draft(chance: random.Random, day: date, exercises: list[tuple[str, str, Dosage, str]] | None = None) -> Draft:
    """Write an honest note: what the patient says, what was done, how it went; numbers and words are drawn anew."""
    pick, number = chance.choice, chance.randint
    made = Draft([f"Date: {day:%m/%d/%Y}"], [], [])
    made.lines.append(f"Patient {pick(OPENERS)} {number(2, 60)} min {pick(PLACES)}, {pick(FEELINGS)}, then {pick(OPENERS)} {pick(PLACES)}.")
    made.lines.append(f"Pain {number(0, 9)}/10 after it {pick(OPENERS)} {number(2, 9)} days ago and {pick(FEELINGS)}.")
    for words, code, dosage, cue in exercises if exercises is not None else new_exercises(chance):
        line = f"{words} {dosage.sets}x{dosage.reps}, {dosage.load}, {cue} in {number(1, 9)} of {number(10, 19)} trials"
        made.activities.append((len(made.lines), words, code, dosage, cue))
        made.evidence.append((len(made.lines), cue, "skilled_cueing"))
        made.lines.append(line)
    measure = f"TUG {number(8, 30)}.{number(0, 9)} s, knee flexion {number(70, 130)}"
    made.evidence.append((len(made.lines), measure, "objective_measure"))
    made.lines.append(f"{measure} deg {pick(PLACES)} side, compared with {number(70, 130)} deg.")
    response = f"{pick(RESPONSES)} {number(1, 9)} of {number(10, 30)}"
    made.evidence.append((len(made.lines), response, "patient_response"))
    made.lines.append(f"Today {response} {pick(EXERCISES)}, {pick(FEELINGS)} {pick(PLACES)}.")
    made.evidence.append((len(made.lines), "carry laundry upstairs", "functional_goal"))
    made.lines.append(f"Goal: carry laundry upstairs in {number(2, 8)} weeks; {pick(OPENERS)} {pick(PLACES)} for {number(5, 40)} min.")
    made.lines += BOILERPLATE
    return made


def new_exercises(chance: random.Random) -> list[tuple[str, str, Dosage, str]]:
    """Draw what is done at a visit."""
    chosen = chance.sample(EXERCISES, 4)
    return [
        (words, chance.choice(CODES), Dosage(chance.randint(1, 4), chance.randint(5, 20), load=f"{chance.randint(1, 20)} lb"), chance.choice(CUES))
        for words in chosen
    ]


def visit_of_draft(name: str, made: Draft, day: date, patient: str, therapist: str) -> Visit:
    """Make a visit of a draft, with its spans."""
    text = "\n".join(made.lines)
    starts = [0]
    for line in made.lines:
        starts.append(starts[-1] + len(line) + 1)

    def span(line: int, words: str) -> Span:
        at = text.index(words, starts[line])
        return Span(at, at + len(words), words)

    activities = tuple(
        Activity(span(line, words), words.lower(), code, code, dosage, (span(line, cue),), (span(line, words),))
        for line, words, code, dosage, cue in made.activities
    )
    evidence = tuple(Evidence(element, span(line, words)) for line, words, element in made.evidence)  # type: ignore[arg-type]
    minutes = dict.fromkeys({each.code for each in activities}, 15.0)
    lines = tuple(VisitLine(code, 1) for code in sorted(minutes))
    stated = {line.code: 1 for line in lines}
    return Visit(
        name, text, day, patient, therapist, f"c{therapist[-1]}", "medicare", "PT", lines, stated, tuple(sorted(minutes)), minutes,
        15.0 * len(minutes), float(SLOT), activities=activities, evidence=evidence,
    )  # fmt: skip


@dataclass
class Chart:
    """One patient's visits as they are made: what is wrong with them, what was done at each, and the note before."""

    number: int
    fault: str
    habit: list[tuple[str, str, Dosage, str]]
    previous: Draft | None = None

    @property
    def therapist(self) -> str:
        """Sixteen patients have one therapist."""
        return f"t{self.number // 16:03d}"

    @property
    def slot(self) -> int:
        """Eight patients come on one day, each at a time of their own."""
        return DAY_START + SLOT * (self.number % 16 // 2)


def quarter(size: int = 600, seed: int = 7, faults: float = 0.05) -> Quarter:
    """Make a quarter of about so many visits: two a week for ten weeks, faults in a share of the patients and of the days."""
    chance = random.Random(seed)
    made = Quarter([])
    for number in range(max(size // 20, 16)):
        fault = chance.choice(FAULTS) if chance.random() < faults else "honest"
        chart = Chart(number, fault, new_exercises(chance))
        for turn in range(20):
            add_visit(made, chart, turn, chance)
    plant_copies(made, chance, max(int(size * faults / 50), 2))
    plant_overlaps(made, chance, max(int(size * faults / 50), 2))
    return made


def add_visit(made: Quarter, chart: Chart, turn: int, chance: random.Random) -> None:
    """Write the next note of a chart, with its fault where it has one."""
    day = date(2026, 1, 5) + timedelta(days=turn // 2 * 7 + chart.number % 2 + 2 * (turn % 2))
    note = draft(chance, day, chart.habit if chart.fault == "unskilled-drift" else None)
    name = f"n{chart.number:05d}-{turn:02d}"
    if turn == 9 and chart.fault != "progress-report-overdue":
        note.lines[0] += " Progress Report"
    if chart.previous is not None and chart.fault == "cloned-note" and turn in (4, 5, 12):
        note = replace(chart.previous, lines=[f"Date: {day:%m/%d/%Y}", *chart.previous.lines[1:]])
        made.planted["cloned-note"].add(name)
    elif chart.previous is not None and chart.fault == "evidence-carried-forward" and turn in (3, 15):
        carry_response(note, chart.previous)
        made.planted["evidence-carried-forward"].add(name)
    elif (chart.fault == "unskilled-drift" and turn >= 5) or (chart.fault == "progress-report-overdue" and turn >= 10):
        made.planted[chart.fault].add(name)
    made.visits.append(timed(visit_of_draft(name, note, day, f"p{chart.number:05d}", chart.therapist), chart.slot, chance))
    chart.previous = note


def carry_response(note: Draft, previous: Draft) -> None:
    """Put the response of the note before in place of the note's own."""
    [(line, own)] = [(line, words) for line, words, element in note.evidence if element == "patient_response"]
    [(old, words)] = [(line, words) for line, words, element in previous.evidence if element == "patient_response"]
    note.lines[line] = previous.lines[old]
    note.evidence = [(place, words if said == own and place == line else said, element) for place, said, element in note.evidence]


FAULTS = ("cloned-note", "evidence-carried-forward", "unskilled-drift", "progress-report-overdue")


def timed(visit: Visit, slot: int, chance: random.Random) -> Visit:
    """Give a visit its times: by the clock for each service, for the visit as a whole, or as totals alone."""
    way, spot = chance.randrange(3), Span(0, 4, visit.text[:4])
    if way == 0:
        stretches = [Interval(spot, slot + 15 * at, slot + 15 * (at + 1), line.code) for at, line in enumerate(visit.lines)]
        return replace(visit, intervals=tuple(stretches))
    if way == 1:
        return replace(visit, intervals=(Interval(spot, slot, slot + SLOT),))
    return visit


def plant_copies(made: Quarter, chance: random.Random, count: int) -> None:
    """Paste notes of one patient into charts of others, under the other's first line: of the same author and of another one."""
    places = {visit.id: at for at, visit in enumerate(made.visits)}
    taken: set[str] = {name for names in made.planted.values() for name in names}
    free = [visit for visit in made.visits if visit.id not in taken]
    for turn in range(count):
        source = chance.choice(free)
        later = [visit for visit in free if visit.day and source.day and visit.day > source.day and visit.patient != source.patient]
        same = [visit for visit in later if (visit.therapist == source.therapist) == (turn % 2 == 0)]
        if not (same or later):
            continue
        target = chance.choice(same or later)
        if target.text.find("\n") != source.text.find("\n"):  # a first line of another length would move every span
            continue
        pasted = replace(
            source, id=target.id, day=target.day, patient=target.patient, therapist=target.therapist, clinic=target.clinic, intervals=target.intervals
        )
        made.visits[places[target.id]] = replace(pasted, text=target.text.split("\n", 1)[0] + "\n" + source.text.split("\n", 1)[1])
        made.planted["copied-from-another-patient"].add(target.id)
        free = [visit for visit in free if visit.id not in (source.id, target.id) and visit.patient not in (source.patient, target.patient)]


def plant_overlaps(made: Quarter, chance: random.Random, count: int) -> None:
    """Move the clock times of one visit onto those of another patient of the therapist on the same day."""
    by_day: dict[tuple[str | None, date | None], list[int]] = defaultdict(list)
    for at, visit in enumerate(made.visits):
        if any(each.code for each in visit.intervals):
            by_day[visit.therapist, visit.day].append(at)
    days = [places for places in by_day.values() if len(places) > 1]
    for places in chance.sample(days, min(count, len(days))):
        one, other = chance.sample(places, 2)
        start = min(each.start for each in made.visits[one].intervals) + chance.choice((0, 5, 10))
        shift = start - min(each.start for each in made.visits[other].intervals)
        moved = tuple(replace(each, start=each.start + shift, end=each.end + shift) for each in made.visits[other].intervals)
        made.visits[other] = replace(made.visits[other], intervals=moved)
        made.planted["overlapping-patients"] |= {made.visits[one].id, made.visits[other].id}
