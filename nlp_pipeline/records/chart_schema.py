"""Findings across notes and their totals to JSON and back: the only place that knows their field names."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

from nlp_pipeline.records.chart import (
    Balance,
    Bar,
    ChartFinding,
    ChartResult,
    CloneRate,
    Cloning,
    DayCounts,
    ElementCount,
    EpisodeLine,
    Pattern,
    TherapistDay,
    VisitNews,
)


def chart_finding_to_json(finding: ChartFinding) -> dict[str, Any]:
    """Lay out a finding of several notes as a line of `charts.jsonl`."""
    return {"kind": "finding", **asdict(finding), "day": finding.day.isoformat() if finding.day else None, "notes": list(finding.notes)}


def chart_finding_from_json(row: Mapping[str, Any]) -> ChartFinding:
    """Make a finding of several notes of its line."""
    fields = {name: value for name, value in row.items() if name != "kind"}
    return ChartFinding(**{**fields, "day": _day(row["day"]), "notes": tuple(row["notes"])})


def episode_to_json(line: EpisodeLine) -> dict[str, Any]:
    """Lay out an episode as a line of `charts.jsonl`."""
    return {
        "kind": "episode",
        "patient": line.patient,
        "discipline": line.discipline,
        "opened": line.opened.isoformat(),
        "last": line.last.isoformat(),
        "days": line.days,
        "notes": list(line.notes),
        **{name: [day.isoformat() for day in getattr(line, name)] for name in ("reports", "certified", "goals")},
        "measures": {name: [[day.isoformat(), value] for day, value in values] for name, values in line.measures.items()},
    }


def visit_news_to_json(news: VisitNews) -> dict[str, Any]:
    """Lay out what is new in a note: places and shares, no words."""
    return {
        "id": news.note_id,
        "since": news.since.isoformat() if news.since else None,
        "words": news.words,
        "new_words": news.new_words,
        "carried_words": news.carried_words,
        "novel_share": round(news.novel_share, 4),
        **{name: [[span.start, span.end] for span in getattr(news, name)] for name in ("new", "carried", "boilerplate")},
    }


def chart_result_to_json(result: ChartResult) -> dict[str, Any]:
    """Lay out the totals of a run across its notes."""
    laid_out = asdict(result)
    for balance in laid_out["balances"]:
        for name in ("dollars_up", "dollars_down"):
            balance[name] = None if balance[name] is None else str(balance[name])
    for day in laid_out["days"]:
        day["day"] = day["day"].isoformat()
    return laid_out


def chart_result_from_json(row: Mapping[str, Any]) -> ChartResult:
    """Make the totals of a run of their JSON object."""
    cloning = row["cloning"]
    return ChartResult(
        **{name: row[name] for name in ("visits", "patients", "therapists", "findings", "left_out", "seed")},
        patterns=tuple(Pattern(**{**each, "examples": tuple(each["examples"]), "findings": tuple(each["findings"])}) for each in row["patterns"]),
        balances=tuple(Balance(**{**each, "dollars_up": _money(each["dollars_up"]), "dollars_down": _money(each["dollars_down"])}) for each in row["balances"]),
        cloning=Cloning(
            CloneRate(**cloning["all"]),
            tuple(cloning["histogram"]),
            tuple(CloneRate(**each) for each in cloning["therapists"]),
            cloning["copies_between_patients"],
            cloning["copies_between_authors"],
        ),
        elements=tuple(ElementCount(**each) for each in row["elements"]),
        days=tuple(_therapist_day(each) for each in row["days"]),
        day_counts=DayCounts(**row["day_counts"]),
        limits=tuple(row["limits"]),
    )


def _therapist_day(row: Mapping[str, Any]) -> TherapistDay:
    bars = tuple(Bar(**each) for each in row["bars"])
    overlaps = tuple((start, end) for start, end in row["overlaps"])
    return TherapistDay(row["therapist"], date.fromisoformat(row["day"]), row["clinic"], bars, overlaps, row["minutes"], row["message"])


def _day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None


def _money(written: str | None) -> Decimal | None:
    return None if written is None else Decimal(written)
