"""The page's template and what it may ask for: numbers in words, bars in percent, the wording beside this file."""

import base64
import json
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from hashlib import sha256
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from nlp_pipeline.records.chart_summary import ChartSummary, GroupRow
from nlp_pipeline.records.verdict import VERDICTS
from nlp_pipeline.reporting.page_bars import mix_of, parts_of, percent, timeline_of
from nlp_pipeline.reporting.page_counts import FEW, NOT_STATED
from nlp_pipeline.reporting.wording import wording

ROWS_SHOWN = 12
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")
LOOK_OF_SEVERITY = {"error": "not_supported", "warning": "cannot_tell", "info": "supported"}
BAR_WIDTHS = (4, 12, 30, 60)  # characters up to which a covered stretch is drawn as the next wider bar


@cache
def words_of_page() -> Mapping[str, Any]:
    """Read `summary_page.toml`."""
    return tomllib.loads(resources.files("nlp_pipeline.reporting").joinpath("summary_page.toml").read_text("utf-8"))


def page_html(summary: ChartSummary) -> str:
    """Write a summary as HTML: one file, no address in it, its own style and script named by their hashes."""
    words, style, script = words_of_page(), _asset("summary.css"), _asset("summary.js")
    mix, legend = mix_of(summary.therapists, words["colours"], ROWS_SHOWN)
    return (
        _environment()
        .get_template("summary.html.j2")
        .render(
            page=summary,
            rejected=sum(row.count for row in summary.run.rejected),
            **{name: words[name] for name in ("verdicts", "minutes", "severities", "marks", "method", "notices")},
            labels=words["labels"],
            elements=wording().elements,
            signs={name: severity["sign"] for name, severity in wording().severities.items()},
            looks=LOOK_OF_SEVERITY,
            mix=mix,
            mix_legend=legend,
            timelines=[timeline_of(day, words["colours"]) for day in summary.timelines if day.bars],  # totals alone can make a day too full
            rows_shown=ROWS_SHOWN,
            few=FEW,
            not_stated=NOT_STATED,
            style=style,
            script=script,
            style_hash=_seal(style),
            script_hash=_seal(script),
            parts=_parts(summary),
        )
    )


def count(number: int) -> str:
    """Write a count.

    >>> count(40000)
    '40,000'
    """
    return f"{number:,}"


def share(part: int, whole: int) -> str:
    """Write a share so that little is never told as nothing, nor nearly all as all.

    >>> share(1, 3), share(1, 1000), share(999, 1000), share(0, 5), share(0, 0)
    ('33 %', '<1 %', '>99 %', '0 %', '–')
    """
    if not whole:
        return "–"
    hundredths = 100 * part / whole
    if part and hundredths < 1:
        return "<1 %"
    return ">99 %" if part < whole and hundredths > 99 else f"{int(hundredths + 0.5)} %"


def dollars(amount: Decimal | None) -> str:
    """Write an amount in whole dollars, and an unknown one as a dash.

    >>> dollars(Decimal("1234.50")), dollars(None)
    ('$1,234', '–')
    """
    return "–" if amount is None else f"${amount:,.0f}"


def day_in_words(day: date) -> str:
    """Write a day.

    >>> day_in_words(date(2026, 7, 1))
    '1 July 2026'
    """
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def _bar_width(characters: int) -> int:
    return 1 + sum(characters > most for most in BAR_WIDTHS)


def _named(rows: Iterable[GroupRow]) -> int:
    return sum(row.name != NOT_STATED for row in rows)


def _verdict_parts(verdicts: Mapping[str, int]) -> list[Any]:
    names = words_of_page()["verdicts"]
    return parts_of([(name, names[name]["name"], f"v-{name}", verdicts.get(name, 0)) for name in VERDICTS])


def _parts(summary: ChartSummary) -> str:
    """Write the filters' counts as JSON that cannot end its own element."""
    lists = {name: sorted({getattr(each, name) for each in summary.slices}) for name in ("clinic", "therapist", "payer")}
    places = {name: {value: place for place, value in enumerate(values)} for name, values in lists.items()}
    rows = [[*(places[name][getattr(each, name)] for name in lists), *each.verdicts, each.asked] for each in summary.slices]
    told = {"verdicts": VERDICTS, **{f"{name}s": values for name, values in lists.items()}, "rows": rows}
    return json.dumps(told, ensure_ascii=True, separators=(",", ":")).replace("<", "\\u003c").replace("&", "\\u0026")


@cache
def _asset(name: str) -> str:
    return resources.files("nlp_pipeline.reporting").joinpath("templates", name).read_text("utf-8")


def _seal(text: str) -> str:
    """Name a style or a script by its content, so that the page runs no other."""
    return "sha256-" + base64.b64encode(sha256(text.encode()).digest()).decode()


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("nlp_pipeline.reporting"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, auto_reload=False
    )
    environment.filters |= {
        "count": count,
        "share": share,
        "fraction": lambda part: share(round(part * 1000), 1000),
        "percent": percent,
        "dollars": dollars,
        "day": day_in_words,
        "period": lambda days: " to ".join(dict.fromkeys(map(day_in_words, days))),
        "words": lambda name: str(name).replace("-", " "),
        "width": _bar_width,
        "named": _named,
        "verdict_parts": _verdict_parts,
    }
    return environment
