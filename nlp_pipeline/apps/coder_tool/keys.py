"""The tool's secret, kept in a file beside the data and never in the database: seals, tokens and second factors rest on it."""

import hashlib
import hmac
import os
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from nlp_pipeline.errors import ServeRefused

NAME = "coder_tool.key"
_BYTES = 32


@dataclass(frozen=True, slots=True)
class Keys:
    """A key for each purpose, all drawn from one secret."""

    secret: bytes

    @classmethod
    def of(cls, folder: Path, *, make: bool) -> "Keys":
        """Read the secret of a folder; where there is none, make it or say that it is missing."""
        path = folder / NAME
        if make and not path.exists():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                os.write(file, secrets.token_hex(_BYTES).encode())
                os.close(file)
            except FileExistsError:
                pass  # another start was quicker; its secret is taken
        try:
            secret = bytes.fromhex(path.read_text("ascii"))
        except (OSError, ValueError):
            raise ServeRefused(f"the key file {path} is missing or damaged", "Restore it from the backup of that folder.") from None
        if len(secret) != _BYTES:
            raise ServeRefused(f"the key file {path} is damaged", "Restore it from the backup of that folder.")
        return cls(secret)

    def seal(self, purpose: str, message: str) -> str:
        """Seal a message for one purpose."""
        key = hmac.digest(self.secret, purpose.encode(), "sha256")
        return hmac.digest(key, message.encode(), "sha256").hex()

    def hide(self, words: str) -> str:
        """Encrypt what must rest unreadable in the database."""
        return self._box().encrypt(words.encode()).decode()

    def show(self, hidden: str) -> str:
        """Decrypt what `hide` hid."""
        try:
            return self._box().decrypt(hidden.encode()).decode()
        except InvalidToken:
            raise ServeRefused("the key file does not belong to this database", "Restore the one that does.") from None

    def _box(self) -> Fernet:
        return Fernet(urlsafe_b64encode(hmac.digest(self.secret, b"second factor", "sha256")))


def new_token() -> str:
    """Draw a token that nobody can guess."""
    return secrets.token_urlsafe(_BYTES)


def digest_of(token: str) -> str:
    """Give what is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
