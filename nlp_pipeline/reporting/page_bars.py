"""Lengths and places of the page's bars, in percent of the room they have."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from nlp_pipeline.records.chart import Bar, TherapistDay
from nlp_pipeline.records.chart_summary import GroupRow

WIDE = 7.0  # percent of a bar from which a part has room for its name
WIDE_IN_A_DAY = 5.0
OTHER = "k0"
OTHERS = "other codes"
HOUR = 60
MOST_HOUR_MARKS = 10


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a bar: its place and length in percent, its look, its name, and whether the name fits."""

    key: str
    name: str
    look: str
    x: float
    width: float
    wide: bool
    says: str = ""


@dataclass(frozen=True, slots=True)
class MixRow:
    """One therapist's supported units by code, as parts of a bar."""

    name: str
    units: int
    parts: tuple[Part, ...]
    few: bool


@dataclass(frozen=True, slots=True)
class Hour:
    """A full hour on the line of a day."""

    x: float
    says: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of a day in which times fall together."""

    x: float
    width: float
    end: float


@dataclass(frozen=True, slots=True)
class Lane:
    """One patient's stretches on the line of a day, and the same in words."""

    patient: str
    payer: str | None
    parts: tuple[Part, ...]
    says: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """A therapist's day laid out."""

    therapist: str
    day: object
    message: str
    hours: tuple[Hour, ...]
    bands: tuple[Band, ...]
    lanes: tuple[Lane, ...]


def percent(part: float, whole: float) -> str:
    """Write a length.

    >>> percent(1, 3), percent(1, 0)
    ('33.33%', '0%')
    """
    return f"{round(100 * part / whole, 2):g}%" if whole else "0%"


def parts_of(counts: Iterable[tuple[str, str, str, int]]) -> list[Part]:
    """Lay counts (key, name, look, count) side by side on one bar."""
    given = list(counts)
    whole, x, parts = sum(number for *_, number in given), 0, []
    for key, name, look, number in given:
        width = 100 * number / whole if whole else 0.0
        parts.append(Part(key, name, look, round(100 * x / whole, 2) if whole else 0.0, round(width, 2), width >= WIDE, f"{width:.0f} %"))
        x += number
    return parts


def mix_of(rows: Sequence[GroupRow], colours: Mapping[str, str], most: int) -> tuple[list[MixRow], list[tuple[str, str]]]:
    """Lay out the units of all and of each therapist by code; codes without a colour are told together. The second list is the legend."""
    whole: Counter[str] = Counter()
    for row in rows:
        whole.update(row.units)
    if not whole:
        return [], []
    codes = [code for code, _ in sorted(whole.items(), key=lambda pair: (-pair[1], pair[0])) if code in colours]
    told = [_mix_row("All", whole, codes, colours, few=False)]
    told += [_mix_row(row.name, row.units, codes, colours, few=row.few) for row in rows[:most] if any(row.units.values())]
    legend = [(colours[code], code) for code in codes]
    return told, legend + ([(OTHER, OTHERS)] if set(whole) - set(codes) else [])


def _mix_row(name: str, units: Mapping[str, int], codes: Sequence[str], colours: Mapping[str, str], *, few: bool) -> MixRow:
    counts = [(code, code, colours[code], units.get(code, 0)) for code in codes]
    counts.append(("other", OTHERS, OTHER, sum(number for code, number in units.items() if code not in codes)))
    return MixRow(name, sum(units.values()), tuple(part for part in parts_of(counts) if part.width), few)


def timeline_of(day: TherapistDay, colours: Mapping[str, str]) -> Timeline:
    """Lay out a therapist's day, one lane a patient, from the full hour before its first stretch to the one after its last."""
    first = min(bar.start for bar in day.bars) // HOUR * HOUR
    last = -(-max(bar.end for bar in day.bars) // HOUR) * HOUR
    long = last - first

    def place(minute: int) -> float:
        return round(100 * (minute - first) / long, 2)

    step = -(-long // HOUR // MOST_HOUR_MARKS) * HOUR or HOUR
    marks = range(first, last + 1, step)
    hours = tuple(Hour(place(hour), clock(hour), "start" if hour == first else "end" if hour == last else "middle") for hour in marks)
    bands = tuple(Band(place(start), round(100 * (end - start) / long, 2), place(end)) for start, end in day.overlaps)
    patients = dict.fromkeys(bar.patient for bar in sorted(day.bars, key=lambda bar: (bar.start, bar.patient)))
    lanes = tuple(_lane(patient, [bar for bar in day.bars if bar.patient == patient], (first, long), colours) for patient in patients)
    return Timeline(day.therapist, day.day, day.message, hours, bands, lanes)


def _lane(patient: str, bars: Sequence[Bar], scale: tuple[int, int], colours: Mapping[str, str]) -> Lane:
    first, long = scale
    parts, words = [], []
    for bar in sorted(bars, key=lambda each: (each.start, each.end, each.code or "")):
        width = 100 * (bar.end - bar.start) / long
        name = bar.code or "visit"
        look = colours.get(name, OTHER) if bar.one_on_one else "shared"
        parts.append(Part(name, name, look, round(100 * (bar.start - first) / long, 2), round(width, 2), width >= WIDE_IN_A_DAY))
        words.append(f"{clock(bar.start)}–{clock(bar.end)} {name}" + ("" if bar.one_on_one else " (not one-on-one)"))
    payer = next((bar.payer for bar in bars if bar.payer), None)
    return Lane(patient, payer, tuple(parts), ", ".join(words))


def clock(minute: int) -> str:
    """Write minutes after midnight as a time of day; past midnight it begins anew.

    >>> clock(615), clock(1450)
    ('10:15', '0:10')
    """
    return f"{minute // HOUR % 24}:{minute % HOUR:02}"
