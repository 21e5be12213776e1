"""`unitwise audit queue`: the notes of a sample, in the order of the draw, as a queue of the coder tool or as a file that it takes in."""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from nlp_pipeline.apps.audit_folder import AuditFolder
from nlp_pipeline.errors import AuditRefused
from nlp_pipeline.intake.intake import Intake
from nlp_pipeline.intake.notes import FrontDesk
from nlp_pipeline.intake.profiles import Profile
from nlp_pipeline.intake.received import Received
from nlp_pipeline.records.note import Note
from nlp_pipeline.records.sample import Drawn, Sample, Unit

OWNER_ALONE = 0o600  # it holds notes
MARK = 32


@dataclass(frozen=True, slots=True)
class QueueOrder:
    """What was asked for on the command line: a file to write, or a database to put the queue into."""

    folder: Path
    notes: tuple[str, ...]
    output: Path | None
    profile: Profile
    database: str | None = None
    data: Path | None = None


def queue(order: QueueOrder) -> int:
    """Hand the drawn notes to the reviewers; nothing of the bill or of the engine's audit goes with them."""
    folder = AuditFolder(order.folder)
    sample = folder.read_sample()
    drawn = wanted(sample, folder)
    found = _notes(order, {each.id for each in drawn})
    rows = [(each, found[each.id]) for each in drawn if each.id in found]
    if order.output is not None:
        _write(order.output, (note for _, note in rows))
        print(f"{len(rows)} of {len(drawn)} notes of the sample: {order.output}.")
        print("Add it in the coder tool (Add notes); it holds notes, so keep it as you keep them.")
    else:
        units = {unit.id: unit for unit in folder.drawn_universe().units}
        _put(order, sample, [(each, _told(note, units[each.id])) for each, note in rows])
    missing = [each.id for each in drawn if each.id not in found]
    if missing:
        print(f"{len(missing)} notes were not found, the first is {missing[0]!r}: a note that cannot be found supports nothing; say so in the worksheet.")
    return 0


def wanted(sample: Sample, folder: AuditFolder) -> list[Drawn]:
    """Name the units that are to be judged: those drawn, and for each that was replaced the next spare of its stratum."""
    said = folder.read_decisions(None) if folder.decisions.exists() else ()
    replaced = {each.id for each in said if each.standing == "replaced"}
    found: list[Drawn] = []
    for stratum in sample.strata:
        found += [each for each in sample.drawn if each.stratum == stratum.name and each.id not in replaced][: stratum.drawn]
    return found


def mark_of(sample: Sample) -> str:
    """Name an audit by its frame and its seed, which its probe and its full sample share."""
    return hashlib.sha256(f"{sample.frame.digest},{sample.design.seed}".encode()).hexdigest()[:MARK]


def _notes(order: QueueOrder, names: set[str]) -> dict[str, Note]:
    found: dict[str, Note] = {}
    for each in Intake(order.notes, FrontDesk(), profile=order.profile):
        if isinstance(each, Received) and each.note.id in names:
            found.setdefault(each.note.id, each.note)
    if not found:
        raise AuditRefused("the notes", "none of the sample's notes is among them", "Give the notes that the audit was run on.")
    return found


def _told(note: Note, unit: Unit) -> Note:
    """Add what the claim tells where the note does not: the rules of a visit go by its day and its payer."""
    return replace(
        note, date_of_service=note.date_of_service or unit.day, payer=note.payer or unit.payer or None, therapist=note.therapist or unit.therapist or None
    )


def _put(order: QueueOrder, sample: Sample, rows: Sequence[tuple[Drawn, Note]]) -> None:
    from nlp_pipeline.apps.serving import open_store

    store = open_store(order.database, order.data)
    from nlp_pipeline.apps.coder_tool import audits

    twice = sum(each.second_review for each in sample.drawn)
    share = twice / max(1, sum(each.role == "sample" for each in sample.drawn))
    plan = audits.AuditPlan(mark_of(sample), order.folder.resolve().name, sample.design.seed, sample.design.review, share)
    with store.write() as tx:
        added = audits.put(tx, plan, rows)
    there = len(rows) - added
    print(f"{added} notes of the sample are in the coder tool's queue{f', {there} were there already' if there else ''}; the pass is {plan.review}.")
    print(f"{sum(each.second_review for each, _ in rows)} of {len(rows)} go to a second reviewer.")
    print("When they are decided, `unitwise audit collect` brings the decisions back.")


def _write(path: Path, notes: Iterable[Note]) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ALONE), "w", encoding="utf-8", newline="\n") as file:
        file.writelines(_lines(notes))


def _lines(notes: Iterable[Note]) -> Iterator[str]:
    for note in notes:
        day = note.date_of_service.isoformat() if note.date_of_service else None
        told = {"id": note.id, "patient": note.patient, "therapist": note.therapist, "date_of_service": day}
        told |= {"payer": note.payer, "discipline": note.discipline, "text": note.text}
        yield json.dumps({name: value for name, value in told.items() if value is not None}, ensure_ascii=False) + "\n"
