"""`unitwise audit queue`: the notes of a sample, in the order of the draw, as a file that the coder tool takes in."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from nlp_pipeline.apps.audit_folder import AuditFolder
from nlp_pipeline.errors import AuditRefused
from nlp_pipeline.intake.intake import Intake
from nlp_pipeline.intake.notes import FrontDesk
from nlp_pipeline.intake.profiles import Profile
from nlp_pipeline.intake.received import Received
from nlp_pipeline.records.note import Note

OWNER_ALONE = 0o600  # it holds notes


@dataclass(frozen=True, slots=True)
class QueueOrder:
    """What was asked for on the command line."""

    folder: Path
    notes: tuple[str, ...]
    output: Path
    profile: Profile


def queue(order: QueueOrder) -> int:
    """Write the drawn notes, one a line; nothing of the engine stands with them."""
    sample = AuditFolder(order.folder).read_sample()
    drawn = [each.id for each in sample.drawn if each.role == "sample"]
    wanted, found = set(drawn), dict[str, Note]()
    for each in Intake(order.notes, FrontDesk(), profile=order.profile):
        if isinstance(each, Received) and each.note.id in wanted:
            found.setdefault(each.note.id, each.note)
    if not found:
        raise AuditRefused("the notes", "none of the sample's notes is among them", "Give the notes that the audit was run on.")
    with os.fdopen(os.open(order.output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ALONE), "w", encoding="utf-8", newline="\n") as file:
        file.writelines(_line(found[name]) for name in drawn if name in found)
    print(
        f"{len(found)} of {len(drawn)} notes of the sample: {order.output}. Add it in the coder tool (Add notes); it holds notes, so keep it as you keep them."
    )
    return 0


def _line(note: Note) -> str:
    day = note.date_of_service.isoformat() if note.date_of_service else None
    told = {"id": note.id, "patient": note.patient, "therapist": note.therapist, "date_of_service": day}
    told |= {"payer": note.payer, "discipline": note.discipline, "text": note.text}
    return json.dumps({name: value for name, value in told.items() if value is not None}, ensure_ascii=False) + "\n"
