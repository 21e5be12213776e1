"""What the steps of `unitwise audit` take on the command line."""

import argparse
from pathlib import Path
from typing import Any

from nlp_pipeline.apps.serve_commands import DATA_WORDS, DATABASE_WORDS
from nlp_pipeline.records.sample import PASSES, STRATUM_FIELDS, Wish

Steps = Any  # argparse does not name the type of its list of subcommands
STANDARD = Wish("")


def add_steps(steps: Steps) -> None:
    """Describe every step that follows the comparison of notes and claims."""
    _add_sample(steps, "plan", "show the frame and the sample that would be drawn; nothing is written", only_plan=True)
    _add_sample(steps, "sample", "draw a random sample of the audited claims: worksheet for reviewers and sampling memo", only_plan=False)
    queue = _step(steps, "queue", "the notes of the sample, in the order of the draw, as a queue of the coder tool or as a file that it takes in", _queue)
    queue.add_argument("--notes", nargs="+", required=True, metavar="INPUT", help="the notes that the audit was run on")
    queue.add_argument("--profile", type=Path, metavar="PROFILE", help="which column of the notes is what")
    where = queue.add_mutually_exclusive_group(required=True)
    where.add_argument("-o", "--output", type=Path, metavar="FILE", help="the file to write (JSON Lines)")
    where.add_argument("--database", metavar="URL", help=f"put them into {DATABASE_WORDS}")
    queue.add_argument("--data", type=Path, metavar="DIR", help=DATA_WORDS)
    collect = _step(steps, "collect", "what the reviewers decided in the coder tool, brought into decisions.csv", _collect)
    collect.add_argument("--database", metavar="URL", help=DATABASE_WORDS)
    collect.add_argument("--data", type=Path, metavar="DIR", help=DATA_WORDS)
    estimate = _step(steps, "estimate", "what the reviewed sample says of all claims: estimate, limits, error rates", _estimate)
    estimate.add_argument("--decisions", type=Path, metavar="FILE", help="the worksheet as filled in, CSV or XLSX (default: decisions.csv in DIR)")
    report = _step(steps, "report", "the audit as a PDF, a page and working papers", _report)
    report.add_argument("--full", action="store_true", help="show names and ids as they are (default: masked)")
    _add_capsule(steps)


def _add_capsule(steps: Steps) -> None:
    sealed = _step(steps, "seal", "seal the audit into one file that can be replayed years later", _seal)
    sealed.add_argument("-o", "--output", type=Path, required=True, metavar="CAPSULE", help="the file to write")
    sealed.add_argument("--inputs", nargs="+", type=Path, default=[], metavar="INPUT", help="put these inputs in too; otherwise their hashes alone")
    sealed.add_argument("--counsel", action="store_true", help="head the capsule as privileged")
    sealed.add_argument("--without-quotes", action="store_true", help="leave out every part that quotes a note; their hashes stay")
    sealed.add_argument("--key", type=Path, metavar="FILE", help="sign it with the key in this file")
    checked = _on_capsule(steps, "verify", "whether a capsule is whole; ends with 1 if not", _verify)
    checked.add_argument("--seal", metavar="HEX", help="the seal it should have")
    checked.add_argument("--key", type=Path, metavar="FILE", help="the key it should be signed with")
    again = _on_capsule(steps, "replay", "make a sealed audit again and compare every part, byte by byte; ends with 1 if one differs", _replay)
    again.add_argument("--inputs", nargs="+", type=Path, default=[], metavar="INPUT", help="files or folders in which the inputs are looked for")
    again.add_argument("--model", type=Path, metavar="DIR", help="the model pack of the audit, if it is not the one shipped")


def _add_sample(steps: Steps, name: str, words: str, *, only_plan: bool) -> None:
    step = _step(steps, name, words, _sample)
    step.set_defaults(only_plan=only_plan, refuse=step.error)
    step.add_argument("--size", type=int, metavar="N", help="how many units")
    step.add_argument("--seed", default="", metavar="S", help="any text or number; drawn by lot and printed where none is given")
    step.add_argument("--strata", default="", metavar="F,F", help=f"draw by strata: {', '.join(STRATUM_FIELDS)}, or several with commas between them")
    step.add_argument("--spares", type=int, default=STANDARD.spares, metavar="N", help="spares in each stratum (default: none)")
    step.add_argument("--probe", type=Path, metavar="DECISIONS", help="go on from a judged probe: its overpayments say how many units are needed")
    step.add_argument("--precision", type=float, default=STANDARD.precision, metavar="P", help="with --probe: the precision wanted (default: 0.25)")
    step.add_argument("--confidence", type=float, default=STANDARD.level, metavar="C", help="with --probe: at which confidence (default: 0.90)")
    step.add_argument("--review", choices=PASSES, default=STANDARD.review, help="whether reviewers see what the engine says (default: blind)")
    step.add_argument("--second", type=float, default=STANDARD.second_share, metavar="SHARE", help="share that a second reviewer judges too (default: 0.10)")
    step.add_argument("--universe", type=Path, metavar="TABLE", help="draw from this CSV or XLSX (id, paid, …) instead of the audit's own visits")
    step.add_argument(
        "--basis", choices=("allowed", "paid"), default="allowed", help="amounts: what is allowed for the lines, or what was paid (default: allowed)"
    )
    step.add_argument("--overwrite", action="store_true", help="draw anew where a sample has been drawn already")


def _on_capsule(steps: Steps, name: str, words: str, run: Any) -> argparse.ArgumentParser:
    step: argparse.ArgumentParser = steps.add_parser(name, help=words, description=words[0].upper() + words[1:] + ".", allow_abbrev=False)
    step.add_argument("capsule", type=Path, metavar="CAPSULE", help="the file that `seal` has written")
    step.set_defaults(run=run)
    return step


def _step(steps: Steps, name: str, words: str, run: Any) -> argparse.ArgumentParser:
    step: argparse.ArgumentParser = steps.add_parser(name, help=words, description=words[0].upper() + words[1:] + ".", allow_abbrev=False)
    step.add_argument("folder", type=Path, metavar="DIR", help="the folder of the audit")
    step.set_defaults(run=run)
    return step


def _sample(order: argparse.Namespace) -> int:
    from nlp_pipeline.apps.sampling import SampleOrder, sample

    strata = tuple(each.strip() for each in order.strata.split(",") if each.strip())
    for each in strata:
        if each not in STRATUM_FIELDS:
            order.refuse(f"argument --strata: {each!r} is none of {', '.join(STRATUM_FIELDS)}")
    for name, share in (("--precision", order.precision), ("--confidence", order.confidence)):
        if not 0 < share < 1:
            order.refuse(f"argument {name}: {share} does not lie between 0 and 1")
    for name, number, least in (("--size", order.size, 1), ("--spares", order.spares, 0)):
        if number is not None and number < least:
            order.refuse(f"argument {name}: {number} is fewer than {least}")
    if not 0 <= order.second <= 1:
        order.refuse(f"argument --second: {order.second} does not lie between 0 and 1")
    wish = Wish(order.seed, order.size, order.confidence, order.precision, strata, order.spares, order.review, order.second)
    return sample(SampleOrder(order.folder, wish, order.universe, order.basis, order.probe, order.overwrite, order.only_plan))


def _estimate(order: argparse.Namespace) -> int:
    from nlp_pipeline.apps.sampling import estimate

    return estimate(order.folder, order.decisions)


def _queue(order: argparse.Namespace) -> int:
    from nlp_pipeline.apps.audit_queue import QueueOrder, queue
    from nlp_pipeline.apps.intake_commands import profile_of

    return queue(QueueOrder(order.folder, tuple(order.notes), order.output, profile_of(order.profile), order.database, order.data))


def _collect(order: argparse.Namespace) -> int:
    from nlp_pipeline.apps.audit_collection import CollectOrder, collect

    return collect(CollectOrder(order.folder, order.database, order.data))


def _report(order: argparse.Namespace) -> int:
    from nlp_pipeline.apps.audit_report import report

    return report(order.folder, masked=not order.full)


def _seal(order: argparse.Namespace) -> int:
    from nlp_pipeline.apps.capsule import SealOrder, seal

    return seal(SealOrder(order.folder, order.output, tuple(order.inputs), order.counsel, order.without_quotes, order.key))


def _verify(order: argparse.Namespace) -> int:
    from nlp_pipeline.apps.capsule import verify

    return verify(order.capsule, order.seal, order.key)


def _replay(order: argparse.Namespace) -> int:
    from nlp_pipeline.apps.capsule_replay import ReplayOrder, replay

    return replay(ReplayOrder(order.capsule, tuple(order.inputs), order.model))
