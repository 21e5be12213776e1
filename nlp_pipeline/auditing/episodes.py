"""One patient's visits as an episode of care: reports and certification in time, exercise that became a programme, goals and measures over time.

Only what the notes given can show is said: a run that begins in the middle of an episode counts from its first visit, which can only be too few days.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from nlp_pipeline.auditing.carried_evidence import finding_of
from nlp_pipeline.auditing.chart_law import ChartLaw
from nlp_pipeline.auditing.chart_words import ChartWords, Phrases
from nlp_pipeline.records.chart import EpisodeLine
from nlp_pipeline.records.finding import Finding
from nlp_pipeline.records.visit import Activity, Visit

Signature = frozenset[tuple[object, ...]]


@dataclass(slots=True)
class Course:
    """How an episode has gone so far."""

    opened: date
    last: date
    certified: date | None = None
    reported: date | None = None
    days_since_report: int = 0
    day_of_goal: date | None = None
    days_without_goal: int = 0
    measured: dict[str, date] = field(default_factory=dict)
    days_since_measure: dict[str, int] = field(default_factory=dict)
    repeated: set[str] = field(default_factory=set)
    signature: Signature = frozenset()
    alike: int = 0
    days: set[date] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    reports: list[date] = field(default_factory=list)
    certifications: list[date] = field(default_factory=list)
    goals: list[date] = field(default_factory=list)
    measures: dict[str, list[tuple[date, float]]] = field(default_factory=dict)

    def line(self, patient: str, discipline: str | None) -> EpisodeLine:
        """Tell the episode on one line."""
        reports, certified, goals = (tuple(dict.fromkeys(days)) for days in (self.reports, self.certifications, self.goals))
        measures = {name: tuple(values) for name, values in sorted(self.measures.items())}
        return EpisodeLine(patient, discipline, self.opened, self.last, len(self.days), tuple(self.notes), reports, certified, goals, measures)


class Episodes:
    """The episodes of one patient, one for each discipline at a time."""

    __slots__ = ("_courses", "_law", "_over", "_words")

    def __init__(self, words: ChartWords, law: ChartLaw) -> None:
        self._words, self._law = words, law
        self._courses: dict[str | None, Course] = {}
        self._over: list[tuple[str | None, Course]] = []

    def lines(self, patient: str) -> Iterator[EpisodeLine]:
        """Tell every episode of the patient that has more than one visit, once all were followed."""
        for discipline, course in (*self._over, *self._courses.items()):
            if len(course.notes) > 1:
                yield course.line(patient, discipline)

    def follow(self, visit: Visit) -> Iterator[Finding]:
        """Take the next visit by day, and say what its episode shows."""
        if visit.day is None or not (visit.activities or visit.lines or visit.stated_codes):
            return
        course = self._course(visit, visit.day)
        new_day = visit.day != course.last or not course.days_since_report
        course.last = visit.day
        course.days.add(visit.day)
        course.notes.append(visit.id)
        yield from self._drift(visit, course)
        if new_day:
            yield from self._goals(visit, course, visit.day)
            yield from self._measures(visit, course, visit.day)
        if self._law.follows_medicare(visit):
            yield from self._reports(visit, course, visit.day, new_day)
            yield from self._certification(visit, course, visit.day)

    def _course(self, visit: Visit, day: date) -> Course:
        """Find the course that a visit belongs to; an evaluation, or a long time without a visit, opens a new one."""
        course = self._courses.get(visit.discipline)
        opens = self._says(visit, "evaluation_codes", self._words.evaluation)
        if course is None or opens or (day - course.last).days > self._words.count("episode_gap_days"):
            if course is not None:
                self._over.append((visit.discipline, course))
            course = self._courses[visit.discipline] = Course(day, day, certified=day if opens else None)
        return course

    def _says(self, visit: Visit, codes: str, phrases: Phrases) -> bool:
        """Say whether a note bills one of some codes, or names itself by a phrase on a line that does not put it into the future."""
        if codes and not self._words.listed(codes).isdisjoint((*visit.stated_codes, *(line.code for line in visit.lines))):
            return True
        for found in phrases.finditer(visit.text):
            start, end = visit.text.rfind("\n", 0, found.start()) + 1, visit.text.find("\n", found.end())
            if not any(self._words.not_yet.finditer(visit.text[start : None if end < 0 else end])):
                return True
        return False

    def _reports(self, visit: Visit, course: Course, day: date, new_day: bool) -> Iterator[Finding]:
        limit = self._words.rule("progress_report_days", day)
        if self._says(visit, "progress_report_codes", self._words.progress_report):
            course.reported, course.days_since_report = day, 0
            course.reports.append(day)
            return
        course.days_since_report += new_day
        if limit is not None and course.days_since_report > limit:
            phrases = self._words.phrases
            since = phrases["last_report"].format(day=course.reported.isoformat()) if course.reported else phrases["no_report"]
            yield finding_of("progress-report-overdue", self._words, (), count=course.days_since_report, since=since)

    def _certification(self, visit: Visit, course: Course, day: date) -> Iterator[Finding]:
        limit = self._words.rule("certification_days", day)
        if self._says(visit, "", self._words.certification):
            course.certified = day
            course.certifications.append(day)
        elif course.certified is not None and limit is not None and (day - course.certified).days > limit:
            yield finding_of("certification-lapsed", self._words, (), count=(day - course.certified).days, since=course.certified.isoformat())

    def _drift(self, visit: Visit, course: Course) -> Iterator[Finding]:
        """Find the same activities, dose and cues once too often."""
        signature = frozenset(_signature(each) for each in visit.activities)
        if len(signature) < self._words.count("drift_activities"):
            course.signature, course.alike = frozenset(), 0
            return
        course.alike = course.alike + 1 if signature == course.signature else 1
        course.signature = signature
        if course.alike >= self._words.count("drift_visits"):
            spans = [each.span for each in visit.activities]
            yield finding_of("unskilled-drift", self._words, spans, count=len(signature), visits=course.alike)

    def _goals(self, visit: Visit, course: Course, day: date) -> Iterator[Finding]:
        if any(each.element == "functional_goal" for each in visit.evidence):
            course.day_of_goal, course.days_without_goal = day, 0
            course.goals.append(day)
            return
        course.days_without_goal += 1
        if course.days_without_goal == self._words.count("goal_visits"):
            yield finding_of("goal-never-restated", self._words, (), count=course.days_without_goal, since=(course.day_of_goal or course.opened).isoformat())

    def _measures(self, visit: Visit, course: Course, day: date) -> Iterator[Finding]:
        """Find what was measured once and then, over a whole period, never again."""
        here = self._words.measured(visit.text)
        for name, value in here.items():
            course.measures.setdefault(name, []).append((day, value))
        course.repeated |= here.keys() & course.measured.keys()
        lapsed = []
        for name in course.measured:
            course.days_since_measure[name] += 1
            if name not in course.repeated and course.days_since_measure[name] == self._words.count("goal_visits"):
                lapsed.append(name)
        for name in sorted(here.keys() - course.measured.keys()):
            course.measured[name], course.days_since_measure[name] = day, 0
        if lapsed:
            since = min(course.measured[name] for name in lapsed)
            count = self._words.count("goal_visits")
            yield finding_of("measure-never-repeated", self._words, (), what=", ".join(sorted(lapsed)), since=since.isoformat(), count=count)


def _signature(each: Activity) -> tuple[object, ...]:
    """Give what makes an activity the same at another visit: its words, its dose and its cues."""
    return each.words, each.dosage, tuple(" ".join(cue.text.lower().split()) for cue in each.cueing)
