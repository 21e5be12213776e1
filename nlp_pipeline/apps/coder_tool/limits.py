"""The figures of `limits.toml` and the table of `roles.toml`, typed."""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib import resources
from typing import Any

ROLES = ("coder", "lead", "auditor", "admin")
_HERE = "nlp_pipeline.apps.coder_tool"


@dataclass(frozen=True, slots=True)
class Limits:
    """What is allowed, and for how long."""

    least_password: int
    most_password: int
    free_failures: int
    first_wait: timedelta
    longest_wait: timedelta
    idle: timedelta
    longest_session: timedelta
    second_step: timedelta
    seen_every: timedelta
    invitation: timedelta
    code_step: int
    code_drift: int
    sign_in_rate: str
    request_rate: str
    address_rate: str
    page_bytes: int
    upload_bytes: int
    reservation: timedelta
    notes_together: int

    @staticmethod
    @cache
    def load() -> "Limits":
        """Read the shipped figures."""
        told = _read("limits.toml")
        password, lockout, session, code = told["password"], told["lockout"], told["session"], told["code"]
        rates, bodies, queue = told["rates"], told["bodies"], told["queue"]
        return Limits(
            least_password=password["least_characters"],
            most_password=password["most_characters"],
            free_failures=lockout["free_failures"],
            first_wait=timedelta(seconds=lockout["first_wait_seconds"]),
            longest_wait=timedelta(seconds=lockout["longest_wait_seconds"]),
            idle=timedelta(minutes=session["idle_minutes"]),
            longest_session=timedelta(hours=session["longest_hours"]),
            second_step=timedelta(minutes=session["second_step_minutes"]),
            seen_every=timedelta(seconds=session["seen_every_seconds"]),
            invitation=timedelta(hours=told["invitation"]["hours"]),
            code_step=code["step_seconds"],
            code_drift=code["steps_of_drift"],
            sign_in_rate=rates["sign_in"],
            request_rate=rates["requests"],
            address_rate=rates["address"],
            page_bytes=bodies["page_bytes"],
            upload_bytes=bodies["upload_bytes"],
            reservation=timedelta(minutes=queue["reservation_minutes"]),
            notes_together=queue["notes_coded_together"],
        )


@cache
def permissions() -> Mapping[str, frozenset[str]]:
    """Give the roles that each permission is for."""
    return {name: frozenset(roles) for name, roles in _read("roles.toml")["permissions"].items()}


def allowed(roles: Collection[str]) -> frozenset[str]:
    """List what someone with these roles may do.

    >>> "decide" in allowed(["auditor"])
    False
    """
    return frozenset(name for name, those in permissions().items() if not those.isdisjoint(roles))


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files(_HERE).joinpath(name).read_text("utf-8"))
