"""`unitwise code`: one note in, its codes and why out."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from nlp_pipeline.apps.verification import coded_notes_in, verify
from nlp_pipeline.errors import UnreadableInput
from nlp_pipeline.intake.intake import read_one
from nlp_pipeline.intake.notes import FrontDesk
from nlp_pipeline.intake.received import Rejected
from nlp_pipeline.intake.sources import STANDARD_INPUT, check_input
from nlp_pipeline.records.coded_note import ReaderName
from nlp_pipeline.records.note import Note
from nlp_pipeline.records.schema import write_line

CODED_SUFFIX = ".json"  # of a coded note that was kept; no note has it


@dataclass(frozen=True, slots=True)
class CodeOrder:
    """What was asked for on the command line."""

    note: str
    as_json: bool
    desk: FrontDesk
    model: Path | None
    verify: bool = False
    reader: ReaderName = "careful"


def code(order: CodeOrder) -> int:
    """Code one note and show it, or print its JSON, or verify what its explanations add up to."""
    data = _bytes_of(order.note, of_a_note=not order.verify)
    if order.verify and (rows := coded_notes_in(data, "stdin" if order.note == STANDARD_INPUT else order.note)) is not None:
        return verify(rows, as_json=order.as_json)
    note = _note(data, order.note, order.desk)
    from nlp_pipeline.pipeline import Pipeline  # heavy; a note that cannot be read is refused without it

    pipeline = Pipeline.load(order.model, order.reader)
    [coded] = pipeline.code([note], counterfactuals=True)
    if order.verify:
        return verify([json.loads(write_line(coded))], as_json=order.as_json)
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


def _note(data: bytes, name: str, desk: FrontDesk) -> Note:
    received = read_one(data, name, desk)
    if isinstance(received, Rejected):
        raise UnreadableInput("stdin" if name == STANDARD_INPUT else name, received.message[0].lower() + received.message[1:-1], received.remedy)
    return received.note


def _bytes_of(name: str, *, of_a_note: bool) -> bytes:
    if name == STANDARD_INPUT:
        if sys.stdin.isatty():
            print("Paste the note, then end it with Ctrl-D on a line of its own.", file=sys.stderr)
        return sys.stdin.buffer.read()
    path = Path(name)
    if of_a_note or path.suffix.lower() != CODED_SUFFIX:
        check_input(name)
    if path.is_dir():
        raise UnreadableInput(name, "it is a folder", "Use `unitwise review` for many notes.")
    try:
        return path.read_bytes()
    except OSError as trouble:
        raise UnreadableInput(name, trouble.strerror or "it cannot be read", "Check the file.") from None
