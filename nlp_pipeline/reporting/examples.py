"""Typical notes for the page: those that a pattern names, and for each finding a few drawn by a number made from their ids."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from nlp_pipeline.records.chart_summary import Example, ExampleLine, Told
from nlp_pipeline.records.finding import Finding
from nlp_pipeline.records.note import Origin
from nlp_pipeline.records.verdict import reasons_of, verdict_of
from nlp_pipeline.records.visit import Visit
from nlp_pipeline.reporting.passages import passages_of
from nlp_pipeline.reporting.wording import wording

EXAMPLES = 3
GRAVITY = {"error": 0, "warning": 1, "info": 2}


@dataclass(frozen=True, slots=True)
class Kept:
    """A visit that may be shown, with all its findings."""

    visit: Visit
    findings: tuple[Finding, ...]


@dataclass(slots=True)
class _Kind:
    first: Finding
    visits: int = 0
    drawn: list[tuple[bytes, Kept]] = field(default_factory=list)


class Examples:
    """Keeps the visits that patterns name, and at most three for each finding; which ones does not depend on their order."""

    def __init__(self, named: Iterable[str]) -> None:
        self._wanted = frozenset(named)
        self._named: dict[str, Kept] = {}
        self._kinds: dict[str, _Kind] = {}

    def add(self, name: str, findings: tuple[Finding, ...], whole: Callable[[], Visit]) -> None:
        """Look at one visit by its id; it is read only where it may be shown."""
        if name in self._wanted:
            self._named[name] = Kept(whole(), findings)
        by_code = {finding.code: finding for finding in reversed(findings)}
        number = blake2b(name.encode(), digest_size=8).digest() if by_code else b""
        for code, finding in by_code.items():
            kind = self._kinds.get(code)
            if kind is None:
                kind = self._kinds[code] = _Kind(finding)
            kind.visits += 1
            if len(kind.drawn) < EXAMPLES or number < kind.drawn[-1][0]:
                kind.drawn = sorted([*kind.drawn, (number, Kept(whole(), findings))], key=lambda pair: (pair[0], pair[1].visit.id))[:EXAMPLES]

    def kinds(self) -> list[tuple[Finding, int, list[Kept]]]:
        """Tell each kind of finding with its visits, the gravest and most frequent first."""
        told = [(kind.first, kind.visits, [kept for _, kept in kind.drawn]) for kind in self._kinds.values()]
        return sorted(told, key=lambda each: (GRAVITY[each[0].severity], -each[1], each[0].code))

    def named(self, ids: Sequence[str]) -> list[Kept]:
        """Give the visits of these ids that came by."""
        return [self._named[each] for each in ids[:EXAMPLES] if each in self._named]


def example_of(kept: Kept, about: frozenset[str], *, with_text: bool) -> Example:
    """Lay a visit out as an example of the findings in `about`."""
    visit = kept.visit
    supported: dict[str, int] = {}
    for line in visit.lines:
        supported[line.code] = supported.get(line.code, 0) + line.units
    codes = dict.fromkeys((*supported, *(code for code in visit.stated_units if code != "total")))
    told = sorted(kept.findings, key=lambda each: (each.code not in about, GRAVITY[each.severity]))
    return Example(
        id=visit.id,
        day=visit.day,
        therapist=visit.therapist,
        clinic=visit.clinic,
        payer=visit.payer,
        verdict=verdict_of(visit, kept.findings),
        lines=tuple(ExampleLine(code, visit.stated_units.get(code), supported.get(code, 0)) for code in codes),
        findings=tuple(dict.fromkeys(Told(each.code, each.severity, each.message) for each in told)),
        open=tuple(wording().review[reason] for reason in reasons_of(visit)),
        passages=passages_of(visit, kept.findings, about, with_text=with_text),
        origin=_origin(visit.origin),
    )


def _origin(origin: Origin | None) -> str:
    """Say where a note stands: the name of its file, not the folder, and its row."""
    if origin is None:
        return ""
    name = re.split(r"[/\\\\]", origin.source)[-1]
    return name if origin.row is None else f"{name}, row {origin.row}"
