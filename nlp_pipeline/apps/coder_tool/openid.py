"""Signing in with OpenID Connect, where a team has a provider of its own."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from nlp_pipeline.errors import ServeRefused

NAME = "OpenID Connect"


@dataclass(frozen=True, slots=True)
class OpenIdSettings:
    """Which provider, who we are to it, and which of its groups has which role here."""

    issuer: str
    client_id: str
    client_secret: str
    name: str = NAME
    groups_claim: str = "groups"
    roles: tuple[tuple[str, str], ...] = ()

    @classmethod
    def read(cls, path: Path) -> "OpenIdSettings":
        """Read the settings, or say what is missing."""
        try:
            told = tomllib.loads(path.read_text("utf-8"))
            roles = tuple((str(group), str(role)) for group, role in told.get("roles", {}).items())
            return cls(told["issuer"].rstrip("/"), told["client_id"], told["client_secret"], told.get("name", NAME), told.get("groups_claim", "groups"), roles)
        except (OSError, ValueError, KeyError, AttributeError):
            raise ServeRefused(f"the OpenID settings {path} cannot be read", "They need issuer, client_id, client_secret and a table [roles].") from None
