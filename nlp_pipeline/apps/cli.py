"""The command `unitwise`: what each subcommand takes, and how it ends."""

import argparse
import io
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import NoReturn

from nlp_pipeline.apps.audit_commands import add_audit
from nlp_pipeline.apps.intake_commands import add_profile
from nlp_pipeline.apps.model_commands import add_models
from nlp_pipeline.apps.review_command import add_review, workers
from nlp_pipeline.apps.rule_commands import add_claim, add_rules
from nlp_pipeline.apps.serve_commands import add_log, add_serve
from nlp_pipeline.errors import NlpPipelineError

WRONG_USE = 2
INTERRUPTED = 130  # what a shell expects after Ctrl-C

Command = Callable[[argparse.Namespace], int]


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and where help is."""

    def error(self, message: str) -> NoReturn:
        """End with one line on standard error."""
        self.exit(WRONG_USE, f"{self.prog}: {message} (see {self.prog} --help)\n")


class Version(argparse.Action):
    """Prints the version of the installed package."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        """Look the version up only when it is asked for."""
        from importlib.metadata import PackageNotFoundError, version

        try:
            installed = version("unitwise")
        except PackageNotFoundError:
            installed = "(not installed)"
        print(f"unitwise {installed}")
        parser.exit()


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command; whatever a user may meet ends in one line and a status, never in a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a sign shows a question mark
    order = parser().parse_args(arguments)
    run: Command = order.run
    sys.exit(_ended(run, order))


def parser() -> argparse.ArgumentParser:
    """Describe every command and option."""
    top = Parser(
        prog="unitwise",
        description="Reads therapy notes as an auditor would: what was done, which code it supports, how many units it earns, what a review would question.",
        epilog="All of it runs on this machine; nothing is sent anywhere.",
    )
    top.add_argument("--version", action=Version, nargs=0, help="print the version and leave")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_code(commands)
    _add_front_desk(add_review(commands))
    add_profile(commands)
    add_claim(commands)
    add_audit(commands)
    add_rules(commands)
    add_serve(commands)
    add_log(commands)
    _add_train(commands)
    add_models(commands)
    _add_evaluate(commands)
    return top


def _add_code(commands: "argparse._SubParsersAction[Parser]") -> None:
    words = "code one note: the note in colour, codes with reasons, units, findings"
    command = commands.add_parser("code", help=words, description=words.capitalize() + ".", allow_abbrev=False)
    command.add_argument("note", nargs="?", default="-", metavar="NOTE", help="a file that is one note, or - for standard input (default: -)")
    command.add_argument("--json", action="store_true", help="print one coded note as JSON instead")
    command.add_argument("--verify", action="store_true", help="re-add the explanations of coded notes (JSON), or of the NOTE; ends with 1 if one fails")
    _add_front_desk(command)
    command.set_defaults(run=_code)


def _add_train(commands: "argparse._SubParsersAction[Parser]") -> None:
    words = "make the model from the marked-up corpus"
    command = commands.add_parser("train", help=words, description=f"{words.capitalize()}; the result lies in models/, and models/CURRENT names it.")
    command.add_argument("--workers", type=workers, default=2, metavar="N", help="processes side by side (default 2); the model does not depend on it")
    command.add_argument("--cross-validate", action="store_true", help="measure too how each author is read by a model that has not seen the author (slow)")
    command.add_argument("--encoder", action="store_true", help="fit the careful reader's encoder anew (an hour; needs the extra 'encoder')")
    command.add_argument("--recipe", type=Path, metavar="FILE", help="another recipe than training/recipes/unitwise.toml")
    command.add_argument("--models", type=Path, metavar="DIR", help="where packs are kept (default: models/)")
    command.add_argument("--with", choices=("decisions",), dest="teachers", help="learn from the coder tool's decisions too; the old model stays unless beaten")
    command.add_argument("--database", metavar="URL", help="with --with decisions: the coder tool's database (default: the one in the user's own folder)")
    command.add_argument("--key", type=Path, metavar="FILE", help="with --with decisions: the secret to seal the new pack with")
    command.set_defaults(run=_train)


def _add_evaluate(commands: "argparse._SubParsersAction[Parser]") -> None:
    words = "score the model against gold notes"
    command = commands.add_parser("evaluate", help=words, description=f"{words.capitalize()} (JSON Lines, one note a line).")
    command.add_argument("gold", nargs="+", type=Path, metavar="GOLD", help="files of gold notes")
    command.add_argument("--model", type=Path, metavar="DIR", help="the model pack (default: the shipped one)")
    command.add_argument("--json", action="store_true", help="print the figures as JSON")
    command.set_defaults(run=_evaluate)


def _add_front_desk(command: argparse.ArgumentParser) -> None:
    """Add what may be known of a visit where its row does not say, and the model."""
    command.add_argument("--payer", metavar="P", help="the payer, where the note's row does not name one")
    command.add_argument("--date", type=_day, metavar="D", help="the date of service (YYYY-MM-DD), where the row does not say")
    command.add_argument("--discipline", type=_discipline, metavar="X", help="PT or OT, where the row does not say")
    command.add_argument("--model", type=Path, metavar="DIR", help="a model pack other than the one shipped")
    command.add_argument("--reader", choices=("careful", "fast"), default="careful", help="who reads: careful (default) or fast, for very many notes")


def _code(order: argparse.Namespace) -> int:
    from nlp_pipeline.apps.one_note import CodeOrder, code
    from nlp_pipeline.intake.notes import FrontDesk

    return code(CodeOrder(order.note, order.json, FrontDesk(order.date, order.payer, order.discipline), order.model, order.verify, order.reader))


def _train(order: argparse.Namespace) -> int:
    if order.teachers:
        from nlp_pipeline.apps.learning import LearnOrder, learn

        return learn(LearnOrder(order.database, None, order.key))
    from nlp_pipeline.apps.model_making import TrainOrder, train

    return train(TrainOrder(order.workers, order.cross_validate, order.encoder, order.models, order.recipe))


def _evaluate(order: argparse.Namespace) -> int:
    from nlp_pipeline.apps.model_making import evaluate

    return evaluate(order.gold, order.model, order.json)


def _day(written: str) -> date:
    from nlp_pipeline.intake.days import read_day

    day = read_day(written)
    if day is None or day.notice:
        raise argparse.ArgumentTypeError(f"{written!r} is not a date; write YYYY-MM-DD")
    return day.date


def _discipline(written: str) -> str:
    from nlp_pipeline.intake.notes import read_discipline

    return read_discipline(written)


def _can_resume(order: argparse.Namespace) -> bool:
    """Tell whether the command left something to go on from."""
    folder = getattr(order, "output", None)
    return hasattr(order, "resume") and folder is not None and (folder / "unfinished").is_dir()


def _ended(run: Command, order: argparse.Namespace) -> int:
    """Run a command and turn what a user may meet into a line and a status."""
    try:
        status = run(order)
        sys.stdout.flush()
        return status
    except NlpPipelineError as error:
        message = " ".join(str(error).split())
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whoever read the output has read enough
        return 0
    except KeyboardInterrupt:
        print(f"unitwise: interrupted{'; a review goes on where it was with --resume' if _can_resume(order) else ''}", file=sys.stderr)
        return INTERRUPTED
    except OSError as error:
        remedy = "The review goes on where it was with --resume." if _can_resume(order) else "Check the path, and whether you may read and write there."
        message = f"{error.filename or 'output'}: {error.strerror or 'it cannot be written'}. {remedy}"
    except Exception as error:  # a defect of ours: its place is told, its message is not, for that could quote a note
        place = traceback.extract_tb(error.__traceback__)[-1]
        message = f"internal error, {type(error).__name__} at {Path(place.filename).name}:{place.lineno}; please report it"
    print(f"unitwise: {message}", file=sys.stderr)
    return WRONG_USE
