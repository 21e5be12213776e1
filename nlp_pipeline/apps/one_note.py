"""`unitwise code`: one note in, its codes and why out."""

import sys
from dataclasses import dataclass
from pathlib import Path

from nlp_pipeline.errors import UnreadableInput
from nlp_pipeline.intake.intake import read_one
from nlp_pipeline.intake.notes import FrontDesk
from nlp_pipeline.intake.received import Rejected
from nlp_pipeline.intake.sources import STANDARD_INPUT, check_input
from nlp_pipeline.records.note import Note
from nlp_pipeline.records.schema import write_line


@dataclass(frozen=True, slots=True)
class CodeOrder:
    """What was asked for on the command line."""

    note: str
    as_json: bool
    desk: FrontDesk
    model: Path | None


def code(order: CodeOrder) -> int:
    """Code one note and show it, or print its JSON."""
    note = _note(order.note, order.desk)
    from nlp_pipeline.pipeline import Pipeline  # heavy; a note that cannot be read is refused without it

    pipeline = Pipeline.load(order.model)
    [coded] = pipeline.code([note])
    if order.as_json:
        sys.stdout.buffer.write(write_line(coded).encode() + b"\n")
        return 0
    from rich.console import Console

    from nlp_pipeline.reporting.terminal import show_note

    rules = pipeline.rulebook.on(note.date_of_service, note.payer)
    console = Console()
    with console.capture() as page:  # written here, for rich would end a closed pipe with a status of its own
        show_note(coded, console, {code: rule.words for code, rule in rules.codes.items()})
    sys.stdout.write(page.get())
    return 0


def _note(name: str, desk: FrontDesk) -> Note:
    received = read_one(_bytes_of(name), name, desk)
    if isinstance(received, Rejected):
        raise UnreadableInput("stdin" if name == STANDARD_INPUT else name, received.message[0].lower() + received.message[1:-1], received.remedy)
    return received.note


def _bytes_of(name: str) -> bytes:
    if name == STANDARD_INPUT:
        if sys.stdin.isatty():
            print("Paste the note, then end it with Ctrl-D on a line of its own.", file=sys.stderr)
        return sys.stdin.buffer.read()
    check_input(name)
    path = Path(name)
    if path.is_dir():
        raise UnreadableInput(name, "it is a folder", "Use `unitwise review` for many notes.")
    try:
        return path.read_bytes()
    except OSError as trouble:
        raise UnreadableInput(name, trouble.strerror or "it cannot be read", "Check the file.") from None
