"""Draw docs/images/read_a_note.svg: what `unitwise code` shows for one short note (`make picture`)."""

import io
import re
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI

from nlp_pipeline import Note, Pipeline
from nlp_pipeline.reporting.terminal import show_note

NOTE = """\
Neuro re-ed 97112, 12 min: heel raises 3x10 for calf strength; SLS on foam 3x30 sec, VC for ankle strategy.
Ther act 97530, 23 min: sit to stand from 17" chair x10 to get off the sofa without hands; min A.
Limited by poor balance reactions; goal: gets off the sofa alone. SLS 12 sec, 8 sec last week; tolerated well.
Will add tandem gait next visit. Total timed 40 min.
"""
ADDRESSES = re.compile(r"@font-face \{.*?\}\s*|<!--.*?-->\s*", re.DOTALL)  # fonts from the web; the reader's own will do


def main() -> None:
    """Code the note and draw the terminal."""
    pipeline = Pipeline.load()
    note = Note("n-17", NOTE, date(2026, 3, 2), "medicare", "PT")
    [coded] = pipeline.code([note], counterfactuals=True)
    console = Console(file=io.StringIO(), record=True, width=118, force_terminal=True, color_system="truecolor")
    rules = pipeline.rulebook.on(note.date_of_service, note.payer)
    show_note(coded, console, {code: rule.words for code, rule in rules.codes.items()})
    picture = console.export_svg(title="unitwise code note.txt", theme=DIMMED_MONOKAI, unique_id="note")
    Path(__file__).with_name("read_a_note.svg").write_text(ADDRESSES.sub("", picture), "utf-8")


if __name__ == "__main__":
    main()
