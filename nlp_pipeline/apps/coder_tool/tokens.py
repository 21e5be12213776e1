"""Tokens for programs: made by a person for some of what that person may do, shown once, kept as a digest, ended at any moment."""

from collections.abc import Collection, Sequence
from datetime import timedelta

from sqlalchemy import select

from nlp_pipeline.apps.coder_tool.database import Transaction
from nlp_pipeline.apps.coder_tool.keys import digest_of, new_token
from nlp_pipeline.apps.coder_tool.sessions import Person
from nlp_pipeline.apps.coder_tool.tables import Token
from nlp_pipeline.errors import ServeRefused

FOR_PEOPLE_ALONE = frozenset({"account.own", "tokens.own", "people.manage", "settings.write", "policy.write"})
LONGEST_DAYS = 366


def scopes_of(person: Person) -> list[str]:
    """List what someone may let a program do: never more than the person may, and nothing that a person should do in person."""
    return sorted(person.permissions - FOR_PEOPLE_ALONE)


def make(tx: Transaction, person: Person, label: str, scopes: Collection[str], days: int) -> tuple[Token, str]:
    """Make a token; its words are given once and kept nowhere."""
    chosen = sorted(set(scopes))
    if not chosen or not set(chosen) <= set(scopes_of(person)):
        raise ServeRefused("a token cannot have these scopes", f"Choose among: {', '.join(scopes_of(person)) or 'none'}.")
    if not 1 <= days <= LONGEST_DAYS:
        raise ServeRefused("a token lasts from one day to a year", "Give the number of days.")
    words = new_token()
    row = Token(
        digest=digest_of(words),
        user_id=person.user.id,
        label=label.strip()[:80],
        scopes=" ".join(chosen),
        created_at=tx.now,
        ends_at=tx.now + timedelta(days=days),
    )
    tx.session.add(row)
    tx.session.flush()
    tx.log("token.made", person.user, row.key, {"scopes": row.scopes, "days": days})
    return row, words


def own(tx: Transaction, person: Person) -> Sequence[Token]:
    """List someone's tokens, the newest first."""
    return list(tx.session.scalars(select(Token).where(Token.user_id == person.user.id).order_by(Token.id.desc())))


def end(tx: Transaction, person: Person, key: str) -> bool:
    """End one of someone's own tokens; False where there is none of that name."""
    row = tx.session.scalar(select(Token).where(Token.key == key, Token.user_id == person.user.id))
    if row is None:
        return False
    if row.revoked_at is None:
        row.revoked_at = tx.now
        tx.log("token.ended", person.user, row.key)
    return True
