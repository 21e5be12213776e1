"""Agreement week by week as places on a drawing; the template draws them, so that nothing is written unescaped."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from nlp_pipeline.records.policy import Week

WIDTH, HEIGHT, LEFT, BELOW, ABOVE = 420, 120, 34, 20, 12
_MOST_WIDE = 26.0  # a bar, where there are few weeks


@dataclass(frozen=True, slots=True)
class Bar:
    """One week: where its bar stands, and what it says."""

    x: float
    y: float
    width: float
    height: float
    since: bool
    words: str
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars from nothing to all agreed, the line where the policy begins, and one sentence for who cannot see it."""

    bars: tuple[Bar, ...]
    line: float | None
    words: str
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    bottom: int = HEIGHT - BELOW
    top: int = ABOVE


def chart_of(weeks: Sequence[Week], since: date) -> Chart | None:
    """Lay the weeks out side by side, also those without a decision; None where there is none."""
    if not weeks:
        return None
    first, last = weeks[0].monday, weeks[-1].monday
    begins = since - timedelta(days=since.weekday())
    count = (last - first).days // 7 + 1
    step = (WIDTH - LEFT) / max(count, 8)
    bars = tuple(_bar(week, (week.monday - first).days // 7, step, begins) for week in weeks)
    place = (since - first).days / 7
    line = LEFT + place * step if 0 <= place <= count else None
    return Chart(bars, line, _words(weeks, begins, since))


def _bar(week: Week, place: int, step: float, begins: date) -> Bar:
    share = week.agreed / week.judged
    height = share * (HEIGHT - BELOW - ABOVE)
    width = min(_MOST_WIDE, step * 0.7)
    words = f"week of {week.monday}: {week.agreed} of {week.judged} as proposed"
    x = LEFT + place * step + (step - width) / 2
    return Bar(round(x, 1), round(HEIGHT - BELOW - height, 1), round(width, 1), round(height, 1), week.monday >= begins, words, f"{week.monday:%d %b}")


def _words(weeks: Sequence[Week], begins: date, since: date) -> str:
    before = [week for week in weeks if week.monday < begins]
    after = [week for week in weeks if week.monday >= begins]
    told = [_share("before", before), _share(f"since {since}", after)]
    return "Decisions as proposed: " + "; ".join(each for each in told if each) + "."


def _share(name: str, weeks: Sequence[Week]) -> str:
    judged, agreed = sum(week.judged for week in weeks), sum(week.agreed for week in weeks)
    return f"{name} {agreed} of {judged} ({agreed / judged:.0%})" if judged else ""
