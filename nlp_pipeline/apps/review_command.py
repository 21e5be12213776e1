"""What `unitwise review` takes on the command line."""

import argparse
from pathlib import Path
from typing import Any

INPUTS = "a file (TXT CSV TSV XLSX Parquet JSONL DOCX PDF RTF HTML HL7 FHIR C-CDA ZIP), a folder, a pattern like 'march/*.csv', or - for standard input"
FORMS = "jsonl: a note a line; csv, parquet, xlsx: a claim line a row, xlsx as a worklist with summary (default: jsonl)"


def add_review(commands: Any) -> Any:
    """Describe `review`; what is known of every visit is added by the caller."""
    words = "code many notes: files and folders in; coded notes, findings across them, rejected rows and a page out"
    command = commands.add_parser("review", help=words, description=words.capitalize() + ".", allow_abbrev=False)
    command.add_argument("inputs", nargs="+", metavar="INPUT", help=INPUTS)
    command.add_argument("-o", "--output", type=Path, metavar="DIR", help="the folder for the results")
    command.add_argument("--dry-run", action="store_true", help="code nothing: say what would be read, and what rejected and why")
    command.add_argument("--profile", type=Path, metavar="PROFILE", help="which column is what, as `unitwise profile --save` has kept it")
    command.add_argument("--format", choices=("jsonl", "csv", "parquet", "xlsx"), default="jsonl", help=FORMS)
    command.add_argument("--workers", type=workers, default=1, metavar="N", help="processes to work on (default: 1)")
    command.add_argument(
        "--engine", choices=("local", "spark"), default="local", help="what to code on: processes of this machine, or Spark (Parquet inputs only)"
    )
    command.add_argument("--spark", action="append", default=[], type=setting, metavar="KEY=VALUE", help="a setting of Spark; may be repeated")
    again = command.add_mutually_exclusive_group()
    again.add_argument("--resume", action="store_true", help="go on where a stopped run of the same inputs left off")
    again.add_argument("--overwrite", action="store_true", help="remove the results of an earlier run from DIR first")
    command.add_argument(
        "--fail-on", action="append", default=[], metavar="SEVERITY|CODE", help="end with status 1 if there is such a finding; may be repeated"
    )
    command.add_argument("--with-text", action="store_true", help="show whole notes in summary.html, where it shows the words of the evidence alone")
    command.add_argument("--surrogate-ids", action="store_true", help="number notes, patients, therapists and clinics in summary.html, and name none")
    command.set_defaults(run=_review, refuse=command.error)
    return command


def _review(order: argparse.Namespace) -> int:
    from nlp_pipeline.apps.bulk_review import review
    from nlp_pipeline.apps.intake_commands import profile_of
    from nlp_pipeline.apps.review_order import Engine, Page, ReviewOrder
    from nlp_pipeline.intake.notes import FrontDesk

    if order.output is None and not order.dry_run:
        order.refuse("the folder for the results is missing: -o DIR, or --dry-run")
    return review(
        ReviewOrder(
            inputs=order.inputs,
            output=order.output or Path(),
            form=order.format,
            workers=order.workers,
            resume=order.resume,
            overwrite=order.overwrite,
            model=order.model,
            desk=FrontDesk(order.date, order.payer, order.discipline),
            fail_on=order.fail_on,
            reader=order.reader,
            profile=profile_of(order.profile),
            dry_run=order.dry_run,
            page=Page(order.with_text, order.surrogate_ids),
            engine=Engine(order.engine, tuple(order.spark)),
        )
    )


def workers(written: str) -> int:
    """Read a number of processes."""
    if not written.isascii() or not written.isdigit() or int(written) < 1:
        raise argparse.ArgumentTypeError(f"{written!r} is not a number of processes")
    return int(written)


def setting(written: str) -> tuple[str, str]:
    """Read a setting of Spark."""
    name, sign, value = written.partition("=")
    if not sign or not name.startswith("spark."):
        raise argparse.ArgumentTypeError(f"{written!r} is not a setting; write spark.name=value")
    return name, value
