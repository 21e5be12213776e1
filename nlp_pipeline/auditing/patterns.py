"""Patterns as sentences with counts: what many notes have in common, whose they are, and a few of them to look at.

A pattern that a few therapists account for is told of them; one that all share is told of all. The rest of the wording stands in charts.toml.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import get_args

from nlp_pipeline.auditing.chart_words import ChartWords, PatternWording
from nlp_pipeline.records.chart import Pattern
from nlp_pipeline.records.finding import Finding, Severity
from nlp_pipeline.records.visit import Visit

SEVERITIES: tuple[Severity, ...] = get_args(Severity)
MOST_HELD = 2  # example notes of each therapist, the first of the run


@dataclass(slots=True)
class _Seen:
    """One finding over a run: in how many visits, by therapist, and a few notes of each."""

    finding: Finding
    visits: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)
    last: str = ""


@dataclass(slots=True)
class Patterns:
    """Counts findings by what they are about and whose notes they stand in."""

    words: ChartWords
    _seen: dict[tuple[str, str], _Seen] = field(default_factory=dict)
    _visits: Counter[str] = field(default_factory=Counter)

    def count_visit(self, visit: Visit) -> None:
        """Count a visit among its therapist's."""
        self._visits[visit.therapist or ""] += 1

    def add(self, visit: Visit, findings: Iterable[Finding]) -> None:
        """Count the findings of a visit, each once for each code that it is about."""
        for finding in findings:
            wording = self.words.patterns.get(finding.code)
            if wording is None:
                continue
            for code in _codes_of(visit, finding) if wording.by_code else ("",):
                seen = self._seen.setdefault((finding.code, code), _Seen(finding))
                if seen.last == visit.id:
                    continue
                seen.last = visit.id
                name = visit.therapist or ""
                seen.visits[name] += 1
                held = seen.examples.setdefault(name, [])
                if len(held) < MOST_HELD:
                    held.append(visit.id)

    def counts(self) -> Mapping[str, int]:
        """Count the visits of each finding that patterns are told of; one that is told by code counts once for each."""
        found: Counter[str] = Counter()
        for (code, _), seen in self._seen.items():
            found[code] += seen.visits.total()
        return dict(sorted(found.items()))

    def told(self) -> tuple[Pattern, ...]:
        """Tell every pattern, the weightiest first: visits times the weight of their severity."""
        weights = self.words.telling["weights"]
        told = [self._told(kind, code, seen) for (kind, code), seen in self._seen.items()]
        return tuple(sorted(told, key=lambda each: (-each.visits * weights[each.severity], each.kind, each.sentence)))

    def _told(self, kind: str, code: str, seen: _Seen) -> Pattern:
        wording = self.words.patterns[kind]
        leading = self._leading(seen)
        named = [name for name in seen.visits if name]
        finding, most = seen.finding, self.words.count("most_examples")
        ordered = [name for name, _ in sorted(seen.visits.items(), key=lambda each: (-each[1], each[0]))]
        shown = [seen.examples[name][turn] for turn in range(MOST_HELD) for name in ordered if turn < len(seen.examples[name])]
        return Pattern(
            kind=f"{kind} {code}".strip(),
            sentence=self._sentence(wording, code, seen, leading),
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
        """Name the few therapists who account for most of the visits; nobody where the notes do not name them, or where all do alike."""
        telling, total = self.words.telling, seen.visits.total()
        if "" in seen.visits or len(self._visits) <= telling["leading_most"] or len(seen.visits) <= telling["leading_most"]:
            return []
        ranked = sorted(seen.visits.items(), key=lambda each: (-each[1], each[0]))[: telling["leading_most"]]
        sums = [sum(count for _, count in ranked[: size + 1]) for size in range(len(ranked))]
        size = next((size for size, held in enumerate(sums, 1) if held >= telling["leading_share"] * total), 0)
        return [name for name, _ in ranked[:size]]

    def _sentence(self, wording: PatternWording, code: str, seen: _Seen, leading: list[str]) -> str:
        telling, total = self.words.telling, seen.visits.total()
        part = sum(seen.visits[name] for name in leading) or total
        people = len(leading) or (0 if "" in seen.visits else len(seen.visits))
        who = telling["who_none"] if not people else telling["who_one"] if people == 1 else telling["who_many"].format(number=self.words.number(people))
        visits = (telling["visits_one"] if part == 1 else telling["visits_many"]).format(count=f"{part:,}")
        if part < total:
            visits = telling["visits_part"].format(visits=visits, all=f"{total:,}")
        told = (wording.one if people == 1 else wording.many).format(who=who, code=code, visits=visits)
        return told[0].upper() + told[1:]

    def _detail(self, seen: _Seen, ordered: list[str]) -> str:
        """Say how common it is, and where it is most common among those with enough notes to say so."""
        telling, total, everyone = self.words.telling, seen.visits.total(), self._visits.total()
        share = _percent(total, everyone)
        enough = [name for name in ordered if name and self._visits[name] >= self.words.count("fewest_for_a_rate")]
        if len(self._visits) < 2 or not enough:
            return str(telling["detail_all"].format(share=share))
        worst = max(enough, key=lambda name: (seen.visits[name] / self._visits[name], name))
        others = _percent(total - seen.visits[worst], everyone - self._visits[worst])
        rate, visits = _percent(seen.visits[worst], self._visits[worst]), f"{self._visits[worst]:,}"
        return str(telling["detail_rate"].format(share=share, therapist=worst, rate=rate, visits=visits, others=others))


def _codes_of(visit: Visit, finding: Finding) -> tuple[str, ...]:
    """Name the codes that the activities of a finding are filed under, or support."""
    told = {span.start for span in finding.evidence}
    return tuple(sorted({each.stated_code or each.code for each in visit.activities if each.span.start in told}))


def _percent(part: int, whole: int) -> str:
    share = 100 * part / whole if whole else 0.0
    return f"{share:.0f}" if share >= 1 or not part else f"{share:.1f}"
