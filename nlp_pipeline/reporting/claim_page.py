"""A claim for a reader at a terminal: its lines, what a payer would ask, each step; and one visit under every method and payer side by side."""

from collections.abc import Iterator, Mapping, Sequence

from rich import box
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from nlp_pipeline.records.claim import AuditedClaim, Claim, ClaimLine, Proof, View
from nlp_pipeline.records.claim_schema import UNCONFIRMED
from nlp_pipeline.reporting.wording import plain_number, wording

SOURCE = " Source: "  # stands before the source at the end of a step
PLAIN_WIDTH = 150  # columns where the page goes into a file or a pipe


def claim_console() -> Console:
    """Open the console; a file or a pipe is given a width of its own, for it has none."""
    console = Console()
    return console if console.is_terminal else Console(width=PLAIN_WIDTH)


def show_claim(audited: AuditedClaim, console: Console, words: Mapping[str, str]) -> None:
    """Print a claim; `words` say in plain language what a code is."""
    sources: dict[str, int] = {}
    for part in _parts(audited, words, sources):
        console.print(part)


def _parts(audited: AuditedClaim, words: Mapping[str, str], sources: dict[str, int]) -> Iterator[RenderableType]:
    claim, day = audited.claim, audited.encounter.date_of_service
    known = (f"Claim {audited.encounter.id}".rstrip(), audited.payer, day.isoformat() if day else None, f"rules of {claim.rules_dated}")
    yield Text(" · ".join(each for each in known if each), "bold")
    yield Padding(_lines(claim, words) if claim.lines else Text("No lines.", "italic"), (1, 2, 0, 2))
    if audited.findings:
        yield _heading("A payer would ask")
        for finding in audited.findings:
            look = wording().severities[finding.severity]
            unsure = " unconfirmed" if finding.mark in UNCONFIRMED else ""
            yield _row(Text(look["sign"], look["style"]), Text.assemble(finding.message, (f"  {finding.code}{unsure}", "dim"), _note(finding.source, sources)))
    if questions := list(dict.fromkeys(_questions(claim.proofs))):
        yield _heading("Open questions")
        for question in questions:
            yield _row(Text("?", "bold yellow"), Text(question))
    yield _heading("Step by step")
    for number, step in enumerate(claim.explanation, 1):
        told, _, source = step.partition(SOURCE)
        yield _row(Text(f"{number}.", "dim"), Text.assemble(told, _note(source.removesuffix("."), sources)))
    for notice in audited.notices:
        yield Padding(Text(notice, "italic"), (0, 2))
    if sources:
        yield _heading("Sources")
        for source, number in sources.items():
            yield _row(Text(f"[{number}]", "dim"), Text(source, "dim"))


def _note(source: str, sources: dict[str, int]) -> tuple[str, str]:
    return (f" [{sources.setdefault(source, len(sources) + 1)}]", "dim") if source else ("", "")


def _heading(title: str) -> Padding:
    return Padding(Rule(Text(title, "bold"), align="left", style="dim"), (1, 0, 0, 0))


def _row(sign: Text, words: Text) -> Padding:
    """Show one entry so that its second line starts under its first."""
    row = Table.grid(padding=(0, 1))
    row.add_column(justify="right", min_width=3)
    row.add_column()
    row.add_row(sign, words)
    return Padding(row, (0, 1))


def _lines(claim: Claim, words: Mapping[str, str]) -> Table:
    priced = any(line.allowed is not None for line in claim.lines)
    table = Table(box=box.SIMPLE_HEAD, header_style="dim", show_edge=False, padding=(0, 1), show_footer=priced)
    table.add_column("line", "total" if priced else "", no_wrap=True)
    table.add_column("modifiers", no_wrap=True)
    if priced:
        payments = [line.payment for line in claim.lines if line.payment]
        table.add_column("allowed", f"${sum(each.allowed for each in payments)}", justify="right")
        table.add_column("expected", f"${sum(each.paid for each in payments)}", justify="right")
    table.add_column("service")
    for line in claim.lines:
        money = (_dollars(line), f"${line.payment.paid}" if line.payment else "–") if priced else ()
        table.add_row(Text(f"{line.code} × {line.units}", wording().colour(line.code)), " ".join(line.modifiers), *money, Text(words.get(line.code, ""), "dim"))
    return table


def _dollars(line: ClaimLine) -> str:
    return "–" if line.allowed is None else f"${line.allowed}"


def _questions(proofs: Sequence[Proof]) -> Iterator[str]:
    """Find the questions of open leaves."""
    for proof in proofs:
        if proof.question:
            yield proof.question
        if proof.holds == "open":
            yield from _questions(proof.parts)


def show_views(visit: str, views: Sequence[View], console: Console) -> None:
    """Print one visit under every method and payer: a row each, a column a code; units that differ from the first row are marked."""
    codes = list(dict.fromkeys(line.code for view in views for line in view.audited.claim.lines))
    spent = next((view.audited.claim.minutes_by_code for view in views), None) or {}
    table = Table(
        box=box.SIMPLE_HEAD, header_style="dim", show_edge=False, padding=(0, 1), title=f"{visit}: each way of counting, each payer", title_justify="left"
    )
    table.add_column("")
    table.add_column("counts", style="dim")
    for code in codes:
        minutes = spent.get(code)
        told = "no minutes" if minutes is None else f"{plain_number(minutes)} min"
        table.add_column(Text.assemble((code, wording().colour(code)), f"\n{told}"), justify="right", no_wrap=True)
    table.add_column("units", justify="right")
    table.add_column("what differs, and the minutes that cause it")
    base = _units(views[0].audited.claim) if views else {}
    for number, view in enumerate(views):
        units = _units(view.audited.claim)
        cells = [Text(f"{units.get(code, 0)}") if units.get(code, 0) == base.get(code, 0) else Text(f"≠ {units.get(code, 0)}", "bold yellow") for code in codes]
        table.add_row(view.name, view.audited.claim.method, *cells, str(sum(units.values())), Text(_said(view), "" if view.differs else "dim"))
        if number + 1 < len(views) and views[number + 1].is_payer and not view.is_payer:
            table.add_section()
    console.print(table)
    console.print(Text("≠ differs from the first row, Medicare's pooled rule. In the order of the rulebook: never ranked.", "dim italic"))


def _said(view: View) -> str:
    asked = dict.fromkeys(finding.code for finding in view.audited.findings if finding.severity == "error" or finding.code == "units-over-cap")
    return "; ".join(each for each in (view.differs, f"asks: {', '.join(asked)}" if asked else "") if each)


def _units(claim: Claim) -> dict[str, int]:
    units: dict[str, int] = {}
    for line in claim.lines:
        units[line.code] = units.get(line.code, 0) + line.units
    return units
