"""What `unitwise claim` and `unitwise rules` take on the command line."""

import argparse
from datetime import date
from pathlib import Path
from typing import Any

Commands = Any  # argparse does not name the type of its list of subcommands
KINDS = ("ncci", "mue", "mpfs", "gpci")


def add_claim(commands: Commands) -> None:
    """Describe `claim`."""
    words = "the rule layer alone: services and minutes in, claim lines out"
    command = commands.add_parser("claim", help=words, description=words[0].upper() + words[1:] + ".", allow_abbrev=False)
    command.add_argument("encounter", nargs="?", default="-", metavar="ENCOUNTER", help="a JSON or JSON Lines file, or - for standard input (default: -)")
    command.add_argument("--json", action="store_true", help="print each claim as one line of JSON")
    command.add_argument("--all-payers", action="store_true", help="show the visit under every method and every payer profile, side by side")
    command.add_argument("--as-known-on", type=_day, metavar="D", help="use only rules that had been published by that day (YYYY-MM-DD)")
    command.set_defaults(run=_claim)


def add_rules(commands: Commands) -> None:
    """Describe `rules` and what it can be asked."""
    words = "list and show the dated rules; look up a pair, a limit, a price; import the official tables"
    command = commands.add_parser("rules", help=words, description=words[0].upper() + words[1:] + ".", allow_abbrev=False)
    command.set_defaults(run=_list, unconfirmed=False, json=False)
    asked = command.add_subparsers(title="questions", metavar="QUESTION")
    listed = _question(asked, "list", "every rule, its newest value, how old it is and how firm its source is", _list)
    listed.add_argument("--unconfirmed", action="store_true", help="only values that no source confirms or on which sources conflict")
    shown = _question(asked, "show", "one rule with all its values, dates and sources", _show)
    shown.add_argument("rule", metavar="RULE", help="its name, as `rules list` gives it")
    pair = _dated(_question(asked, "ncci", "whether two codes are an edited pair", _ncci))
    pair.add_argument("codes", nargs=2, metavar="CODE", help="the two codes, in either order")
    limit = _dated(_question(asked, "mue", "how many units of a code are believed", _mue))
    limit.add_argument("code", metavar="CODE", help="the code")
    price = _dated(_question(asked, "price", "what Medicare allows for one unit of a code", _price))
    price.add_argument("code", metavar="CODE", help="the code")
    price.add_argument("--locality", metavar="L", help="a locality of the fee schedule (default: national)")
    check = _dated(_question(asked, "check", "whether the modifiers of a line are in order", _check))
    check.add_argument("code", metavar="CODE", help="the code of the line")
    check.add_argument("--modifiers", default="", metavar="M,M", help="the modifiers, with commas between them")
    check.add_argument("--payer", default="medicare", metavar="P", help="the payer (default: medicare)")
    profiles = _question(asked, "payers", "every payer profile with its terms; your own are run against their examples", _payers)
    profiles.add_argument("--on", type=_day, metavar="D", help="the day (YYYY-MM-DD; default: the newest rules)")
    taken = _question(asked, "import", "take in an official file as it is published", _import)
    taken.add_argument("kind", choices=KINDS, help="ncci: code pairs; mue: unit limits; mpfs: fee schedule; gpci: localities")
    taken.add_argument("files", nargs="+", type=Path, metavar="FILE", help="the file, or all parts of it: zip, txt, csv or xlsx")
    taken.add_argument("--period", metavar="P", help="its quarter (2026Q4) or year (2026), where its name does not tell")
    changed = _question(asked, "diff", "what changes from one period of a table to another", _diff)
    changed.add_argument("periods", nargs=2, metavar="PERIOD", help="two periods, such as 2026Q3 2026Q4")
    changed.add_argument("--kind", choices=KINDS, default="ncci", help="which table (default: ncci)")


def _question(asked: Commands, name: str, words: str, run: Any) -> argparse.ArgumentParser:
    question: argparse.ArgumentParser = asked.add_parser(name, help=words, description=words[0].upper() + words[1:] + ".", allow_abbrev=False)
    question.add_argument("--json", action="store_true", help="print the answer as JSON")
    question.set_defaults(run=run)
    return question


def _dated(question: argparse.ArgumentParser) -> argparse.ArgumentParser:
    question.add_argument("--on", type=_day, metavar="D", help="the date of service (YYYY-MM-DD; default: the newest rules)")
    return question


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{written!r} is not a date; write YYYY-MM-DD") from None


def _claim(order: argparse.Namespace) -> int:
    from nlp_pipeline.apps.claims import ClaimOrder, claim

    return claim(ClaimOrder(order.encounter, order.json, order.all_payers, order.as_known_on))


def _list(order: argparse.Namespace) -> int:
    from nlp_pipeline.apps.rules import list_rules

    return list_rules(order.unconfirmed, order.json)


def _show(order: argparse.Namespace) -> int:
    from nlp_pipeline.apps.rules import show_rule

    return show_rule(order.rule, order.json)


def _ncci(order: argparse.Namespace) -> int:
    from nlp_pipeline.apps.rules import ask_pair

    return ask_pair(order.codes[0], order.codes[1], order.on, order.json)


def _mue(order: argparse.Namespace) -> int:
    from nlp_pipeline.apps.rules import ask_limit

    return ask_limit(order.code, order.on, order.json)


def _price(order: argparse.Namespace) -> int:
    from nlp_pipeline.apps.rules import ask_price

    return ask_price(order.code, order.on, order.locality, order.json)


def _check(order: argparse.Namespace) -> int:
    from nlp_pipeline.apps.rules import CheckOrder, check_line

    modifiers = [each.strip().upper() for each in order.modifiers.replace(" ", ",").split(",") if each.strip()]
    return check_line(CheckOrder(order.code, modifiers, order.on, order.payer), order.json)


def _payers(order: argparse.Namespace) -> int:
    from nlp_pipeline.apps.rules import list_payers

    return list_payers(order.on, order.json)


def _import(order: argparse.Namespace) -> int:
    from nlp_pipeline.apps.rule_files import import_table

    return import_table(order.kind, order.files, order.period, order.json)


def _diff(order: argparse.Namespace) -> int:
    from nlp_pipeline.apps.rule_files import compare

    return compare(order.kind, order.periods[0], order.periods[1], order.json)
