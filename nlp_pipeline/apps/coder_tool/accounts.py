"""Accounts: invitations, passwords, the second factor, and how wrong guesses are slowed down."""

import hmac
import re
import threading
from base64 import b32encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, cast

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from fastapi import Form
from sqlalchemy import CursorResult, func, select, update

from nlp_pipeline.apps.coder_tool.database import Store, Transaction
from nlp_pipeline.apps.coder_tool.keys import Keys, digest_of, new_token
from nlp_pipeline.apps.coder_tool.limits import ROLES, Limits
from nlp_pipeline.apps.coder_tool.tables import Invitation, SignIn, User

Field = Annotated[str, Form(max_length=300)]
ISSUER = "unitwise"
_SECRET_BYTES = 20  # as long as the digest of RFC 6238's own algorithm
_NAME = re.compile(r"[\w.@+-][\w .@+'-]{0,78}[\w.@+-]?")
_HASHER = PasswordHasher()  # argon2id with the library's parameters, which follow RFC 9106
_HASHING = threading.BoundedSemaphore(2)  # each hash takes 64 MiB on purpose; many sign-ins at once must not take them all


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What someone gives to make an account, or to set it up anew."""

    token: str
    name: str
    password: str
    again: str
    code: str


def enrolment_form(token: str, name: Field, password: Field, again: Field, code: Field) -> Enrolment:
    """Read the form that sets an account up."""
    return Enrolment(token, name, password, again, code)


def named(tx: Transaction, name: str) -> User | None:
    """Find a person by name, however it is capitalized."""
    return tx.session.scalar(select(User).where(func.lower(User.name) == name.strip().lower()))


def anyone(tx: Transaction) -> bool:
    """Say whether there is an account that can sign in."""
    return tx.session.scalar(select(User.id).where(User.active).limit(1)) is not None


def invite(tx: Transaction, who: User | None, roles: Sequence[str], user: User | None = None) -> str:
    """Make a link's token that works once: for a new account with these roles, or to set up an existing one anew."""
    token = new_token()
    told = " ".join(role for role in ROLES if role in roles)
    tx.session.add(Invitation(digest=digest_of(token), roles=told, user_id=user.id if user else None, ends_at=tx.now + Limits.load().invitation))
    tx.log("person.invited", who, user.key if user else None, {"roles": told})
    return token


def invitation(tx: Transaction, token: str) -> Invitation | None:
    """Find an invitation that still works."""
    found = tx.session.get(Invitation, digest_of(token))
    return found if found and found.used_at is None and found.ends_at > tx.now else None


def second_factor_of(keys: Keys, token: str) -> str:
    """Give the secret that an invitation's authenticator is set up with; it is kept only once its first code was right."""
    return b32encode(bytes.fromhex(keys.seal("enrolment", token))[:_SECRET_BYTES]).decode()


def address_of(secret: str, name: str) -> str:
    """Write the secret as authenticators read it."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)


def enrol(store: Store, given: Enrolment) -> User | str:
    """Use an invitation up; the account it made, or what is wrong with what was given."""
    limits, secret, name = Limits.load(), second_factor_of(store.keys, given.token), " ".join(given.name.split())
    with store.read() as tx:
        step = _step_of(secret, given.code, int(tx.now.timestamp()), 0)
    if not _NAME.fullmatch(name):
        return "A name has 1 to 80 letters, figures, blanks or . @ + - '."
    if not limits.least_password <= len(given.password) <= limits.most_password:
        return f"A password has at least {limits.least_password} characters."
    if given.password != given.again:
        return "The two passwords are not the same."
    if name.lower() in given.password.lower():
        return "The password must not hold the name."
    if step is None:
        return "The code is not the one that the authenticator shows now."
    hashed = _hash(given.password)
    with store.write() as tx:
        found = invitation(tx, given.token)
        if found is None:
            return "This link was used already, or it is too old."
        user = tx.session.get(User, found.user_id) if found.user_id else None
        other = named(tx, name)
        if other is not None and other is not user:
            return "There is an account of that name already."
        return _settle(tx, found, user or User(name=name, roles=found.roles, created_at=tx.now), (hashed, store.keys.hide(secret), step))


def _settle(tx: Transaction, found: Invitation, user: User, kept: tuple[str, str, int]) -> User:
    user.password_hash, user.second_factor, user.last_code_step = kept
    user.failures, user.locked_until, user.active, found.used_at = 0, None, True, tx.now
    tx.session.add(user)
    tx.session.flush()
    tx.session.execute(update(SignIn).where(SignIn.user_id == user.id, SignIn.revoked_at.is_(None)).values(revoked_at=tx.now))
    tx.log("person.enrolled", user, user.key, {"roles": user.roles})
    return user


def check_password(store: Store, name: str, password: str) -> User | None:
    """Say who signs in with a name and a password; nobody where they are not right, or after too many wrong ones, and it always takes as long."""
    with store.read() as tx:
        user = named(tx, name)
        waits = user is not None and user.locked_until is not None and user.locked_until > tx.now
    known = user.password_hash if user and user.active and user.password_hash and not waits else None
    right = _verify(known or _nobody(), password[: Limits.load().most_password + 1])
    if user is None or waits:
        return None
    if known is None or not right:
        _count_failure(store, user, "sign-in.password-refused")
        return None
    if _HASHER.check_needs_rehash(known):
        _rehash(store, user, password)
    return user


def check_code(store: Store, user: User, code: str) -> bool:
    """Take a code of the second factor: each only once, and never while the account waits."""
    secret = store.keys.show(user.second_factor) if user.second_factor else None
    with store.write() as tx:
        fresh = tx.session.get_one(User, user.id, with_for_update=True)
        if secret is None or not fresh.active or (fresh.locked_until and fresh.locked_until > tx.now):
            return False
        step = _step_of(secret, code, int(tx.now.timestamp()), fresh.last_code_step)
        if step is not None:
            moved = update(User).where(User.id == user.id, User.last_code_step < step).values(last_code_step=step, failures=0, locked_until=None)
            if cast("CursorResult[Any]", tx.session.execute(moved)).rowcount == 1:
                tx.log("sign-in.code-taken", user, user.key)
                return True
    _count_failure(store, user, "sign-in.code-refused")
    return False


def _step_of(secret: str, code: str, second: int, last: int) -> int | None:
    """Find the time step that a code belongs to, if it is newer than the last one taken."""
    limits, said = Limits.load(), "".join(code.split()).encode()
    now = second // limits.code_step
    maker = pyotp.TOTP(secret, interval=limits.code_step)
    steps = range(now - limits.code_drift, now + limits.code_drift + 1)
    right = [step for step in steps if hmac.compare_digest(maker.at(step * limits.code_step).encode(), said)]
    return next((step for step in right if step > last), None)


def _count_failure(store: Store, user: User, action: str) -> None:
    limits = Limits.load()
    with store.write() as tx:
        fresh = tx.session.get_one(User, user.id, with_for_update=True)
        fresh.failures += 1
        over = fresh.failures - limits.free_failures
        if over >= 0:
            fresh.locked_until = tx.now + min(limits.longest_wait, limits.first_wait * 2 ** min(over, 16))
        tx.log(action, fresh, fresh.key, {"failures": fresh.failures})


def forgive(store: Store, user: User) -> None:
    """Forget earlier wrong guesses once someone has come in."""
    with store.write() as tx:
        tx.session.execute(update(User).where(User.id == user.id).values(failures=0, locked_until=None))


def _rehash(store: Store, user: User, password: str) -> None:
    hashed = _hash(password)
    with store.write() as tx:
        tx.session.get_one(User, user.id).password_hash = hashed


@cache
def _nobody() -> str:
    """Give the hash of a password that nobody has, so that a name that does not exist takes as long as one that does."""
    return _HASHER.hash(new_token())


def _hash(password: str) -> str:
    with _HASHING:
        return _HASHER.hash(password)


def _verify(known: str, password: str) -> bool:
    with _HASHING:
        try:
            return _HASHER.verify(known, password)
        except (VerifyMismatchError, InvalidHashError):
            return False
