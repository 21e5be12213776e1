"""The outcome of an audit, as a terminal shows it."""

from collections.abc import Mapping
from typing import Any, TextIO


def tell_audit(summary: Mapping[str, Any], folder: str, stream: TextIO) -> None:
    """Tell how many visits the notes support, what differs and where it entered, and the amounts both ways."""
    from rich.console import Console
    from rich.table import Table

    console = Console(file=stream)
    with console.capture() as page:
        outcomes, amounts, unmatched = summary["outcomes"], summary["amounts"], summary["unmatched"]
        console.print(f"{summary['visits']} visits compared: " + ", ".join(f"{count} {name}" for name, count in outcomes.items()))
        console.print(", ".join(f"{count} {name}" for name, count in unmatched.items()) + f" (worth ${summary['unmatched_amount']})")
        if summary["categories"]:
            table = Table("category", "found", "material", "too much", "too little", "at risk", box=None, header_style="bold", pad_edge=False)
            table.columns[0].no_wrap = True
            for column in table.columns[1:]:
                column.justify = "right"
            for name, each in summary["categories"].items():
                table.add_row(name, str(each["count"]), str(each["material"]), each["over"], each["under"], each["at_risk"])
            console.print(table)
        over, under, net = (amounts[name] for name in ("billed_beyond_the_notes", "documented_beyond_the_bills", "net"))
        console.print(f"billed ${amounts['submitted']}, supported ${amounts['supported']}: ${over} too much, ${under} too little, net ${net}")
        if summary["entered_at"]:
            console.print("entered at: " + ", ".join(f"{step} {count}" for step, count in summary["entered_at"].items()))
        _tell_probe(summary["probe"], console.print)
    stream.write(page.get())
    rejected = sum(summary["rejected"].values())
    print(f"in {summary['taken_in']['notes']} notes and {summary['taken_in']['bills']} bills, rejected {rejected}: {folder}", file=stream)


def _tell_probe(probe: Mapping[str, Any] | None, tell: Any) -> None:
    if probe is None:
        return
    small = " (fewer claims than a round has)" if probe["too_small"] else ""
    tell(
        f"a probe of {len(probe['claims'])} claims{small} would question {len(probe['denied'])} of them, {probe['error_rate']:.0%} of the charges; "
        f"{probe['chance_to_pass']:.0%} of such rounds stay at or below {probe['passes_up_to']:.0%}"
    )
