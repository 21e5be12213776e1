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
from nlp_pipeline.records.claim import AuditedClaim
from nlp_pipeline.records.claim_schema import claim_to_json, encounter_from_json
from nlp_pipeline.records.encounter import Encounter
from nlp_pipeline.rule_layer import RuleLayer
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
    refused = 0
    for number, row in enumerate(rows, 1):
        try:
            encounter = encounter_from_json(row)
        except EncounterRefused as wrong:
            if len(rows) == 1:
                raise
            refused += 1
            print(f"unitwise: encounter {number}: {wrong}", file=sys.stderr)
            continue
        sys.stdout.write(_written(encounter, layer, order))
    if refused:
        print(f"unitwise: in {len(rows)}, claims {len(rows) - refused}, refused {refused}", file=sys.stderr)
    return 0


def _written(encounter: Encounter, layer: RuleLayer, order: ClaimOrder) -> str:
    if order.all_payers:
        views = list(layer.side_by_side(encounter, order.known_on))
        if order.as_json:
            return _line({"id": encounter.id, "views": [{"name": view.name, "differs": view.differs, **claim_to_json(view.audited)} for view in views]})
        rows = [f"{view.name:<34}{view.audited.claim.method:<17}{_units(view.audited)}{f'   {view.differs}' if view.differs else ''}" for view in views]
        return "\n".join([f"{encounter.id}: each way of counting, each payer; what differs from Medicare's pooled rule is told", *rows, ""])
    [audited] = layer.claim([encounter], order.known_on)
    return _line(claim_to_json(audited)) if order.as_json else _page(audited)


def _line(laid_out: dict[str, Any]) -> str:
    return json.dumps(laid_out, ensure_ascii=False, separators=(",", ":"), allow_nan=False) + "\n"


def _units(audited: AuditedClaim) -> str:
    units: dict[str, int] = {}
    for line in audited.claim.lines:
        units[line.code] = units.get(line.code, 0) + line.units
    return ", ".join(f"{code} {count}" for code, count in units.items()) or "no lines"


def _page(audited: AuditedClaim) -> str:
    claim = audited.claim
    rows = [f"Claim {audited.encounter.id}, {audited.payer}, rules of {claim.rules_dated}"]
    for line in claim.lines:
        allowed = "" if line.allowed is None else f"${line.allowed}"
        rows.append(f"  {line.code} × {line.units}  {' '.join(line.modifiers):<16}{allowed}".rstrip())
        if words := own_descriptors(own_folder()).get(line.code):
            rows.append(f"      {words}")
    rows += [f"{number}. {step}" for number, step in enumerate(claim.explanation, 1)]
    rows += [f"{finding.severity}: {finding.message} ({finding.source})" for finding in audited.findings]
    rows += [f"notice: {notice}" for notice in audited.notices]
    return "\n".join([*rows, ""])


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
    return UnreadableInput("stdin" if name == STANDARD_INPUT else name, why, "Give an encounter as JSON; docs/formats.md shows one.")
