"""Check the explanations of a coded note from its JSON alone: does what is printed add up to what was decided?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import fsum, isfinite
from typing import Any, Final

TOLERANCE: Final = 1e-9  # log-odds; weights are written so that they add up exactly
_ROUNDING: Final = 1e-5  # chances are sums in single precision


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """What does not hold for one intervention of a note, counted from 1 in the order of the JSON."""

    note: str
    number: int
    start: int | None
    end: int | None
    code: str
    problem: str

    def __str__(self) -> str:
        """Name the intervention and what is wrong with it."""
        return f"{self.note}: intervention {self.number} ({self.start}-{self.end}, {self.code}): {self.problem}"


def discrepancies(row: Mapping[str, Any]) -> Iterator[Discrepancy]:
    """Re-add every explanation of a coded note, and list what fails; the pack and the note's text are not needed."""
    for number, each in enumerate(row["interventions"], 1):
        for problem in _problems(each):
            yield Discrepancy(str(row.get("id")), number, each.get("start"), each.get("end"), str(each.get("code")), problem)


def _problems(each: Mapping[str, Any]) -> Iterator[str]:
    why = each.get("explanation")
    why = why if isinstance(why, Mapping) else {}
    parts = why.get("contributions")
    if not isinstance(parts, list) or not all(isinstance(part, Mapping) for part in parts):
        yield "there is no explanation to re-add"
        return
    margin: Any = why.get("margin")
    summed: list[Any] = [why.get("intercept"), *(part.get("weight") for part in parts)]
    if not all(map(_is_number, [margin, *summed])):
        yield "intercept, margin or a weight is missing or is no number"
        return
    total = fsum(summed)
    if abs(total - margin) > TOLERANCE:
        yield f"contributions and intercept add up to {total:.9g}, the printed margin is {margin:.9g}"
    code, other = each.get("code"), why.get("runner_up")
    if any((part["weight"] >= 0) != (part.get("toward") == code) for part in parts) or (other and not {part.get("toward") for part in parts} <= {code, other}):
        yield "a weight above zero must speak for the code, one below zero for the runner-up"
    if any(not _is_as_long(part) for part in parts):
        yield "a contribution's words are not as long as its offsets say"
    yield from _contradictions(each, code)


def _contradictions(each: Mapping[str, Any], code: Any) -> Iterator[str]:
    """List what the rest of an intervention says against itself; what an older version did not write is not asked for."""
    chances, held = each.get("probabilities"), each.get("prediction_set")
    if isinstance(chances, Mapping):
        numbers = list(chances.values())
        if not all(map(_is_number, numbers)) or abs(fsum(numbers) - 1) > _ROUNDING or chances.get(code) != each.get("confidence"):
            yield "probabilities do not sum to 1, or the confidence is not that of the code"
    if isinstance(held, list) and code not in held:
        yield "the prediction set leaves out the code"
    if "review_reasons" in each and bool(each.get("needs_review")) != bool(each["review_reasons"]):
        yield "a review without a reason, or a reason without a review"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _is_as_long(part: Mapping[str, Any]) -> bool:
    start, end, text = part.get("start"), part.get("end"), part.get("text")
    return isinstance(start, int) and isinstance(end, int) and isinstance(text, str) and end - start == len(text)
