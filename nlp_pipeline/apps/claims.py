"""`unitwise claim`: encounters in, claims out; every payer side by side where that is asked for."""

import gc
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from nlp_pipeline.errors import EncounterRefused, UnreadableInput
from nlp_pipeline.records.claim_schema import claim_to_json, encounter_from_json
from nlp_pipeline.records.encounter import Encounter
from nlp_pipeline.rule_layer import PatientYears, RuleLayer
from nlp_pipeline.rulebook.own_data import own_descriptors, own_folder

STANDARD_INPUT = "-"


@dataclass(frozen=True, slots=True)
class ClaimOrder:
    """What was asked for on the command line."""

    encounter: str
    as_json: bool
    all_payers: bool
    known_on: date | None


def claim(order: ClaimOrder) -> int:
    """Make the claims and print them; of several encounters, those that cannot be read are told on standard error."""
    rows = list(_rows(order.encounter))
    layer = RuleLayer.load()
    gc.freeze()  # what was loaded stays
    years = PatientYears()
    refused = 0
    for number, row in enumerate(rows, 1):
        try:
            encounter = encounter_from_json(row)
        except EncounterRefused as wrong:
            place = _source(order.encounter)
            if len(rows) == 1:
                raise EncounterRefused(f"{place}: {wrong.field}", wrong.what) from None
            refused += 1
            print(f"unitwise: {place}, encounter {number}: {wrong}", file=sys.stderr)
            continue
        _write(encounter, layer, order, years)
    if refused:
        print(f"unitwise: in {len(rows)}, claims {len(rows) - refused}, refused {refused}", file=sys.stderr)
    return 0


def _write(encounter: Encounter, layer: RuleLayer, order: ClaimOrder, years: PatientYears) -> None:
    if order.all_payers:
        views = list(layer.side_by_side(encounter, order.known_on))
        if order.as_json:
            laid = [{"name": view.name, "differs": view.differs, **claim_to_json(view.audited)} for view in views]
            sys.stdout.write(_line({"id": encounter.id, "views": laid}))
        else:
            from nlp_pipeline.reporting.claim_page import claim_console, show_views

            show_views(encounter.id, views, claim_console())
        return
    [audited] = layer.claim([encounter], order.known_on, years)
    if order.as_json:
        sys.stdout.write(_line(claim_to_json(audited)))
        return
    from nlp_pipeline.reporting.claim_page import claim_console, show_claim

    registry = layer.rulebook.on(encounter.date_of_service, encounter.payer, order.known_on).codes
    show_claim(audited, claim_console(), {code: rule.words for code, rule in registry.items()} | dict(own_descriptors(own_folder())))


def _line(laid_out: dict[str, Any]) -> str:
    return json.dumps(laid_out, ensure_ascii=False, separators=(",", ":"), allow_nan=False) + "\n"


def _rows(name: str) -> Iterator[Any]:
    """Read one JSON value, a list of them, or one a line."""
    text = _text(name)
    try:
        found = _read(text)
    except ValueError:
        yield from _lines(text, name)
        return
    yield from found if isinstance(found, list) else [found]


def _lines(text: str, name: str) -> Iterable[Any]:
    lines = [line for line in text.splitlines() if line.strip()]
    try:
        found = [_read(line) for line in lines]
    except ValueError as wrong:
        raise _unreadable(name, "it is not JSON") from wrong
    if not found:
        raise _unreadable(name, "it is empty")
    return found


def _read(text: str) -> Any:
    return json.loads(text, parse_float=Decimal)


def _text(name: str) -> str:
    try:
        raw = sys.stdin.buffer.read() if name == STANDARD_INPUT else Path(name).read_bytes()
        return raw.decode("utf-8-sig")
    except OSError as trouble:
        raise _unreadable(name, (trouble.strerror or "it cannot be read").lower()) from None
    except UnicodeDecodeError:
        raise _unreadable(name, "it is not UTF-8") from None


def _unreadable(name: str, why: str) -> UnreadableInput:
    return UnreadableInput(_source(name), why, "Give an encounter as JSON; docs/formats.md shows one.")


def _source(name: str) -> str:
    return "stdin" if name == STANDARD_INPUT else name
