"""Patterns as sentences with counts: what many notes have in common, whose they are, and a few of them to look at.

A pattern that a few therapists account for is told of them; one that all share is told of all. The rest of the wording stands in charts.toml.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self, get_args

from nlp_pipeline.auditing.chart_words import ChartWords, PatternWording
from nlp_pipeline.records.chart import Pattern
from nlp_pipeline.records.finding import Finding, Severity
from nlp_pipeline.records.visit import Visit

SEVERITIES: tuple[Severity, ...] = get_args(Severity)
MOST_HELD = 2  # example notes of each therapist, the first of the run


@dataclass(slots=True)
class _Seen:
    """One finding over a run: in how many visits, by therapist and by code, and a few notes of each therapist."""

    finding: Finding
    visits: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)
    last: str = ""


@dataclass(slots=True)
class Patterns:
    """Counts findings by what they are about and whose notes they stand in."""

    words: ChartWords
    _seen: dict[str, _Seen] = field(default_factory=dict)
    _visits: Counter[str] = field(default_factory=Counter)

    def count_visit(self, visit: Visit) -> None:
        """Count a visit among its therapist's."""
        self._visits[visit.therapist or ""] += 1

    def add(self, visit: Visit, findings: Iterable[Finding]) -> None:
        """Count the findings of a visit, each kind once, and the codes that they are about."""
        about: dict[str, set[str]] = {}
        for finding in findings:
            wording = self.words.patterns.get(finding.code)
            codes = _codes_of(visit, finding) if wording and wording.by_code else ()
            if wording and (codes or not wording.by_code):
                self._seen.setdefault(finding.code, _Seen(finding))
                about.setdefault(finding.code, set()).update(codes)
        for kind, named in about.items():
            seen = self._seen[kind]
            if seen.last == visit.id:
                continue
            seen.last = visit.id
            seen.codes.update(sorted(named))
            name = visit.therapist or ""
            seen.visits[name] += 1
            held = seen.examples.setdefault(name, [])
            if len(held) < MOST_HELD:
                held.append(visit.id)

    def merge(self, later: Self) -> None:
        """Take in what was counted of other visits, after these."""
        self._visits.update(later._visits)
        for kind, more in later._seen.items():
            seen = self._seen.setdefault(kind, _Seen(more.finding))
            seen.visits.update(more.visits)
            seen.codes.update(more.codes)
            for name, examples in more.examples.items():
                held = seen.examples.setdefault(name, [])
                held += examples[: MOST_HELD - len(held)]

    def counts(self) -> Mapping[str, int]:
        """Count the visits of each finding that patterns are told of."""
        return {kind: seen.visits.total() for kind, seen in sorted(self._seen.items())}

    def told(self) -> tuple[Pattern, ...]:
        """Tell every pattern, the weightiest first: visits times the weight of their severity."""
        weights = self.words.telling["weights"]
        told = [self._told(kind, seen) for kind, seen in self._seen.items()]
        return tuple(sorted(told, key=lambda each: (-each.visits * weights[each.severity], each.kind)))

    def _told(self, kind: str, seen: _Seen) -> Pattern:
        wording = self.words.patterns[kind]
        leading = self._leading(seen)
        named = [name for name in seen.visits if name]
        finding, most = seen.finding, self.words.count("most_examples")
        ordered = [name for name, _ in sorted(seen.visits.items(), key=lambda each: (-each[1], each[0]))]
        shown = [seen.examples[name][turn] for turn in range(MOST_HELD) for name in ordered if turn < len(seen.examples[name])]
        return Pattern(
            kind=kind,
            sentence=self._sentence(wording, seen, leading),
            severity=finding.severity,
            visits=seen.visits.total(),
            therapists=len(named),
            examples=tuple(shown[:most]),
            direction=wording.direction,
            findings=(kind,),
            detail=self._detail(seen, ordered),
            question=finding.remedy,
            source=finding.source,
            mark=finding.mark,
        )

    def _leading(self, seen: _Seen) -> list[str]:
        """Name the few therapists who account for most of the visits; nobody where the notes do not name them, or where it takes all of them."""
        telling, total = self.words.telling, seen.visits.total()
        if "" in seen.visits:
            return []
        ranked = sorted(seen.visits.items(), key=lambda each: (-each[1], each[0]))[: telling["leading_most"]]
        sums = [sum(count for _, count in ranked[: size + 1]) for size in range(len(ranked))]
        size = next((size for size, held in enumerate(sums, 1) if held >= telling["leading_share"] * total), 0)
        return [name for name, _ in ranked[:size]] if size < len(seen.visits) else []

    def _codes(self, seen: _Seen) -> str:
        """List the codes that a finding is about, the commonest first."""
        ranked = [code for code, _ in sorted(seen.codes.items(), key=lambda each: (-each[1], each[0]))]
        most = self.words.count("most_codes")
        shown = ranked if len(ranked) <= most else [*ranked[:most], self.words.telling["other_codes"]]
        return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}" if shown else ""

    def _sentence(self, wording: PatternWording, seen: _Seen, leading: list[str]) -> str:
        telling, total = self.words.telling, seen.visits.total()
        part = sum(seen.visits[name] for name in leading) or total
        people = len(leading) or (0 if "" in seen.visits else len(seen.visits))
        who = telling["who_none"] if not people else telling["who_one"] if people == 1 else telling["who_many"].format(number=self.words.number(people))
        visits = (telling["visits_one"] if part == 1 else telling["visits_many"]).format(count=f"{part:,}")
        if part < total:
            visits = telling["visits_part"].format(part=f"{part:,}", all=f"{total:,}")
        told = (wording.one if people == 1 else wording.many).format(who=who, code=self._codes(seen), visits=visits)
        return told[0].upper() + told[1:]

    def _detail(self, seen: _Seen, ordered: list[str]) -> str:
        """Say how common it is, and where it is most common among those with enough notes to say so."""
        telling, total, everyone = self.words.telling, seen.visits.total(), self._visits.total()
        share, by_code = _percent(total, everyone), ""
        if len(seen.codes) > 1:
            by_code = telling["detail_codes"].format(codes=", ".join(f"{code} {count:,}" for code, count in seen.codes.most_common()))
        enough = [name for name in ordered if name and self._visits[name] >= self.words.count("fewest_for_a_rate")]
        if len(self._visits) < 2 or not enough:
            return str(telling["detail_all"].format(share=share)) + by_code
        worst = max(enough, key=lambda name: (seen.visits[name] / self._visits[name], name))
        others = _percent(total - seen.visits[worst], everyone - self._visits[worst])
        rate, visits = _percent(seen.visits[worst], self._visits[worst]), f"{self._visits[worst]:,}"
        return str(telling["detail_rate"].format(share=share, therapist=worst, rate=rate, visits=visits, others=others)) + by_code


def _codes_of(visit: Visit, finding: Finding) -> tuple[str, ...]:
    """Name the codes that the activities of a finding are filed under, or support."""
    told = {span.start for span in finding.evidence}
    return tuple(sorted({each.stated_code or each.code for each in visit.activities if each.span.start in told}))


def _percent(part: int, whole: int) -> str:
    share = 100 * part / whole if whole else 0.0
    return f"{share:.0f}" if share >= 1 or not part else f"{share:.1f}"
