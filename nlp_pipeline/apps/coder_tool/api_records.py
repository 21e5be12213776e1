"""What programs send to the API and get from it."""

import json
from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

LONGEST_NOTE = 200_000
MOST_NOTES = 64
MOST_ROWS = 500


def _printable(words: str) -> str:
    if "\x00" in words:
        raise ValueError("holds a NUL character")
    return words


def storable(value: Any) -> Any:
    """Refuse what no database keeps: NUL characters, halves of a character, numbers without an end."""
    if "\\u0000" in json.dumps(value, allow_nan=False):
        raise ValueError("holds a NUL character")
    json.dumps(value, ensure_ascii=False).encode()
    return value


Words = Annotated[str, Field(max_length=200), AfterValidator(_printable)]
Key = Annotated[str, Path(pattern="^[0-9a-f]{16}$", description="The visit's, policy's or token's key, as lists give it.")]


class Refusal(BaseModel):
    """Why something was refused: a sentence, or which fields were not understood; never what stood in them."""

    detail: str | list[dict[str, Any]]


REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"description": "The body is no JSON."},
    401: {"description": "There is no valid token or session."},
    403: {"description": "The token's scopes, or the roles, do not allow this."},
    413: {"description": "What was sent is too large."},
    422: {"description": "Something is not as it must be: one sentence, or a list of fields.", "model": Refusal},
    423: {"description": "The session is locked."},
    429: {"description": "There were too many requests."},
}
MISSING: dict[int | str, dict[str, Any]] = {404: {"description": "There is no such thing here."}}
CONFLICT: dict[int | str, dict[str, Any]] = {409: {"description": "Someone decided about the visit since; it says who and when."}}


class Record(BaseModel):
    """A body that holds what is told here and nothing else."""

    model_config = ConfigDict(extra="forbid")


class NoteIn(Record):
    """One note, with what the front desk knows of the visit."""

    id: Annotated[str, Field(min_length=1, max_length=400), AfterValidator(_printable)]
    text: Annotated[str, Field(min_length=1, max_length=LONGEST_NOTE), AfterValidator(_printable)]
    date_of_service: date | None = None
    payer: Words | None = None
    discipline: Literal["PT", "OT"] | None = None
    patient: Words | None = None
    therapist: Words | None = None
    clinic: Words | None = None


class NotesIn(Record):
    """Notes to be coded at once."""

    notes: list[NoteIn] = Field(min_length=1, max_length=MOST_NOTES)


class CodedOut(BaseModel):
    """Coded notes in the order in which they were sent, each as `unitwise code --json` prints it, with what house policies said; `error` where one failed."""

    notes: list[dict[str, Any]]


class VisitRow(BaseModel):
    """One visit of the queue. What the suggester says is null until it may be seen: a visit that may yet be blind shows nothing of it."""

    key: str
    note_id: str
    day: date | None
    payer: str | None
    discipline: str | None
    therapist: str | None
    clinic: str | None
    state: str
    version: int
    codes: list[str] | None
    findings: list[str] | None
    confidence: float | None


class Queue(BaseModel):
    """A page of the queue, and how many visits there are in all."""

    total: int
    visits: list[VisitRow]


class VisitOut(VisitRow):
    """A visit with its note and what was suggested; of a blind one that is not decided, the activities' places alone."""

    text: str
    blind: bool
    coded: dict[str, Any] | None
    activities: list[dict[str, Any]]


class DecisionIn(Record):
    """A decision about the visit in the `version` that was seen; `ops` are corrections in the order in which they were made (docs/api.md)."""

    version: int = Field(ge=0, le=2**31 - 1)
    verdict: Literal["accepted", "flagged", "queried", "skipped"]
    ops: Annotated[list[dict[str, Any]], Field(max_length=1000), AfterValidator(storable)] = []
    reason: Annotated[str, Field(max_length=2000), AfterValidator(_printable)] | None = None
    milliseconds: int | None = Field(default=None, ge=0, le=2**31 - 1)


class DecisionOut(BaseModel):
    """A decision as it was kept. `answer` holds places and codes, never words of the note."""

    number: int
    visit: str
    note_id: str
    verdict: str
    answer: dict[str, Any]
    reason: str | None
    coder: str
    at: datetime
    blind: bool
    model: str | None
    rules: str | None


class Decisions(BaseModel):
    """Decisions in force, in the order in which they were made; `next` is the `after` of the next page, null at the end."""

    decisions: list[DecisionOut]
    next: int | None


class TokenIn(Record):
    """A token to be made: what it is for, what it may do, and for how many days."""

    label: Annotated[str, Field(min_length=1, max_length=80), AfterValidator(_printable)]
    scopes: list[str] = Field(min_length=1, max_length=20)
    days: int = Field(default=90, ge=1, le=366)


class TokenRow(BaseModel):
    """A token without its words."""

    key: str
    label: str
    scopes: list[str]
    created_at: datetime
    ends_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


class TokenMade(TokenRow):
    """A token with its words, which are shown this once."""

    token: str


class PolicyRow(BaseModel):
    """A house policy, its state, and when and by whom it was written."""

    key: str
    state: str
    version: int
    written_by: str
    written_at: datetime
    policy: dict[str, Any]


class TrialOut(BaseModel):
    """A policy against past decisions: how many activities it speaks about, and how many decisions agreed before and would with it."""

    spoken: int
    before: int
    after: int
    against: list[str]


class WeekOut(BaseModel):
    """One week of decisions about what a policy speaks of."""

    monday: date
    judged: int
    agreed: int


class PolicyOut(PolicyRow):
    """A policy with where it stands among the decisions."""

    trial: TrialOut
    weeks: list[WeekOut]


class PolicyIn(Record):
    """A policy to be kept as a draft; its form is told in docs/house_policy.md."""

    policy: Annotated[dict[str, Any], AfterValidator(storable)]


class FigureOut(BaseModel):
    """A figure with its 95 % interval, and how much it rests on."""

    value: float | None
    low: float | None
    high: float | None
    count: int


class AgreementOut(BaseModel):
    """The share of equal judgements, and Cohen's kappa."""

    share: FigureOut
    kappa: FigureOut


class PairOut(AgreementOut):
    """The agreement of two coders over what both judged unseen."""

    coders: tuple[str, str]


class FiguresOut(BaseModel):
    """What local decisions say of the suggester and of the coders (docs/house_policy.md tells what each figure is)."""

    engine_blind: AgreementOut
    engine_shown: AgreementOut
    automation_bias: FigureOut
    alpha: FigureOut
    pairs: list[PairOut]
    sentences: list[str]
