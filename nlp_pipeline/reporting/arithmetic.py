"""Minutes to units, shown step by step, and the units of each way of counting side by side."""

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from nlp_pipeline.records.claim import Claim, UnitShare
from nlp_pipeline.records.coded_note import CodedNote
from nlp_pipeline.reporting.wording import plain_number, wording


def arithmetic(coded: CodedNote) -> RenderableType:
    """Show the steps in words, then a row a code with its minutes, its units by every method, and what the note claims."""
    claim = coded.claim
    parts: list[RenderableType] = [_step(number, step) for number, step in enumerate(claim.explanation, 1)]
    codes = _codes(claim)
    if codes:
        parts.append(_units(claim, codes))
    if any(share and share.tied for share in claim.units.values()):
        parts.append(Text("* equal remainders: the rule leaves open which of these codes gets the last unit", "italic"))
    return Group(*parts) if parts else Text("No billable time found.", "italic")


def _step(number: int, step: str) -> Table:
    """Show one step so that its second line starts under its first."""
    line = Table.grid(padding=(0, 1))
    line.add_row(Text(f"{number}.", "dim"), Text(step))
    return line


def _codes(claim: Claim) -> list[str]:
    """Name every code that has minutes, units or a claim of its own, in the order of the claim."""
    shares = [share.units for share in claim.units.values() if share]
    return list(dict.fromkeys([line.code for line in claim.lines] + [*(claim.minutes_by_code or {})] + [code for share in shares for code in share]))


def _units(claim: Claim, codes: list[str]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, header_style="dim", show_edge=False, padding=(0, 1))
    table.add_column("code", no_wrap=True)
    table.add_column("minutes", justify="right")
    for method, name in wording().methods.items():
        table.add_column(Text(f"▸{name}" if method == claim.method else name, "bold" if method == claim.method else ""), justify="right")
    table.add_column("stated", justify="right")
    table.add_column("claim line", no_wrap=True)
    lines: dict[str, list[str]] = {}
    for line in claim.lines:
        lines.setdefault(line.code, []).append(f"{line.code} × {line.units} {' '.join(line.modifiers)}".rstrip())
    for code in codes:
        shares = [_share(claim.units.get(method), code) for method in ("cms", "ama", "per15")]
        billed = "\n".join(lines.get(code, ["–"]))
        table.add_row(
            Text(code, wording().colour(code)),
            plain_number((claim.minutes_by_code or {}).get(code)),
            *shares,
            plain_number(claim.stated_units.get(code)),
            Text(billed, "bold" if code in lines else "dim"),
        )
    return table


def _share(share: UnitShare | None, code: str) -> str:
    if share is None:
        return "–"
    return f"{share.units.get(code, 0)}{'*' if code in share.tied else ''}"
