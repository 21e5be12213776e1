"""`unitwise audit`: notes and what was billed for them in; every visit compared, what has no partner, and a summary out."""

import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path, PurePath
from typing import Any, TextIO

from nlp_pipeline.apps.audit_summary import AuditTally
from nlp_pipeline.audit_layer import answer_due, packet_of, probe
from nlp_pipeline.errors import ResultsInTheWay, UnreadableInput
from nlp_pipeline.intake.claim_tables import ClaimProfile
from nlp_pipeline.intake.claims import ClaimIntake
from nlp_pipeline.intake.intake import Intake
from nlp_pipeline.intake.notes import FrontDesk
from nlp_pipeline.intake.profiles import Profile
from nlp_pipeline.intake.received import Received, Rejected
from nlp_pipeline.records.audit_case import AuditedVisit, AuditTerms, Unmatched
from nlp_pipeline.records.audit_schema import audited_to_json, packet_to_json, probe_to_json, unmatched_to_json
from nlp_pipeline.records.billed_claim import BilledClaim
from nlp_pipeline.records.coded_note import ReaderName
from nlp_pipeline.records.note import Note

AUDITED, UNMATCHED, REJECTED, SUMMARY, PACKETS = "audit.jsonl", "unmatched.jsonl", "rejected.jsonl", "summary.json", "packets.jsonl"
OURS = (AUDITED, UNMATCHED, REJECTED, SUMMARY, PACKETS)
EVALUATION = "evaluation"


@dataclass(frozen=True, slots=True)
class AuditOrder:
    """What was asked for on the command line. `letter` is the day of a request for records, `round_size` how many claims a round of probing draws."""

    notes: Sequence[str]
    claims: Sequence[str]
    output: Path
    charges: Sequence[str] = ()
    desk: FrontDesk = field(default_factory=FrontDesk)
    profile: Profile = field(default_factory=Profile)
    claim_profile: ClaimProfile = field(default_factory=ClaimProfile)
    model: Path | None = None
    reader: ReaderName = "careful"
    whole_year: bool = False
    overwrite: bool = False
    fail_on: Sequence[str] = ()
    letter: date | None = None
    round_size: int | None = None
    seed: int | None = None

    def options(self) -> dict[str, Any]:
        """Tell everything beside the inputs that changes the answer."""
        return {
            "reader": self.reader,
            "whole_year": self.whole_year,
            "date": self.desk.date_of_service.isoformat() if self.desk.date_of_service else None,
            "payer": self.desk.payer,
            "discipline": self.desk.discipline,
            "profile": self.profile.to_toml(),
            "claim_profile": self.claim_profile.to_toml(),
            "letter": self.letter.isoformat() if self.letter else None,
            "round_size": self.round_size,
            "seed": self.seed,
        }


def order_of(options: Mapping[str, Any], inputs: Mapping[str, Sequence[str]], output: Path, model: Path | None = None) -> AuditOrder:
    """Make an order again from the options and inputs that a summary tells; inputs are paths by their role."""
    return AuditOrder(
        notes=inputs["notes"],
        claims=inputs["claims"],
        output=output,
        charges=inputs.get("charges", ()),
        desk=FrontDesk(date.fromisoformat(options["date"]) if options["date"] else None, options["payer"], options["discipline"]),
        profile=Profile.from_toml(options["profile"]),
        claim_profile=ClaimProfile.from_toml(options["claim_profile"]),
        model=model,
        reader=options["reader"],
        whole_year=options["whole_year"],
        letter=date.fromisoformat(options["letter"]) if options["letter"] else None,
        round_size=options["round_size"],
        seed=options["seed"],
    )


@dataclass(slots=True)
class Taken:
    """What came in: notes, bills, and the rows of both that were rejected."""

    notes: list[Note] = field(default_factory=list)
    billed: list[BilledClaim] = field(default_factory=list)
    rejected: list[tuple[str, Rejected]] = field(default_factory=list)

    def refuse_if_nothing(self, order: AuditOrder) -> None:
        """Refuse a run of which a whole side could not be read."""
        for role, held, names in (("notes", self.notes, order.notes), ("claims", self.billed, order.claims)):
            if not held:
                first = next((row for side, row in self.rejected if side == role), None)
                why = first.message.rstrip(".") if first else f"there are no {role} in it"
                raise UnreadableInput(first.place.source if first else names[0], why[0].lower() + why[1:], first.remedy if first else "Check the input.")


def audit(order: AuditOrder) -> int:
    """Run a retrospective audit and tell its outcome; the exit status is given back."""
    _prepare(order)
    taken = take_in(order)
    taken.refuse_if_nothing(order)
    tally = AuditTally()
    with ExitStack() as stack:
        files = {name: stack.enter_context((order.output / name).open("w", encoding="utf-8", newline="\n")) for name in (AUDITED, UNMATCHED, REJECTED)}
        for role, row in taken.rejected:
            _write(files[REJECTED], {"role": role, **row.to_json(), "source": PurePath(row.place.source).name})
        visits = list(_answers(order, taken, files, tally))
    if order.letter:
        _write_packets(order, visits)
    tally.rejected.update(f"{role}: {row.reason}" for role, row in taken.rejected)
    summary = _summary(order, tally, visits)
    (order.output / SUMMARY).write_text(json.dumps(summary, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")
    from nlp_pipeline.reporting.audit_terminal import tell_audit

    tell_audit(summary, str(order.output), sys.stdout)
    return 1 if tally.asks_to_fail(order.fail_on) else 0


def take_in(order: AuditOrder) -> Taken:
    """Read every note, claim and charge."""
    taken = Taken()
    for note in Intake(order.notes, order.desk, leave_out=order.output, profile=order.profile):
        if isinstance(note, Received):
            taken.notes.append(note.note)
        else:
            taken.rejected.append(("notes", note))
    sides: tuple[tuple[str, Iterable[BilledClaim | Rejected]], ...] = (
        ("claims", ClaimIntake(order.claims, "submitted", order.claim_profile)),
        ("charges", ClaimIntake(order.charges, "charge", order.claim_profile)),
    )
    for role, rows in sides:
        for row in rows:
            if isinstance(row, Rejected):
                taken.rejected.append((role, row))
            else:
                taken.billed.append(row)
    return taken


def _answers(order: AuditOrder, taken: Taken, files: Mapping[str, TextIO], tally: AuditTally) -> Iterator[AuditedVisit]:
    from nlp_pipeline.apps.across_audit import across_notes
    from nlp_pipeline.pipeline import Pipeline  # heavy; a door must open without it

    pipeline = Pipeline.load(order.model, order.reader)
    tally.model, tally.digests = pipeline.model, dict(pipeline.digests)
    tally.taken_in = {"notes": len(taken.notes), "bills": len(taken.billed)}
    for answer in pipeline.audit(taken.notes, taken.billed, AuditTerms(order.whole_year, across_notes)):
        if isinstance(answer, Unmatched):
            tally.leave(answer)
            _write(files[UNMATCHED], unmatched_to_json(answer))
        else:
            tally.add(answer)
            _write(files[AUDITED], audited_to_json(answer))
            yield answer


def _prepare(order: AuditOrder) -> None:
    """Make the folder of the results, or refuse one that holds a run or an input."""
    taken = {order.output.resolve(), *(order.output.resolve() / name for name in OURS)}
    if any(Path(name).resolve() in taken for name in (*order.notes, *order.claims, *order.charges)):
        raise ResultsInTheWay(str(order.output), "its results would lie among the inputs", "Name another folder with -o.")
    order.output.mkdir(parents=True, exist_ok=True)
    held = [name for name in OURS if (order.output / name).exists()]
    if held and not order.overwrite:
        raise ResultsInTheWay(str(order.output), "it already holds the results of an audit", "Start again with --overwrite, or name another folder with -o.")
    for name in held:
        (order.output / name).unlink()


def _summary(order: AuditOrder, tally: AuditTally, visits: Sequence[AuditedVisit]) -> dict[str, Any]:
    from importlib.metadata import PackageNotFoundError, version

    from nlp_pipeline.rulebook.digest import rulebook_digest

    try:
        installed = version("unitwise")
    except PackageNotFoundError:
        installed = "(not installed)"
    inputs = [("notes", name) for name in order.notes] + [("claims", name) for name in order.claims] + [("charges", name) for name in order.charges]
    return {
        **tally.to_json(),
        "probe": probe_to_json(probe(visits, order.round_size, order.seed)),
        "inputs": [entry for role, name in inputs for entry in _fingerprints(role, Path(name))],
        "options": order.options(),
        "rules_sha256": rulebook_digest(),
        "unitwise": installed,
    }


def _fingerprints(role: str, path: Path) -> Iterator[dict[str, str]]:
    """Name each file of an input, and the hash of its bytes."""
    files = [path] if path.is_file() else sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else []
    for each in files:
        name = each.relative_to(path.parent).as_posix() if path.is_dir() else each.name
        with each.open("rb") as stream:
            yield {"role": role, "name": name, "sha256": hashlib.file_digest(stream, "sha256").hexdigest()}


def _write_packets(order: AuditOrder, visits: Sequence[AuditedVisit]) -> None:
    """Write, for each visit, what a request for its records would ask for, and by when."""
    from nlp_pipeline.rulebook.rulebook import Rulebook

    evaluations = frozenset(code for code, rule in Rulebook.open().on(None, None).codes.items() if EVALUATION in rule.words)
    by_patient: dict[str | None, list[AuditedVisit]] = {}
    for visit in visits:
        by_patient.setdefault(visit.patient, []).append(visit)
    due = answer_due(order.letter) if order.letter else None
    with (order.output / PACKETS).open("w", encoding="utf-8", newline="\n") as file:
        for visit in visits:
            index = packet_to_json(packet_of(visit, by_patient[visit.patient], evaluations))
            _write(file, {"id": visit.id, "claims": list(visit.billed.claims), "due": due.isoformat() if due else None, "index": index})


def _write(file: TextIO, row: Mapping[str, Any]) -> None:
    file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":"), allow_nan=False) + "\n")
