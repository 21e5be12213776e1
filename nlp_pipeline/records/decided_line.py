"""Decided visits as they leave the house: claim lines and activities with codes and figures, never words of a note."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class DecidedLine:
    """One claim line as decided; `suggested_units` is what the suggester's own claim had for the code, None where it had no such line."""

    code: str
    units: int
    modifiers: tuple[str, ...] = ()
    minutes: float | None = None
    suggested_units: int | None = None


@dataclass(frozen=True, slots=True)
class DecidedActivity:
    """One activity as decided: its place in the note, the suggested code and the decided one; `policy` names the house policy that spoke."""

    start: int
    end: int
    suggested: str | None
    decided: str
    confidence: float | None = None
    policy: str | None = None


@dataclass(frozen=True, slots=True)
class ExportedVisit:
    """One visit with the decision in force."""

    visit: str
    note_id: str
    day: date | None
    payer: str | None
    discipline: str | None
    therapist: str | None
    clinic: str | None
    patient: str | None
    verdict: str
    coder: str
    decided_at: datetime
    blind: bool
    reason: str | None
    model: str | None
    rules: str | None
    lines: tuple[DecidedLine, ...]
    activities: tuple[DecidedActivity, ...]
