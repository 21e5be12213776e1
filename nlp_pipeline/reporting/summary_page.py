"""`summary.html`: what a whole run says, on one page that needs nothing beside it."""

from collections.abc import Callable, Iterable
from pathlib import Path

from nlp_pipeline.records.chart import ChartResult
from nlp_pipeline.records.chart_summary import ChartSummary, FindingRow, PatternRow, ReviewedRun
from nlp_pipeline.records.finding import Finding
from nlp_pipeline.records.verdict import verdict_of
from nlp_pipeline.records.visit import Visit
from nlp_pipeline.reporting.examples import Examples, example_of
from nlp_pipeline.reporting.page_counts import PageCounts
from nlp_pipeline.reporting.page_template import page_html
from nlp_pipeline.reporting.surrogates import with_surrogates

DAYS_SHOWN = 6
PATTERNS_SHOWN = 20


class ChartPage:
    """Takes a run's visits one by one and keeps only counts and the few notes that the page shows."""

    def __init__(self, charts: ChartResult, *, with_text: bool = False, surrogate_ids: bool = False) -> None:
        self._charts, self._with_text, self._surrogate_ids = charts, with_text, surrogate_ids
        self._counts = PageCounts()
        self._across: set[str] = set()
        self._examples = Examples(example for pattern in charts.patterns[:PATTERNS_SHOWN] for example in pattern.examples)

    def add(self, visit: Visit, across: Iterable[Finding] = (), whole: Callable[[], Visit] | None = None) -> None:
        """Take in one visit, with the findings of it that only its neighbours showed; the order of visits does not matter.

        An outline of it will do, where `whole` reads all of it: few are shown.
        """
        beside = tuple(across)
        self._across.update(finding.code for finding in beside)
        findings = (*visit.findings, *beside)
        self._counts.add(visit, verdict_of(visit, findings), findings)
        self._examples.add(visit.id, findings, whole or (lambda: visit))

    def finish(self, run: ReviewedRun) -> ChartSummary:
        """Lay out what was taken in."""
        charts, counts = self._charts, self._counts
        whole = next((each for each in charts.balances if each.grouping == "all" and each.compared), None)
        codes = [each for each in charts.balances if each.grouping == "code" and each.units_claimed + each.units_supported]
        summary = ChartSummary(
            run=run,
            days=counts.days(),
            verdicts=dict(counts.verdicts),
            both_ways=whole,
            codes=tuple(sorted(codes, key=lambda each: (-max(each.units_claimed, each.units_supported), each.name))) if whole else (),
            therapists=counts.groups("therapist", charts.balances, charts.cloning.therapists),
            clinics=counts.groups("clinic", charts.balances),
            payers=counts.groups("payer", charts.balances),
            minutes=dict(counts.minutes),
            findings=self._findings(),
            patterns=self._patterns(),
            cloning=charts.cloning,
            elements=charts.elements,
            day_counts=charts.day_counts,
            timelines=charts.days[:DAYS_SHOWN],
            slices=counts.slices(),
            asked=counts.asked,
            limits=charts.limits,
            with_text=self._with_text,
        )
        return with_surrogates(summary, self._across) if self._surrogate_ids else summary

    def _patterns(self) -> tuple[PatternRow, ...]:
        shown = []
        for pattern in self._charts.patterns[:PATTERNS_SHOWN]:
            kept = self._examples.named(pattern.examples)
            shown.append(PatternRow(pattern, tuple(example_of(each, frozenset(pattern.findings), with_text=self._with_text) for each in kept)))
        return tuple(shown)

    def _findings(self) -> tuple[FindingRow, ...]:
        rows = []
        for first, visits, drawn in self._examples.kinds():
            examples = tuple(example_of(each, frozenset({first.code}), with_text=self._with_text) for each in drawn)
            rows.append(FindingRow(first.code, first.severity, visits, first.source, first.mark, first.remedy, examples))
        return tuple(rows)


def write_page(summary: ChartSummary, path: Path) -> None:
    """Write the page, whole or not at all; the same summary gives the same bytes."""
    new = path.with_name(f"{path.name}.new")
    new.write_text(page_html(summary), encoding="utf-8", newline="\n")
    new.replace(path)
