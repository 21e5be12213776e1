"""The command `unitwise audit`: what it takes, and the steps that hang under it."""

import argparse
from datetime import date
from pathlib import Path
from typing import Any

from nlp_pipeline.apps.sampling_commands import add_steps


def add_audit(commands: "argparse._SubParsersAction[Any]") -> None:
    """Describe `unitwise audit`."""
    words = "compare what was billed with what the notes support: notes, claims and charges in; every difference, both directions, out"
    command = commands.add_parser("audit", help=words, description=words.capitalize() + ".", allow_abbrev=False)
    command.add_argument("--notes", nargs="+", metavar="INPUT", help="the notes, as `unitwise review` takes them")
    command.add_argument("--claims", nargs="+", metavar="CLAIMS", help="what was sent and paid: X12 837 and 835, FHIR Claims, DFT messages, CSV or XLSX")
    command.add_argument("--charges", nargs="+", default=[], metavar="CHARGES", help="what the clinic's own system charged: CSV, XLSX or DFT messages")
    command.add_argument("-o", "--output", type=Path, metavar="DIR", help="the folder for the results")
    command.add_argument("--profile", type=Path, metavar="PROFILE", help="which column of the notes is what")
    command.add_argument("--claims-profile", type=Path, metavar="PROFILE", help="which column of claims and charges is what")
    command.add_argument("--whole-year", action="store_true", help="the claims are all of each patient's year: an attestation before the threshold is told")
    command.add_argument("--letter", type=_day, metavar="D", help="the day of a request for records: write packets.jsonl, with what it asks for and by when")
    command.add_argument("--round", type=int, metavar="N", help="how many claims a contractor's round draws (default: 40)")
    command.add_argument("--seed", type=int, metavar="N", help="the seed of that draw")
    command.add_argument("--overwrite", action="store_true", help="remove the results of an earlier audit from DIR first")
    command.add_argument(
        "--fail-on", action="append", default=[], metavar="CATEGORY|material", help="end with status 1 if there is such a discrepancy; may be repeated"
    )
    command.add_argument("--payer", metavar="P", help="the payer, where neither note nor claim names one")
    command.add_argument("--date", type=_day, metavar="D", help="the date of service (YYYY-MM-DD), where the note does not say")
    command.add_argument("--discipline", type=_discipline, metavar="X", help="PT or OT, where the note does not say")
    command.add_argument("--model", type=Path, metavar="DIR", help="a model pack other than the one shipped")
    command.add_argument("--reader", choices=("careful", "fast"), default="careful", help="who reads: careful (default) or fast, for very many notes")
    command.set_defaults(run=_audit, refuse=command.error)
    add_steps(command.add_subparsers(title="steps that follow, each on the folder of an audit", metavar="STEP"))


def _audit(order: argparse.Namespace) -> int:
    from nlp_pipeline.apps.intake_commands import profile_of
    from nlp_pipeline.apps.retro_audit import AuditOrder, audit
    from nlp_pipeline.intake.claim_tables import ClaimProfile
    from nlp_pipeline.intake.notes import FrontDesk

    for name, given in (("--notes INPUT", order.notes), ("--claims CLAIMS", order.claims), ("-o DIR", order.output)):
        if not given:
            order.refuse(f"{name} is missing")
    return audit(
        AuditOrder(
            notes=order.notes,
            claims=order.claims,
            output=order.output,
            charges=order.charges,
            desk=FrontDesk(order.date, order.payer, order.discipline),
            profile=profile_of(order.profile),
            claim_profile=ClaimProfile.read(order.claims_profile) if order.claims_profile else ClaimProfile(),
            model=order.model,
            reader=order.reader,
            whole_year=order.whole_year,
            overwrite=order.overwrite,
            fail_on=order.fail_on,
            letter=order.letter,
            round_size=order.round,
            seed=order.seed,
        )
    )


def _day(written: str) -> date:
    from nlp_pipeline.intake.days import read_day

    day = read_day(written)
    if day is None or day.notice:
        raise argparse.ArgumentTypeError(f"{written!r} is not a date; write YYYY-MM-DD")
    return day.date


def _discipline(written: str) -> str:
    from nlp_pipeline.intake.notes import read_discipline

    return read_discipline(written)
