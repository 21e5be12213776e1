"""The blind slice: a set share of visits is coded without seeing the suggestion, drawn before anyone looks, and a share of those by a second coder too."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, exists, or_, select

from nlp_pipeline.apps.coder_tool import audit_places
from nlp_pipeline.apps.coder_tool.database import Transaction
from nlp_pipeline.apps.coder_tool.keys import new_token
from nlp_pipeline.apps.coder_tool.tables import Audit, BlindReading, Decision, Setting, User, Visit
from nlp_pipeline.errors import ServeRefused

SETTING = "blind"
SHARE, SECOND_SHARE = 0.05, 0.5  # one visit in twenty; of those, every other one by a second coder
FIRST, SECOND = "first", "second"
BLIND = "blind"
NONE_TYPED: Mapping[str, float] = {}


@dataclass(frozen=True, slots=True)
class Slice:
    """How many visits are blind, how many of those are read twice, and the seed that draws them."""

    share: float = SHARE
    second_share: float = SECOND_SHARE
    seed: str = ""

    def draws(self, visit: str, part: str = FIRST) -> bool:
        """Say whether a visit is drawn; the same visit is always drawn alike, and nothing about it can be told from its note.

        >>> Slice(share=0.0).draws("a1"), Slice(share=1.0).draws("a1")
        (False, True)
        """
        share = self.share if part == FIRST else self.second_share
        drawn = hashlib.sha256(f"{self.seed}\0{part}\0{visit}".encode()).digest()
        return int.from_bytes(drawn[:8], "big") < share * 2**64


def chosen(tx: Transaction) -> Slice:
    """Give what the team chose; until it chose, one visit in twenty."""
    row = tx.session.get(Setting, SETTING)
    return Slice(**row.value) if row else Slice()


def choose(tx: Transaction, who: User | None, share: float = SHARE, second_share: float = SECOND_SHARE) -> Slice:
    """Choose other shares, for visits that nobody opened yet; a new seed draws them."""
    if not 0 <= share <= 1 or not 0 <= second_share <= 1:
        raise ServeRefused("the share of blind visits is not between 0 and 1", "Give a share such as 0.05.")
    made = Slice(share, second_share, new_token())
    row = tx.session.get(Setting, SETTING)
    value: dict[str, Any] = {"share": made.share, "second_share": made.second_share, "seed": made.seed}
    if row:
        row.value = value
    else:
        tx.session.add(Setting(name=SETTING, value=value))
    tx.log("blind.chosen", who, None, {"share": share, "second_share": second_share, "seed": hashlib.sha256(made.seed.encode()).hexdigest()})
    return made


def drawn(tx: Transaction, visit: Visit) -> bool:
    """Say whether a visit is blind; asked the first time that someone opens it, and kept, so that nothing seen can change it."""
    if visit.blind is not None:
        return visit.blind
    part = chosen(tx)
    if not part.seed:  # nobody chose yet: a seed of this store's own draws, so that nobody can tell beforehand
        part = choose(tx, None)
    visit.blind = part.draws(visit.key)
    if visit.blind:
        tx.session.add(BlindReading(visit_id=visit.id, user_id=None, part=FIRST, share=part.share, seed=_public(part.seed), assigned_at=tx.now))
        tx.log("blind.drawn", None, visit.key, {"share": part.share})
    return visit.blind


def second_for(tx: Transaction, who: User) -> Visit | None:
    """Find a blind visit that another coder has decided, that is drawn to be read twice, and that nobody has read again."""
    return next((visit for visit in tx.session.scalars(_waiting(who)) if _read_twice(tx, who, visit)), None)


def slice_of(tx: Transaction, visit: Visit) -> Slice:
    """Give by what shares and seed a visit was drawn: the team's, or those of the audit that it belongs to."""
    audit = audit_places.audit_of(tx, visit)
    return Slice(1.0, audit.second_share, audit.seed) if audit else chosen(tx)


def _read_twice(tx: Transaction, who: User, visit: Visit) -> bool:
    place = audit_places.place_of(tx, visit)
    return chosen(tx).draws(visit.key, SECOND) if place is None else place.second_review and audit_places.may_see(who)


def _waiting(who: User) -> Select[Visit]:
    """Choose the visits that are decided, by somebody else, and read by nobody again: blind ones, and those that an audit gives to a second reviewer."""
    read_twice = exists().where(BlindReading.visit_id == Visit.id, BlindReading.part == SECOND)
    own = exists().where(Decision.visit_id == Visit.id, Decision.user_id == who.id)
    seen_by_nobody = or_(Visit.blind.is_(True), audit_places.drawn_to_be_read_twice())
    return select(Visit).where(seen_by_nobody, Visit.state == "decided", ~read_twice, ~own).order_by(Visit.id)


def keep_second(tx: Transaction, who: User, visit: Visit, codes: Mapping[int, str], minutes: Mapping[str, float] = NONE_TYPED) -> None:
    """Keep a second coder's reading: the code of each activity by its number, "" where it was not performed today, and minutes that she typed, by code."""
    check_second(tx, who, visit)
    part = slice_of(tx, visit)
    answer = {str(number): code for number, code in codes.items()}
    drawn_by = {"part": SECOND, "share": part.second_share, "seed": _public(part.seed)}
    tx.session.add(
        BlindReading(visit_id=visit.id, user_id=who.id, assigned_at=tx.now, done_at=tx.now, answer=answer, minutes=dict(minutes) or None, **drawn_by)
    )
    tx.log("blind.read_again", who, visit.key, {"activities": len(answer), "minutes": len(minutes)})


def check_second(tx: Transaction, who: User, visit: Visit) -> None:
    """Refuse someone from whom no second reading of a visit is wanted."""
    if tx.session.scalar(_waiting(who).where(Visit.id == visit.id)) is None or not _read_twice(tx, who, visit):
        raise ServeRefused("this visit needs no second reading", "Ask for the next one.")


def second_readings(tx: Transaction, visit: Visit | None = None) -> Iterator[tuple[Visit, BlindReading, str]]:
    """Give every second reading, or that of one visit, with its visit and its coder."""
    rows = select(Visit, BlindReading, User.name).join(BlindReading, BlindReading.visit_id == Visit.id).join(User, User.id == BlindReading.user_id)
    rows = rows if visit is None else rows.where(Visit.id == visit.id)
    yield from ((visit, reading, name) for visit, reading, name in tx.session.execute(rows.where(BlindReading.part == SECOND).order_by(BlindReading.id)))


def draw_all(tx: Transaction, audit: Audit, rows: Sequence[Visit]) -> None:
    """Say of the visits of an audit whether they come without suggestions, before anyone looks."""
    for visit in rows:
        visit.blind = audit.review == BLIND
        if visit.blind:
            tx.session.add(BlindReading(visit_id=visit.id, user_id=None, part=FIRST, share=1.0, seed=_public(audit.seed), assigned_at=tx.now))


def _public(seed: str) -> str:
    """Name a seed by its digest: enough to prove later which one drew, not to draw with."""
    return hashlib.sha256(seed.encode()).hexdigest()
