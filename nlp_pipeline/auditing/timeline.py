"""A therapist's day: do the one-on-one minutes of all patients, whoever pays for them, fit into the time that the notes give?

Nothing is called impossible that some schedule could hold. What an assistant gave, groups, supervised modalities and minutes whose clinician is open
are left out; each patient counts once; notes that tell no clock times bound a day only by its 24 hours. A therapist's number is only trusted within a clinic.
"""

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Self

from nlp_pipeline.auditing.carried_evidence import finding_of
from nlp_pipeline.auditing.chart_law import ChartLaw
from nlp_pipeline.auditing.chart_words import ChartWords
from nlp_pipeline.auditing.one_on_one import Demand, minutes_in_excess, shared_stretches
from nlp_pipeline.records.chart import Bar, ChartFinding, DayCounts, NoteFinding, TherapistDay
from nlp_pipeline.records.note import Span
from nlp_pipeline.records.visit import Visit

OVERLAP, NO_ROOM = "overlapping-patients", "minutes-cannot-fit"


@dataclass(frozen=True, slots=True)
class Day:
    """One therapist's visits of one day at one clinic, and the one-on-one minutes that they ask for."""

    therapist: str
    day: date
    clinic: str | None
    visits: tuple[Visit, ...]
    demands: tuple[Demand, ...]

    def notes_within(self, stretches: Iterable[tuple[int, int]]) -> list[Visit]:
        """Give the visits of the patients whose minutes lie in given stretches."""
        wide = list(stretches)
        patients = {each.patient for each in self.demands if any(start <= each.start and each.end <= end for start, end in wide)}
        return [visit for visit in self.visits if visit.patient in patients]


@dataclass(slots=True)
class DaysSeen:
    """Counts therapist-days, and keeps the few that are most worth showing."""

    words: ChartWords
    counts: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    kept: list[TherapistDay] = field(default_factory=list)

    def keep(self, *days: TherapistDay) -> None:
        """Keep days, as long as none with more minutes that cannot be as written come."""
        self.kept = sorted([*self.kept, *days], key=lambda each: (-each.minutes, each.day, each.therapist, each.clinic or ""))
        del self.kept[self.words.count("most_days") :]

    def merge(self, other: Self) -> None:
        """Take in what was seen of other days."""
        self.counts = [sum(pair) for pair in zip(self.counts, other.counts, strict=True)]
        self.keep(*other.kept)

    def told(self) -> DayCounts:
        """Give the counts of the days looked at."""
        return DayCounts(*self.counts)


@dataclass(slots=True)
class Timeline:
    """Looks at one therapist-day after the other."""

    words: ChartWords
    law: ChartLaw
    seen: DaysSeen

    def days(self, visits: Iterable[Visit]) -> Iterator[Day]:
        """Part visits, sorted by therapist and day, into therapist-days."""
        for (therapist, day), group in groupby(visits, key=lambda visit: (visit.therapist, visit.day)):
            if day is None or therapist is None or not self.words.is_a_person(therapist):
                continue
            together = list(group)
            for clinic in dict.fromkeys(visit.clinic for visit in together):
                mine = tuple(visit for visit in together if visit.clinic == clinic)
                yield Day(therapist, day, clinic, mine, tuple(self._demands(mine, day)))

    def look(self, day: Day) -> Iterator[ChartFinding | NoteFinding]:
        """Say what cannot be as written."""
        whole = self.words.rule("minutes_of_a_day", day.day) or 0
        counts = self.seen.counts
        counts[0] += 1
        counts[1] += any(each.end - each.start < whole for each in day.demands)
        by_clock = [each for each in day.demands if each.clock]
        overlapping, where = minutes_in_excess(by_clock)
        in_all, where_in_all = minutes_in_excess(day.demands) if len(by_clock) < len(day.demands) else (overlapping, where)
        worst: ChartFinding | None = None
        if overlapping:
            counts[2] += 1
            worst = yield from self._told(OVERLAP, day, overlapping, where, shared_stretches(by_clock))
        if in_all > overlapping:
            counts[3] += 1
            worst = yield from self._told(NO_ROOM, day, in_all, where_in_all, where_in_all)
        if worst:
            self._keep(day, worst, in_all)

    def _told(
        self, code: str, day: Day, minutes: int, within: list[tuple[int, int]], times: list[tuple[int, int]]
    ) -> Generator[ChartFinding | NoteFinding, None, ChartFinding]:
        visits = day.notes_within(within)
        told, group = self.words.findings[code], self.words.phrases["group_codes"][0]
        values = {
            "therapist": day.therapist,
            "day": day.day.isoformat(),
            "minutes": minutes,
            "patients": len({visit.patient for visit in visits}),
            "times": ", ".join(f"{_clock(start)}-{_clock(end)}" for start, end in times),
            "group": group,
        }
        message = told.message.format_map(values)
        for visit in visits:
            yield NoteFinding(visit.id, finding_of(code, self.words, _spans(visit), **values))
        finding = ChartFinding(
            code, told.severity, message, "therapist", day.therapist, day.day, tuple(visit.id for visit in visits), told.source, told.mark, told.remedy,
            told.question.format_map(values), minutes,
        )  # fmt: skip
        yield finding
        return finding

    def _keep(self, day: Day, finding: ChartFinding, minutes: int) -> None:
        bars = tuple(bar for visit in day.visits for bar in self._bars(visit))
        shared = tuple(shared_stretches(day.demands))
        self.seen.keep(TherapistDay(day.therapist, day.day, day.clinic, bars, shared, minutes, finding.message))

    def _bars(self, visit: Visit) -> Iterator[Bar]:
        for each in visit.intervals:
            alone = each.code is not None and each.by != "assistant" and self.law.is_one_on_one(each.code, visit)
            yield Bar(visit.patient or "", visit.payer, each.code, each.start, each.end, alone, visit.id)

    def _demands(self, visits: tuple[Visit, ...], day: date) -> Iterator[Demand]:
        whole = self.words.rule("minutes_of_a_day", day)
        by_patient: dict[str, list[Visit]] = {}
        for visit in visits:
            if visit.patient is not None and self.words.is_a_person(visit.patient):
                by_patient.setdefault(visit.patient, []).append(visit)
        for patient, mine in by_patient.items():
            stretches = _joined([stretch for visit in mine for stretch in self._by_the_clock(visit)])
            if stretches:
                yield from (Demand(patient, start, end, end - start, clock=True) for start, end in stretches)
            elif whole and (longest := max((self._in_all(visit, patient, whole) for visit in mine), key=lambda each: each.minutes)).minutes > 0:
                yield longest

    def _by_the_clock(self, visit: Visit) -> Iterator[tuple[int, int]]:
        """Give the stretches that the therapist surely gave one-on-one."""
        for each in visit.intervals:
            theirs = each.by == "therapist" or (each.by is None and not visit.assistants)
            if each.code and theirs and self.law.is_one_on_one(each.code, visit):
                yield each.start, each.end

    def _in_all(self, visit: Visit, patient: str, whole: int) -> Demand:
        """Give the fewest one-on-one minutes that a note without clock times of its services can mean, and the window that it names."""
        own = [each for each in visit.intervals if each.code is None]
        start, end = (min(each.start for each in own), max(each.end for each in own)) if own else (0, whole)
        if visit.assistants or visit.not_one_to_one or not visit.minutes_by_code:
            return Demand(patient, start, end, 0)
        known = sum(spent for code, spent in visit.minutes_by_code.items() if spent and self.law.is_one_on_one(code, visit))
        return Demand(patient, start, end, min(int(known) - self.words.count("rounded_minutes"), end - start))


def _joined(stretches: list[tuple[int, int]]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for start, end in sorted(stretches):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        elif end > start:
            found.append((start, end))
    return found


def _spans(visit: Visit) -> tuple[Span, ...]:
    return tuple(dict.fromkeys([each.span for each in visit.intervals])) or visit.minute_spans


def _clock(minutes: int) -> str:
    return f"{minutes // 60 % 24}:{minutes % 60:02d}"
