"""What a whole run says: counted note by note, added up, and told so that a newcomer understands it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any, Self

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from nlp_pipeline.records.chart import ChartResult
from nlp_pipeline.records.chart_schema import chart_result_to_json
from nlp_pipeline.records.coded_note import CodedNote
from nlp_pipeline.records.facts import ELEMENTS
from nlp_pipeline.records.finding import Finding
from nlp_pipeline.records.schema import minute_evidence
from nlp_pipeline.records.verdict import VERDICTS, verdict_of
from nlp_pipeline.records.visit import Visit
from nlp_pipeline.reporting.wording import wording

MOST_FREQUENT = 6
TREATMENT_CODES_SHOWN = 8
ASSUMPTIONS_SHOWN = 3
PATTERNS_SHOWN = 5
NO_TOPICS = frozenset({"counts", "documentation_share", "charts"})
SECONDS_THAT_TELL_A_SPEED = 10  # a shorter run is mostly spent on opening the model


@dataclass(slots=True)
class Tally:
    """Counts by topic; tallies of chunks add up to the tally of the run, in whatever order they come."""

    topics: dict[str, Counter[str]] = field(default_factory=dict)

    def count(self, topic: str, name: str, times: int = 1) -> None:
        """Count something under a topic."""
        self.topics.setdefault(topic, Counter())[name] += times

    def of(self, topic: str) -> Counter[str]:
        """Give the counts of a topic."""
        return self.topics.get(topic, Counter())

    def add(self, coded: CodedNote) -> None:
        """Count one coded note."""
        self.count("notes", "coded")
        self._add_interventions(coded)
        self._add_claim(coded)
        for element in {each.element for each in coded.facts.evidence} | ({"minutes"} if minute_evidence(coded) else set()):
            self.count("documentation", element)
        for code in {finding.code for finding in coded.findings}:
            self.count("findings", code)
        for severity in {finding.severity for finding in coded.findings}:
            self.count("severities", severity)
        self.count("models", coded.model)
        self.count("readers", coded.reader)
        self.count("rules", coded.rules)
        for notice in coded.notices:
            self.count("notices", notice)

    def add_across(self, visit: Visit, across: Sequence[Finding]) -> None:
        """Count how a visit comes out, and the findings that only the notes around it show."""
        self.count("verdicts", verdict_of(visit, across))
        for code in {finding.code for finding in across} - {finding.code for finding in visit.findings}:
            self.count("findings", code)
        for severity in {finding.severity for finding in across} - {finding.severity for finding in visit.findings}:
            self.count("severities", severity)
        if across and not visit.findings:
            self.count("notes", "with_findings")

    def most_frequent(self, topic: str, names: int) -> list[tuple[str, int]]:
        """Rank a topic's names by count, then by name, so that two runs never differ."""
        return sorted(self.of(topic).items(), key=lambda each: (-each[1], each[0]))[:names]

    def merge(self, other: Self) -> None:
        """Take in the counts of another tally."""
        for topic, counts in other.topics.items():
            self.topics.setdefault(topic, Counter()).update(counts)

    def to_json(self) -> dict[str, dict[str, int]]:
        """Lay out the counts, names in order."""
        return {topic: dict(sorted(counts.items())) for topic, counts in sorted(self.topics.items())}

    @classmethod
    def from_json(cls, data: Mapping[str, Mapping[str, int]]) -> Self:
        """Take up counts that were laid out before."""
        return cls({topic: Counter(counts) for topic, counts in data.items()})

    def _add_interventions(self, coded: CodedNote) -> None:
        performed = set()
        for intervention, suggestion in zip(coded.facts.interventions, coded.suggestions, strict=True):
            self.count("interventions", intervention.status)
            if intervention.status == "performed":
                performed.add(suggestion.code)
                self.count("suggestions", suggestion.code)
                self.count("review", "needed" if suggestion.needs_review else "not needed")
                for reason in suggestion.review_reasons:
                    self.count("review_reasons", reason)
        for code in performed:
            self.count("notes_by_code", code)
        for reason in coded.review_reasons:
            self.count("note_review_reasons", reason)
        if coded.needs_review:
            self.count("notes", "with_review")
        if coded.findings:
            self.count("notes", "with_findings")

    def _add_claim(self, coded: CodedNote) -> None:
        claim = coded.claim
        for line in claim.lines:
            self.count("claim_units", line.code, line.units)
        for method, share in claim.units.items():
            for code, units in share.units.items() if share else ():
                self.count(f"units_{method}", code, units)
        known = [minutes for minutes in (claim.minutes_by_code or {}).values() if minutes is not None]
        if not coded.encounter.services:
            self.count("minutes", "no_service")
        elif not known:
            self.count("minutes", "unknown")
        else:
            self.count("minutes", "complete" if len(known) == len(claim.minutes_by_code or {}) else "partial")


@dataclass(frozen=True, slots=True)
class Run:
    """What a run did besides counting: how many rows came in, where the result is, what was seen across notes, how long the coding took."""

    taken_in: int
    result: str
    across: ChartResult
    seconds: float = 0.0


def summary_json(tally: Tally, run: Run) -> dict[str, Any]:
    """Lay out `summary.json`: the counts of the run, shares, and the totals across notes; the same inputs give the same bytes."""
    coded, rejected = tally.of("notes")["coded"], tally.of("rejected").total()
    return {
        "schema_version": 1,
        "counts": {"in": run.taken_in, "coded": coded, "rejected": rejected},
        "review_share": _share(tally.of("review")["needed"], tally.of("review").total()),
        "documentation_share": {element: _share(tally.of("documentation")[element], coded) for element in ("minutes", *ELEMENTS)},
        "intake_notices": {},
        **tally.to_json(),
        "model": sorted(tally.of("models")),
        "reader": sorted(tally.of("readers")),
        "result": run.result,
        "charts": chart_result_to_json(run.across),
    }


def tally_of(summary: Mapping[str, Any]) -> Tally:
    """Take the counts out of a summary again."""
    return Tally.from_json({topic: counts for topic, counts in summary.items() if isinstance(counts, dict) and topic not in NO_TOPICS})


def summary_sheet(tally: Tally, run: Run) -> list[list[str | int | float | None]]:
    """Lay out the summary for a sheet: a heading, then names with their values."""
    summary = summary_json(tally, run)
    rows: list[list[str | int | float | None]] = [["Counts"]]
    rows += [[name, count] for name, count in summary["counts"].items()]
    rows.append(["Patterns"])
    rows += [[each.kind, each.sentence, each.visits] for each in run.across.patterns]
    rows.append(["Documentation, share of notes"])
    rows += [[wording().elements[name], share] for name, share in summary["documentation_share"].items()]
    for topic in sorted(tally.topics):
        rows.append([topic.replace("_", " ").capitalize()])
        rows += [[name, count] for name, count in tally.most_frequent(topic, len(tally.of(topic)))]
    return rows


def assumptions(tally: Tally) -> list[tuple[str, int]]:
    """Tell what the rules and the reading of the inputs had to assume, with how often, the most frequent first."""
    read = [(wording().intake[notice], count) for notice, count in tally.most_frequent("intake_notices", ASSUMPTIONS_SHOWN)]
    return [*tally.most_frequent("notices", ASSUMPTIONS_SHOWN), *read]


def summary_table(tally: Tally, run: Run) -> RenderableType:
    """Tell the run in a few lines."""
    coded, rejected = tally.of("notes")["coded"], tally.of("rejected").total()
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    speed = f" in {run.seconds:,.0f} s, {coded / run.seconds:,.0f} a second" if run.seconds >= SECONDS_THAT_TELL_A_SPEED else ""
    reasons = f"; {rejected:,} rejected, each with its reason in {PurePath(run.result).with_name('rejected.jsonl')}" if rejected else ""
    table.add_row("Notes", f"{coded:,} coded{speed}{reasons}")
    if coded:
        table.add_row("Visits", ", ".join(f"{tally.of('verdicts')[verdict]:,} {verdict.replace('_', ' ')}" for verdict in VERDICTS))
        table.add_row("Treatment", _treatment(tally))
        table.add_row("Units supported", _units(tally))
        table.add_row("Minutes", _minutes(tally))
        table.add_row("Documentation", _documentation(tally, coded))
        table.add_row("For a person", _review(tally, coded))
        table.add_row("Findings", _findings(tally, coded))
        if run.across.patterns:
            table.add_row("Patterns", "\n".join(each.sentence for each in run.across.patterns[:PATTERNS_SHOWN]))
        table.add_row("Made with", _made_with(tally))
    for notice, count in tally.of("intake_notices").items():
        table.add_row("Read as", f"{wording().intake[notice]}: {count:,}")
    table.add_row("To read", str(PurePath(run.result).with_name("summary.html")))
    return table


def _treatment(tally: Tally) -> Text:
    common = tally.most_frequent("notes_by_code", TREATMENT_CODES_SHOWN)
    done = tally.of("interventions")["performed"]
    parts = [Text.assemble((code, wording().colour(code)), f" in {count:,}") for code, count in common]
    return Text(f"{done:,} activities performed: ").append_text(Text(", ").join(parts)) if parts else Text("none performed")


def _units(tally: Tally) -> str:
    totals = [(name, tally.of(f"units_{method}").total()) for method, name in wording().long_methods.items()]
    return ", ".join(f"{total:,} by {name}" for name, total in totals)


def _minutes(tally: Tally) -> str:
    counts = tally.of("minutes")
    words = {
        "complete": "give every service its minutes",
        "partial": "give some",
        "unknown": "give none to a service",
        "no_service": "bill no service",
    }
    return ", ".join(f"{counts[name]:,} {said}" for name, said in words.items() if counts[name]) + " (notes)"


def _documentation(tally: Tally, coded: int) -> str:
    return ", ".join(f"{name} {tally.of('documentation')[element] / coded:.0%}" for element, name in wording().elements.items()) + " of notes"


def _review(tally: Tally, coded: int) -> str:
    review = tally.of("review")
    share = _share(review["needed"], review.total()) or 0
    return f"{review['needed']:,} of {review.total():,} suggestions wait for a person ({share:.0%}), in {tally.of('notes')['with_review']:,} of {coded:,} notes"


def _findings(tally: Tally, coded: int) -> str:
    common = tally.most_frequent("findings", MOST_FREQUENT)
    if not common:
        return "none"
    return f"in {tally.of('notes')['with_findings']:,} of {coded:,} notes; most frequent: " + ", ".join(f"{code} {count:,}" for code, count in common)


def _made_with(tally: Tally) -> str:
    """Name model and rules, and what the rules had to assume."""
    models, readers, rules = (", ".join(sorted(tally.of(topic))) for topic in ("models", "readers", "rules"))
    assumed = [f"{'once' if count == 1 else f'{count:,} times'}: {notice}" for notice, count in tally.most_frequent("notices", ASSUMPTIONS_SHOWN)]
    return "\n".join([f"model {models}, {readers} reader, rules {rules}", *assumed])


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
