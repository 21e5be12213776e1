"""An invented quarter of twelve clinics, made of the sample notes: what the page is tried and pictured with."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

from nlp_pipeline.pipeline import Pipeline
from nlp_pipeline.records.chart import Balance, Bar, ChartResult, CloneRate, Cloning, DayCounts, ElementCount, Pattern, TherapistDay
from nlp_pipeline.records.chart_summary import ChartSummary, RejectedRows, ReviewedRun
from nlp_pipeline.records.facts import ELEMENTS
from nlp_pipeline.records.note import Note
from nlp_pipeline.records.verdict import verdict_of
from nlp_pipeline.records.visit import Visit, visit_of
from nlp_pipeline.reporting.summary_page import ChartPage

SAMPLES = sorted((Path(__file__).parents[2] / "data_samples" / "notes").glob("*.txt"))
CLINICS = ("Ashford", "Birchwood", "Cedar Hill", "Dunmore", "Eastgate", "Fairview", "Glenwood", "Harbor", "Ironbridge", "Juniper", "Kingsway", "Lakeside")
SURNAMES = (
    *("Abara", "Bento", "Castellan", "Dray", "Ekholm", "Farrow", "Grieg", "Halloran", "Ibsen", "Jorda", "Kessler", "Lindqvist", "Marsh"),
    *("Novak", "Okafor", "Prewitt", "Quist", "Rasmus", "Sandoval", "Teller", "Umber", "Vance", "Whitlow", "Yates"),
)
PAYERS = ("medicare", "medicare", "medicare", "aetna", "bcbs_nebraska", "unitedhealthcare")
FIRST = date(2026, 7, 1)


@cache
def sample_visits() -> tuple[Visit, ...]:
    """Read the sample notes once, by the fast reader."""
    notes = [Note(path.stem, path.read_text("utf-8")) for path in SAMPLES]
    return tuple(visit_of(coded) for coded in Pipeline.load(reader="fast").code(notes))


def visits_of_a_quarter(number: int, seed: int = 1) -> Iterator[Visit]:
    """Give sample visits to therapists, clinics, payers and days, by a seeded chance."""
    chance, samples = random.Random(seed), sample_visits()
    sound = [visit for visit in samples if verdict_of(visit) == "supported"]
    for row in range(number):
        place = int(len(SURNAMES) * chance.random() ** 1.6)
        leaning = random.Random(place).sample(range(len(samples)), 9)
        visit = chance.choice(sound) if chance.random() < 0.6 else samples[chance.choice(leaning)]
        day = FIRST + timedelta(days=chance.randrange(92))
        yield replace(
            visit,
            id=f"V26-{20000 + row}",
            day=day,
            therapist=f"{SURNAMES[place]}, {'OTR/L' if place % 4 == 3 else 'PT'}",
            clinic=CLINICS[place % len(CLINICS)],
            payer=chance.choice(PAYERS),
            patient=f"P{chance.randrange(number // 9 + 1):05}",
        )


def charts_of(visits: list[Visit]) -> ChartResult:
    """Lay out what a look across the notes of that quarter might say."""
    chance = random.Random(2)
    ids = {name: [visit.id for visit in visits if has_finding(visit, name)][:5] for name in ("missing-deficit", "code-mismatch")}
    following = 100 * len(visits) // 130
    missing, misfiled = (sum(has_finding(visit, name) for visit in visits) for name in ids)
    therapists = sorted({visit.therapist for visit in visits if visit.therapist})
    histogram = (52, 20, 11, 6, 4, 3, 2, 1, 1, 0)
    rates = tuple(CloneRate(name, 90, 20000, int(20000 * chance.random() * 0.4), 3000, 2) for name in therapists)
    return ChartResult(
        visits=len(visits),
        patients=len({visit.patient for visit in visits}),
        therapists=len(therapists),
        patterns=(
            Pattern(
                "code-without-element", f"3 therapists bill 97112 on notes with no deficit named: {missing:,} visits.", "warning", missing, 3,
                tuple(ids["missing-deficit"]), "up", ("missing-deficit",), question="Was a deficit found at the evaluation, and where is it written?",
                source="Medicare Benefit Policy Manual (100-02) ch. 15 s.220.3", mark="V",
            ),
            Pattern(
                "filed-elsewhere", f"Work filed under one code is described as another in {misfiled:,} visits, in both directions.", "error", misfiled, 7,
                tuple(ids["code-mismatch"]), "none", ("code-mismatch",), detail="Most often balance work stands under therapeutic exercise.",
            ),
        ),
        balances=_balances(visits, therapists),
        cloning=Cloning(CloneRate("all", following, 2_400_000, 460_000, 300_000, 61), tuple(n * following // 100 for n in histogram), rates, 4, 2),
        elements=tuple(ElementCount(each, 100, 90 - 10 * n, 2 * n, 1) for n, each in enumerate(ELEMENTS)),
        days=(_crowded_day(visits),),
        day_counts=DayCounts(1290, 311, 4, 1),
        limits=("a progress report at least every 10 treatment days (Medicare Benefit Policy Manual ch. 15 s.220.3)",),
    )  # fmt: skip


def summary_of_a_quarter(number: int, **options: bool) -> ChartSummary:
    """Take a quarter through the page's counts."""
    visits = list(visits_of_a_quarter(number))
    page = ChartPage(charts_of(visits), **options)
    for visit in visits:
        page.add(visit)
    return page.finish(run_of(number))


def run_of(coded: int) -> ReviewedRun:
    """Tell how the quarter was read."""
    rejected = (
        RejectedRows("empty-note", 31, "The note holds no text", "Check whether the export left the text out; a visit without a note cannot be coded."),
        RejectedRows("pdf-without-text", 12, "The PDF holds pictures of pages and no text", "Have the scan read by character recognition first."),
    )
    words = {"97110": "exercise for strength and range", "97112": "balance and movement retraining", "97140": "hands-on treatment"}
    notices = (("Payer not stated: Medicare's rules were taken.", 12),)
    made = ("unitwise-2026.11-sample", "fast", ("2026-07-01",), "0.1.0")
    return ReviewedRun(("exports/2026Q3",), coded + 43, coded, rejected, *made, notices, words, "coded.xlsx")


def has_finding(visit: Visit, code: str) -> bool:
    """Say whether a visit has a finding."""
    return any(finding.code == code for finding in visit.findings)


def _balances(visits: list[Visit], therapists: list[str]) -> tuple[Balance, ...]:
    chance, number = random.Random(3), len(visits)
    codes = (("97110", 0.9), ("97530", 0.8), ("97112", 0.5), ("97140", 0.4), ("97116", 0.2), ("97535", 0.1))
    by_code = [Balance("code", code, *(int(number * each * part) for part in (1, 1, 1.3, 1.22, 0.12, 0.06, 0.1, 0.05, 1))) for code, each in codes]
    whole = Balance(
        "all", "", number, number * 7 // 10, number * 3, number * 29 // 10, number // 5, number // 9, number // 7, number // 11, number // 8,
        Decimal(number * 6), Decimal(number * 3),
    )  # fmt: skip
    groups = [Balance("therapist", name, 90, 60, 200, 190, chance.randrange(40), chance.randrange(40), 9, 9, 9) for name in therapists]
    return (whole, *by_code, *groups)


def _crowded_day(visits: list[Visit]) -> TherapistDay:
    bars = (
        Bar("P00012", "medicare", "97110", 540, 555, True, visits[0].id),
        Bar("P00012", "medicare", "97530", 555, 585, True, visits[0].id),
        Bar("P00131", "aetna", "97112", 600, 630, True, visits[1].id),
        Bar("P00131", "aetna", "97140", 630, 645, True, visits[1].id),
        Bar("P00077", "medicare", "97530", 615, 660, True, visits[2].id),
        Bar("P00078", "medicare", "97150", 690, 735, False, visits[3].id),
    )
    message = "10:15 to 10:45: two patients have one-on-one time with the same therapist; 30 minutes cannot be as written."
    return TherapistDay("Kessler, PT", date(2026, 8, 12), "Kingsway", bars, ((615, 645),), 30, message)
