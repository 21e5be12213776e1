"""What a coding process runs in a test of the process itself."""

import os

from nlp_pipeline.apps.coder_tool.coding_process import CodedVisit


def code_or_die(notes, *_):
    """Answer with each note's id; one word ends the process, another asks which process it is."""
    if any(note.text == "DIE" for note in notes):
        os._exit(9)
    return [CodedVisit(coded=note.id, model=str(os.getpid()) if note.text == "pid" else None) for note in notes]
