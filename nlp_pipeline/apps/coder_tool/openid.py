"""Signing in with OpenID Connect, where a team has a provider of its own (authorization code with PKCE; OpenID Connect Core 1.0, section 3.1)."""

import hashlib
import secrets
import tomllib
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2
from itsdangerous import BadSignature, URLSafeTimedSerializer
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from nlp_pipeline.apps.coder_tool.keys import Keys
from nlp_pipeline.apps.coder_tool.limits import ROLES
from nlp_pipeline.errors import ServeRefused

NAME = "OpenID Connect"
ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]  # signed by the provider's own key; never a shared secret, never none
SCOPE = "openid profile email"
DRIFT_SECONDS, TIMEOUT_SECONDS, MINUTES_TO_RETURN = 60, 10, 10
_FORM = "They need issuer, client_id, client_secret, and a table [roles] that gives each group of the provider a role: see docs/security.md."


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
            roles = tuple((str(group), str(role)) for group, role in told["roles"].items())
            settings = cls(told["issuer"], told["client_id"], told["client_secret"], told.get("name", NAME), told.get("groups_claim", "groups"), roles)
            place = urlsplit(settings.issuer)
        except (OSError, ValueError, KeyError, AttributeError):
            raise ServeRefused(f"the OpenID settings {path} cannot be read", _FORM) from None
        if not roles or {role for _, role in roles} - set(ROLES):
            raise ServeRefused(f"the OpenID settings {path} name a role that there is not", f"The roles are {', '.join(ROLES)}.")
        if place.scheme != "https" and place.hostname not in {"127.0.0.1", "localhost"}:
            raise ServeRefused(f"the issuer in {path} is not https", "A provider must be asked over TLS.")
        return settings

    def roles_of(self, claims: Mapping[str, Any]) -> tuple[str, ...]:
        """Give the roles that a person's groups have here."""
        told = claims.get(self.groups_claim) or []
        groups = {told} if isinstance(told, str) else set(map(str, told))
        given = {role for group, role in self.roles if group in groups}
        return tuple(role for role in ROLES if role in given)


@dataclass(frozen=True, slots=True)
class Departure:
    """A browser on its way to the provider: where it goes, and what it must bring back."""

    place: str
    cookie: str


@dataclass(frozen=True, slots=True)
class Provider:
    """The provider as it describes itself."""

    settings: OpenIdSettings
    keys: Keys
    back: str

    def leave(self) -> Departure:
        """Send a browser to the provider."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        challenge = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": self.back,
            "scope": SCOPE,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        place = f"{self._described()['authorization_endpoint']}?{urlencode(asked)}"
        return Departure(place, self._box().dumps([state, nonce, verifier]))

    def take_back(self, code: str, state: str, cookie: str) -> dict[str, Any]:
        """Exchange the code that a browser has brought for what the provider says of the person, and check every word of it."""
        try:
            expected, nonce, verifier = self._box().loads(cookie, max_age=MINUTES_TO_RETURN * 60)
        except (BadSignature, ValueError):
            raise ServeRefused("the sign-in took too long, or began in another browser", "Begin again.") from None
        if not secrets.compare_digest(str(expected).encode(), state.encode()):
            raise ServeRefused("the answer belongs to another sign-in", "Begin again.")
        described = self._described()
        try:
            return self._claims(described, self._exchange(described, code, verifier), nonce)
        except (JoseError, ValueError, KeyError, httpx2.HTTPError):
            raise ServeRefused("what the provider answered is not valid", "Begin again; if it stays so, ask whoever runs the provider.") from None

    def _exchange(self, described: Mapping[str, Any], code: str, verifier: str) -> str:
        given = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.back, "code_verifier": verifier}
        auth = (self.settings.client_id, self.settings.client_secret)
        answer = httpx2.post(described["token_endpoint"], data=given, auth=auth, timeout=TIMEOUT_SECONDS)
        answer.raise_for_status()
        return str(answer.json()["id_token"])

    def _claims(self, described: Mapping[str, Any], written: str, nonce: str) -> dict[str, Any]:
        keys = KeySet.import_key_set(httpx2.get(described["jwks_uri"], timeout=TIMEOUT_SECONDS).raise_for_status().json())
        token = jwt.decode(written, keys, algorithms=ALGORITHMS)
        rules = jwt.JWTClaimsRegistry(
            leeway=DRIFT_SECONDS,
            iss={"essential": True, "value": self.settings.issuer},
            aud={"essential": True, "value": self.settings.client_id},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        rules.validate(token.claims)
        if token.claims.get("azp", self.settings.client_id) != self.settings.client_id:
            raise ValueError("the token was made for someone else")
        return dict(token.claims)

    def _described(self) -> dict[str, Any]:
        """Read how the provider describes itself."""
        place = f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration"
        try:
            described: dict[str, Any] = httpx2.get(place, timeout=TIMEOUT_SECONDS).raise_for_status().json()
        except (httpx2.HTTPError, ValueError):
            raise ServeRefused("the OpenID provider does not answer", "Try again later, or sign in with a password.") from None
        if described.get("issuer") != self.settings.issuer:
            raise ServeRefused("the OpenID provider says that it is another", "Check the issuer in the OpenID settings.")
        return described

    def _box(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self.keys.seal("openid", "departure"))
