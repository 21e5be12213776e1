"""One coded note for a reader at a terminal: the note, the codes and why, the arithmetic, the findings."""

from collections.abc import Iterator, Mapping, Sequence

from rich import box
from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from nlp_pipeline.records.coded_note import CodedNote
from nlp_pipeline.records.facts import ELEMENTS, Intervention
from nlp_pipeline.records.finding import Finding
from nlp_pipeline.records.schema import minute_evidence
from nlp_pipeline.records.suggestion import Contribution, Suggestion, strongest
from nlp_pipeline.reporting.arithmetic import arithmetic
from nlp_pipeline.reporting.highlight import UNDERLINE, highlighted, shown, style_of
from nlp_pipeline.reporting.wording import wording

QUOTED = 60  # characters of evidence shown under a finding
_NEARLY_SURE = 0.995  # from here a rounded share would claim to be sure


def show_note(coded: CodedNote, console: Console, words: Mapping[str, str]) -> None:
    """Print a coded note; `words` say in plain language what a code is."""
    for part in _parts(coded, words, plain=console.color_system is None and not console.is_terminal):
        console.print(part)


def _parts(coded: CodedNote, words: Mapping[str, str], *, plain: bool) -> Iterator[RenderableType]:
    note = coded.facts.note
    known = [note.discipline, note.date_of_service.isoformat() if note.date_of_service else None, note.payer]
    title = Text(" · ".join(shown(each) for each in (note.id, *known) if each), "bold")
    yield Panel(highlighted(coded, plain=plain), title=title, title_align="left", box=box.ROUNDED, border_style="dim", padding=(0, 1))
    yield Padding(_legend(coded, words), (0, 2))
    yield _heading("Interventions")
    yield _interventions(coded) if coded.facts.interventions else Text("  No treatment found in this note.", "italic")
    yield _heading("Minutes and units")
    yield Padding(arithmetic(coded), (0, 2))
    yield _heading("Documentation")
    yield Padding(_documentation(coded), (0, 2))
    for reason in coded.review_reasons:
        yield Padding(Text(f"◆ a person should look at this note: {wording().review[reason]}", "bold yellow"), (1, 2, 0, 2))
    if coded.findings:
        yield _heading("A reviewer would ask")
        yield Padding(Group(*(_finding(each) for each in coded.findings)), (0, 2))
    for notice in coded.notices:
        yield Padding(Text(notice, "italic"), (1, 2, 0, 2))
    yield Text(f"\nmodel {coded.model} · rules {coded.rules} · {coded.reader} reader · decision support: a coder decides", "dim")


def _heading(title: str) -> Padding:
    return Padding(Rule(Text(title, "bold"), align="left", style="dim"), (1, 0, 0, 0))


def _legend(coded: CodedNote, words: Mapping[str, str]) -> Columns:
    """Name what the colours of this note mean, and no others."""
    pairs = list(zip(coded.facts.interventions, coded.suggestions, strict=True))
    entries = [Text.assemble((code, f"bold {wording().colour(code)}"), f" {words.get(code, '')}".rstrip()) for code in sorted({s.code for _, s in pairs})]
    for status in dict.fromkeys(each.status for each, _ in pairs):
        if status != "performed":
            entries.append(Text.assemble((status, wording().statuses[status])))
    entries.append(Text.assemble(("minutes, documentation", UNDERLINE)))
    return Columns(entries, padding=(0, 3))


def _interventions(coded: CodedNote) -> Table:
    """List what was found, what was done today first."""
    table = Table(box=box.SIMPLE_HEAD, expand=True, padding=(0, 1, 0, 0), header_style="dim", show_edge=False)
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("in the note", ratio=3, overflow="fold")
    table.add_column("code", no_wrap=True)
    table.add_column("status", no_wrap=True)
    table.add_column("why", ratio=5, overflow="fold")
    numbered = list(enumerate(zip(coded.facts.interventions, coded.suggestions, strict=True), 1))
    for number, (intervention, suggestion) in sorted(numbered, key=lambda each: each[1][0].status != "performed"):
        style = style_of(intervention, suggestion.code)
        done = intervention.status == "performed"
        table.add_row(
            Text(str(number), "dim"),
            Text(shown(intervention.span.text).replace("\n", " "), style),
            Text(suggestion.code, style),
            Text.assemble("performed\n", (_sure(suggestion.confidence), "dim")) if done else Text(intervention.status, "dim"),
            _why(intervention, suggestion) if done else Text(shown(suggestion.reason), "dim"),
        )
    return table


def _why(intervention: Intervention, suggestion: Suggestion) -> Text:
    """Give the reason, the strongest words on either side, what the note states instead, and whether a person should look."""
    lines = [Text(shown(suggestion.reason))]
    toward, against = strongest(suggestion.contributions)
    if toward or against:
        lines.append(
            Text.assemble(*_weighed("for", toward, suggestion.code), "  " if toward and against else "", *_weighed("against", against, suggestion.code))
        )
    if suggestion.counterfactual:
        lines.append(Text(shown(suggestion.counterfactual.question), "italic dim"))
    if intervention.stated_code not in (None, suggestion.code):
        lines.append(Text(f"≠ the note files it under {intervention.stated_code}", "yellow"))
    if suggestion.needs_review:
        because = "; ".join(wording().review[reason] for reason in suggestion.review_reasons if reason != "header-contradicts")  # told above
        lines.append(Text(f"◆ a person should decide{f': {because}' if because else ''}", "bold yellow"))
    return Text("\n").join(line for line in lines if line)


def _weighed(side: str, contributions: Sequence[Contribution], code: str) -> Iterator[tuple[str, str]]:
    if contributions:
        yield f"{side} ", "dim"
    for place, each in enumerate(contributions):
        other = f"→{each.toward}" if each.toward != code else ""
        yield f"{', ' if place else ''}“{shown(each.span.text)}”{other} ", ""
        yield f"{each.weight:+.1f}", "green" if side == "for" else "red"


def _documentation(coded: CodedNote) -> Columns:
    """Tick each element that a reviewer could point at."""
    found = {each.element for each in coded.facts.evidence} | ({"minutes"} if minute_evidence(coded) else set())
    entries = []
    for element in ("minutes", *ELEMENTS):
        sign = ("✔ ", "green") if element in found else ("✘ ", "red")
        entries.append(Text.assemble(sign, (wording().elements[element], "" if element in found else "dim")))
    return Columns(entries, padding=(0, 3))


def _finding(finding: Finding) -> Text:
    """Show one finding: how grave, in words, where, and by which rule."""
    look = wording().severities[finding.severity]
    quotes = " … ".join(f"“{shown(span.text)[:QUOTED]}”" for span in finding.evidence[:2])
    line = Text.assemble((f"{look['sign']} ", look["style"]), (finding.message, ""), (f"  {finding.code}", "dim"))
    if quotes:
        line.append(f"\n  {quotes}".replace("\r", " "), "italic")
    return line.append(f"\n  {finding.source}", "dim") if finding.source else line


def _sure(confidence: float) -> str:
    """Say how sure a suggestion is; no suggestion is wholly sure."""
    return f"{confidence:.0%} sure" if confidence < _NEARLY_SURE else "over 99% sure"
