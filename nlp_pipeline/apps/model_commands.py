"""What `unitwise models` takes."""

import argparse
from pathlib import Path
from typing import Any

KEY = "a file with the secret that packs and history are sealed with (default: the file that UNITWISE_MODEL_KEY names, if any)"


def add_models(commands: "argparse._SubParsersAction[Any]") -> None:
    """Describe `unitwise models` and its parts."""
    words = "list, check and take back the models that learned from local decisions"
    command = commands.add_parser("models", help=words, description=f"{words.capitalize()}.", allow_abbrev=False)
    parts = command.add_subparsers(title="commands", metavar="COMMAND", required=True)
    listing = _part(parts, "list", "list the shipped pack and the locally taught ones; * is in use")
    listing.add_argument("--json", action="store_true", help="print packs and history as JSON")
    listing.set_defaults(run=_list)
    back = _part(parts, "rollback", "take the pack in use back: the one before it is in use again")
    back.add_argument("--key", type=Path, metavar="FILE", help=KEY)
    back.set_defaults(run=_roll_back)
    check = _part(parts, "verify", "check every digest and seal of packs and history; ends with 1 if one does not hold")
    check.add_argument("--key", type=Path, metavar="FILE", help=KEY)
    check.add_argument("--json", action="store_true", help="print what was found as JSON")
    check.set_defaults(run=_verify)
    delta = _part(parts, "delta", "write what a locally taught pack weighs otherwise than the shipped one; no word of a note is in it")
    delta.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="the file to write (JSON)")
    delta.add_argument("--model", type=Path, metavar="DIR", help="a locally taught pack (default: the one in use)")
    delta.set_defaults(run=_delta)


def _part(parts: "argparse._SubParsersAction[Any]", name: str, words: str) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = parts.add_parser(name, help=words, description=f"{words[0].upper()}{words[1:]}.", allow_abbrev=False)
    return made


def _list(order: argparse.Namespace) -> int:
    from nlp_pipeline.apps.learning import list_models

    return list_models(as_json=order.json)


def _roll_back(order: argparse.Namespace) -> int:
    from nlp_pipeline.apps.learning import roll_back

    return roll_back(order.key)


def _verify(order: argparse.Namespace) -> int:
    from nlp_pipeline.apps.learning import verify_models

    return verify_models(order.key, as_json=order.json)


def _delta(order: argparse.Namespace) -> int:
    from nlp_pipeline.apps.learning import export_delta

    return export_delta(order.output, order.model)
