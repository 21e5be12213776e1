"""Sessions, kept on the server: a browser holds a token, the store its digest, and each can be ended at any moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

from sqlalchemy import select, update

from nlp_pipeline.apps.coder_tool.database import Store, Transaction
from nlp_pipeline.apps.coder_tool.keys import digest_of, new_token
from nlp_pipeline.apps.coder_tool.limits import Limits, allowed
from nlp_pipeline.apps.coder_tool.tables import SignIn, Token, User

Stage = Literal["code", "open", "locked"]


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks: the account, what it may do here, and the session or the token that it came with."""

    user: User
    permissions: frozenset[str]
    stage: Stage = "open"
    session: str | None = None
    token: str | None = None

    @property
    def name(self) -> str:
        """Give the person's name."""
        return self.user.name

    def may(self, permission: str) -> bool:
        """Say whether something is allowed.

        >>> Person(User(name="ann", roles="auditor"), allowed(["auditor"])).may("decide")
        False
        """
        return permission in self.permissions


def begin(tx: Transaction, user: User, stage: Stage) -> str:
    """Begin a session; every step of a sign-in begins a new one, so that a token known before is worth nothing after."""
    limits, token = Limits.load(), new_token()
    lasts = limits.second_step if stage == "code" else limits.longest_session
    tx.session.add(SignIn(digest=digest_of(token), user_id=user.id, stage=stage, started_at=tx.now, seen_at=tx.now, ends_at=tx.now + lasts))
    if stage == "open":
        tx.log("session.begun", user, user.key)
    return token


def find(store: Store, token: str, *, passive: bool = False) -> Person | None:
    """Find who holds a token; a session that rested too long is locked, one that is used stays awake."""
    limits, digest = Limits.load(), digest_of(token)
    with store.read() as tx:
        found = tx.session.execute(select(SignIn, User).join(User, User.id == SignIn.user_id).where(SignIn.digest == digest)).one_or_none()
        now = tx.now
    if found is None:
        return None
    session, user = found
    if session.revoked_at or session.ends_at <= now or not user.active:
        return None
    stage = cast("Stage", session.stage)
    if stage == "open" and now - session.seen_at > limits.idle:
        stage = "locked"
        _change(store, digest, stage, user)
    elif stage == "open" and not passive and now - session.seen_at > limits.seen_every:
        with store.write() as tx:
            tx.session.execute(update(SignIn).where(SignIn.digest == digest).values(seen_at=now))
    return Person(user, allowed(user.roles.split()), stage, digest)


def find_token(store: Store, token: str) -> Person | None:
    """Find who a program's token stands for; it may do what its scopes say, and never more than its person."""
    with store.read() as tx:
        found = tx.session.execute(select(Token, User).join(User, User.id == Token.user_id).where(Token.digest == digest_of(token))).one_or_none()
        now = tx.now
    if found is None or found[0].revoked_at or found[0].ends_at <= now or not found[1].active:
        return None
    held, user = found
    if held.used_at is None or now - held.used_at > Limits.load().seen_every:
        with store.write() as tx:
            tx.session.execute(update(Token).where(Token.id == held.id).values(used_at=now))
    return Person(user, allowed(user.roles.split()) & frozenset(held.scopes.split()), token=held.key)


def lock(store: Store, person: Person) -> None:
    """Lock a session at once."""
    if person.session:
        _change(store, person.session, "locked", person.user)


def replace_session(store: Store, person: Person, stage: Stage) -> str:
    """End a session and begin the next step with a token of its own."""
    with store.write() as tx:
        if person.session:
            tx.session.execute(update(SignIn).where(SignIn.digest == person.session).values(revoked_at=tx.now))
        return begin(tx, person.user, stage)


def revoke(tx: Transaction, who: User, user: User, digest: str | None = None) -> None:
    """End one session of a person, or all."""
    chosen = update(SignIn).where(SignIn.user_id == user.id, SignIn.revoked_at.is_(None))
    if digest:
        chosen = chosen.where(SignIn.digest == digest)
    tx.session.execute(chosen.values(revoked_at=tx.now))
    tx.log("session.ended", who, user.key, {"all": digest is None})


def sessions_of(tx: Transaction, user: User) -> Sequence[SignIn]:
    """List a person's sessions that have not ended."""
    alive = (SignIn.user_id == user.id, SignIn.revoked_at.is_(None), SignIn.ends_at > tx.now, SignIn.stage != "code")
    return tx.session.scalars(select(SignIn).where(*alive).order_by(SignIn.started_at.desc())).all()


def _change(store: Store, digest: str, stage: Stage, user: User) -> None:
    with store.write() as tx:
        tx.session.execute(update(SignIn).where(SignIn.digest == digest).values(stage=stage))
        tx.log(f"session.{stage}", user, user.key)
