"""Makes `data_samples/quarter/`: a quarter of three invented clinics, one export each, with habits that only many notes together show.

Six therapists see two patients each. One of them writes as an auditor would wish; each of the others has one habit, told in README.md.
"""

import csv
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from xlsxwriter import Workbook

OUT = Path(__file__).parent / "quarter"
FIRST = date(2026, 7, 1)
VISITS = 13  # of each patient
HEADER = ("Visit ID", "DOS", "Patient ID", "Therapist", "Clinic", "Payer", "Discipline", "Note Text")

EXERCISES = (
    *("LAQ 4# 3x10", "bridges 3x12", "sidelying hip abd 2# 3x10", "leg press 60# 3x10", "heel raises 3x15", "SLR 2# 3x10", "clams green band 3x12"),
    *("mini squats 2x12", "NuStep L4 for endurance", "calf stretch 3x30 s", "HS curls 4# 3x10", "step-ups 6 in 2x10 for quad strength"),
)
BALANCE = (
    *("tandem stance on foam, eyes closed", "SLS on airex at bar", "wobble board A/P and M/L", "cone taps in SLS for hip strategy"),
    *("perturbations in stance, random direction", "tandem walk with head turns", "rocker board with ball toss"),
)
FUNCTION = (
    *("sit to stand from 17 in chair x10", "stairs, one flight up and down", "floor to waist lift 15# x8", "car transfer practice x4"),
    *("carrying laundry basket 10# up 6 steps", "reaching into overhead cupboard x12", "getting up from floor x3"),
)
CUES = (
    *("VC to keep weight over arch", "tactile cue at pelvis", "VC to slow the descent", "CGA at trunk", "min A at first, then VC only"),
    *("VC for hip strategy", "tactile cue at scapula, faded", "demonstration, then VC for pace"),
)
DEFICITS = (
    *("Impaired single leg balance, 5 s on the left", "Weak hip abduction, 3+/5", "Impaired proprioception at the ankle", "Decreased trunk control in turning"),
    *("Delayed ankle strategy on foam", "Reduced eccentric control of quads"),
)
GOALS = (
    "climb one flight with a basket in both hands",
    "step off curbs without a cane",
    "get up from the floor alone",
    "stand 20 min at the stove",
    "walk to the bus stop, 400 m",
)
SAYS = (
    *(
        "slept through for once",
        "walked round the block twice",
        "missed a step on Sunday, no fall",
        "sore after the garden, gone by noon",
        "stairs go better with the rail",
    ),
    *(
        "got the groceries in alone",
        "tired today, long drive",
        "did the home programme four days of seven",
        "stood through the whole service",
        "knee clicks, no pain",
    ),
)
RESPONSES = (
    "Tolerated well, no rise in pain.",
    "Needed one rest after the stairs.",
    "Pain 3/10 before, 2/10 after.",
    "Fatigued by the end, steady on leaving.",
    "Fewer losses of balance than last time.",
)


@dataclass(frozen=True)
class Author:
    """A therapist and how he or she writes."""

    name: str
    clinic: str
    habit: str
    discipline: str = "PT"


AUTHORS = (
    Author("Abara, PT", "Ashford", "sound"),
    Author("Bento, PT", "Ashford", "no deficit, no cue"),
    Author("Castellan, PT", "Birchwood", "carries text forward"),
    Author("Dray, OTR/L", "Birchwood", "claims a unit too many", "OT"),
    Author("Ekholm, PT", "Cedar Hill", "two at one time"),
    Author("Farrow, PT", "Cedar Hill", "leaves a service off"),
)


def minutes(chance: random.Random) -> tuple[int, int, int]:
    """Draw the minutes of the three services."""
    return chance.choice((15, 16, 18, 23)), chance.choice((12, 14, 15, 16)), chance.choice((9, 10, 13, 15))


def units(spent: tuple[int, int, int]) -> list[int]:
    """Share the units that the minutes earn by the pooled rule: whole ones first, spare ones to the longest rests."""
    earned, shares = (sum(spent) + 7) // 15, [each // 15 for each in spent]
    for place in sorted(range(3), key=lambda place: -(spent[place] % 15))[: earned - sum(shares)]:
        shares[place] += 1
    return shares


def charges(author: Author, spent: tuple[int, int, int], chance: random.Random) -> str:
    """Write what the note claims, each author by habit."""
    claimed = units(spent)
    if author.habit == "claims a unit too many" and chance.random() < 0.6:
        claimed[0] += 1
    if author.habit == "leaves a service off" and chance.random() < 0.6:
        claimed[2] = 0
    return ", ".join(f"{code} x{number}" for code, number in zip(("97110", "97112", "97530"), claimed, strict=True) if number)


def treatment(author: Author, chance: random.Random, start: int | None) -> tuple[list[str], str]:
    """Write what was done, and what the note claims for it."""
    spent, pick = minutes(chance), chance.sample
    cued = author.habit != "no deficit, no cue"
    works = ("; ".join(pick(EXERCISES, 3)), " and ".join(pick(BALANCE, 2)), " and ".join(pick(FUNCTION, 2)))
    lines = []
    for name, work, long in zip(("Therapeutic exercise", "Neuromuscular re-education", "Therapeutic activities"), works, spent, strict=True):
        cue = f", {chance.choice(CUES)}" if cued and name != "Therapeutic exercise" else ""
        when = f"{clock(start)}-{clock(start + long)} " if start is not None else ""
        lines.append(f"{name} {when}{long} min: {work}{cue}.")
        start = start + long if start is not None else None
    lines.append(f"Timed minutes {sum(spent)}.")
    return lines, charges(author, spent, chance)


def clock(minute: int) -> str:
    """Write a time of day."""
    return f"{minute // 60}:{minute % 60:02}"


def written(author: Author, patient: int, number: int, chance: random.Random, day: date) -> str:
    """Write one note."""
    start = 9 * 60 + 60 * (patient % 2) if author.habit == "two at one time" else None
    if start is not None and number in (4, 9):
        start = 9 * 60 + 20 * (patient % 2)
    done, claimed = treatment(author, chance, start)
    report = number % 9 == 8 and author.habit != "carries text forward"
    lines = [
        f"{author.discipline} {'progress report' if report else 'treatment note'} {day:%m/%d/%Y}",
        f"S: Patient {chance.choice(SAYS)}; {chance.choice(SAYS)}.",
    ]
    lines += ["O:", *done]
    if author.habit != "no deficit, no cue":
        lines.append(f"A: {chance.choice(DEFICITS)}. TUG {chance.randint(9, 19)}.{chance.randint(0, 9)} s. {chance.choice(RESPONSES)}")
    else:
        lines.append(f"A: {chance.choice(RESPONSES)}")
    lines += [f"P: Continue 2x/week. Goal: {chance.choice(GOALS)} in {chance.randint(2, 6)} weeks.", f"Charges: {claimed}"]
    return "\n".join(lines)


def visits() -> Iterator[tuple[str, date, str, str, str, str, str, str]]:
    """Give every visit of the quarter as a row of an export."""
    chance, row = random.Random(26), 0
    for patient in range(2 * len(AUTHORS)):
        author, before = AUTHORS[patient // 2], ""
        for number in range(VISITS):
            day = FIRST + timedelta(days=7 * number + (0 if author.habit == "two at one time" else patient % 4))
            text = written(author, patient, number, chance, day)
            if author.habit == "carries text forward" and number > 2:
                text = text.split("\n")[0] + "\n" + before.split("\n", 1)[1]
            before, row = text, row + 1
            payer = "Aetna" if patient in (3, 9) else "Medicare"
            yield f"Q26-{row:04}", day, f"P-{patient + 101}", author.name, author.clinic, payer, author.discipline, text


def make() -> None:
    """Write each clinic's visits in the form that it exports: CSV, XLSX and JSON Lines."""
    OUT.mkdir(exist_ok=True)
    rows = {name: [row for row in visits() if row[4] == name] for name in ("Ashford", "Birchwood", "Cedar Hill")}
    with (OUT / "ashford.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADER, *rows["Ashford"]])
    book = Workbook(OUT / "birchwood.xlsx", {"default_date_format": "yyyy-mm-dd"})
    book.set_properties({"created": datetime(2026, 10, 1)})
    sheet = book.add_worksheet("Visits")
    for place, row in enumerate((HEADER, *rows["Birchwood"])):
        sheet.write_row(place, 0, row)
    book.close()
    with (OUT / "cedar_hill.jsonl").open("w", encoding="utf-8") as lines:
        for row in rows["Cedar Hill"]:
            lines.write(json.dumps(dict(zip(HEADER, row, strict=True)), default=str) + "\n")


if __name__ == "__main__":
    make()
