"""The charts of an audit report as SVG: dark and light fills with a label on each bar, so that print and colour-blind eyes lose nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, LABELS, ROW, BAR, END = 680, 230, 26, 15, 96
DARK, LIGHT, LINE, INK = "#1f3b57", "#9db4c8", "#c9d1d9", "#1b1f24"
FONT = "font-family='Libertinus Serif, Georgia, serif' font-size='12'"


@dataclass(frozen=True, slots=True)
class Bar:
    """A row of a bar chart: a label, a dark and a light part, and what is written at its end."""

    label: str
    dark: float
    light: float
    told: str


@dataclass(frozen=True, slots=True)
class Interval:
    """A row of an interval chart: a label, two limits and a point, and what is written at its end."""

    label: str
    lower: float
    point: float
    upper: float
    told: str


def bars(rows: Sequence[Bar], legend: tuple[str, str]) -> str:
    """Draw bars of two parts, one below the other.

    >>> bars([Bar("a", 1, 2, "3")], ("x", "y")).count("<rect")
    4
    """
    longest = max((row.dark + row.light for row in rows), default=0) or 1.0
    room = WIDTH - LABELS - END
    drawn = [_legend(legend)]
    for place, row in enumerate(rows):
        top = ROW * (place + 1) + 4
        dark, light = row.dark / longest * room, row.light / longest * room
        drawn.append(_text(LABELS - 8, top + 12, row.label, "end"))
        drawn.append(f"<rect x='{LABELS}' y='{top}' width='{dark:.2f}' height='{BAR}' fill='{DARK}'/>")
        drawn.append(f"<rect x='{LABELS + dark:.2f}' y='{top}' width='{light:.2f}' height='{BAR}' fill='{LIGHT}'/>")
        drawn.append(_text(LABELS + dark + light + 6, top + 12, row.told))
    return _svg(drawn, ROW * (len(rows) + 1) + 8)


def intervals(rows: Sequence[Interval]) -> str:
    """Draw intervals over one scale, with a line where nothing is owed."""
    low, high = min(0.0, *(row.lower for row in rows)), max(0.0, *(row.upper for row in rows))
    room, wide = WIDTH - LABELS - 2 * END, (high - low) or 1.0

    def at(value: float) -> float:
        return LABELS + 12 + (value - low) / wide * room

    height = 34 * len(rows) + 26
    drawn = [f"<line x1='{at(0):.2f}' x2='{at(0):.2f}' y1='4' y2='{height - 20}' stroke='{LINE}'/>", _text(at(0), height - 6, "$0", "middle")]
    for place, row in enumerate(rows):
        middle = 34 * place + 22
        drawn.append(_text(LABELS - 8, middle + 4, row.label, "end"))
        drawn.append(f"<line x1='{at(row.lower):.2f}' x2='{at(row.upper):.2f}' y1='{middle}' y2='{middle}' stroke='{DARK}' stroke-width='3'/>")
        for end in (row.lower, row.upper):
            drawn.append(f"<line x1='{at(end):.2f}' x2='{at(end):.2f}' y1='{middle - 6}' y2='{middle + 6}' stroke='{DARK}' stroke-width='2'/>")
        drawn.append(f"<circle cx='{at(row.point):.2f}' cy='{middle}' r='5' fill='{INK}'/>")
        drawn.append(_text(at(row.upper) + 8, middle + 4, row.told))
    return _svg(drawn, height)


def _legend(legend: tuple[str, str]) -> str:
    dark, light = legend
    second = LABELS + 30 + 7 * len(dark)
    return (
        f"<rect x='{LABELS}' y='6' width='11' height='11' fill='{DARK}'/>{_text(LABELS + 16, 16, dark)}"
        f"<rect x='{second}' y='6' width='11' height='11' fill='{LIGHT}'/>{_text(second + 16, 16, light)}"
    )


def _text(x: float, y: float, told: str, anchor: str = "start") -> str:
    return f"<text x='{x:.2f}' y='{y:.2f}' text-anchor='{anchor}' fill='{INK}' {FONT}>{escape(told)}</text>"


def _svg(drawn: Sequence[str], height: float) -> str:
    return f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {height:.0f}' width='{WIDTH}' height='{height:.0f}'>{''.join(drawn)}</svg>"
