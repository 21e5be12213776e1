"""`unitwise code --verify`: re-add the explanations of coded notes from their JSON alone."""

import json
from collections.abc import Sequence
from typing import Any

from nlp_pipeline.errors import UnreadableInput
from nlp_pipeline.records.ledger import Discrepancy, discrepancies

FAILED = 1


def coded_notes_in(data: bytes, name: str) -> list[dict[str, Any]] | None:
    """Read coded notes: one object, an array of them, or one a line. None where the input is no JSON object, and so may be a note."""
    text = data.decode("utf-8-sig", errors="replace").strip()
    if not text.startswith(("{", "[{")):
        return None
    try:
        found = json.loads(text)
        rows = found if isinstance(found, list) else [found]
    except ValueError:
        rows = _lines(text, name)
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict) or not _all_objects(row.get("interventions")):
            raise UnreadableInput(name, f"object {number} is no coded note", "Give what `unitwise code --json` or `unitwise review` wrote.")
    return rows


def verify(rows: Sequence[dict[str, Any]], *, as_json: bool) -> int:
    """Re-add the explanations of coded notes, say which fail, and end with 1 if any does."""
    failed = [each for row in rows for each in discrepancies(row)]
    interventions = sum(len(row["interventions"]) for row in rows)
    (_print_json if as_json else _print_lines)(failed, len(rows), interventions)
    return FAILED if failed else 0


def _print_json(failed: Sequence[Discrepancy], notes: int, interventions: int) -> None:
    told = [{"id": each.note, "intervention": each.number, "start": each.start, "end": each.end, "problem": each.problem} for each in failed]
    print(json.dumps({"notes": notes, "interventions": interventions, "failed": told}))


def _print_lines(failed: Sequence[Discrepancy], notes: int, interventions: int) -> None:
    for each in failed:
        print(each)
    counted = f"{interventions} intervention{'' if interventions == 1 else 's'} of {notes} note{'' if notes == 1 else 's'}"
    broken = len({(each.note, each.number) for each in failed})
    print(f"{counted}: {f'{broken} fail' if failed else 'all contributions add up to the printed margins'}")


def _all_objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


def _lines(text: str, name: str) -> list[Any]:
    rows = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                rows.append(json.loads(line))
            except ValueError:
                raise UnreadableInput(name, f"line {number} is not JSON", "Give what `unitwise code --json` or `unitwise review` wrote.") from None
    return rows
