"""One number for all rules in use, shipped and the user's own: two runs with the same one were made by the same rules."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from nlp_pipeline.rulebook.own_data import TABLES, own_folder
from nlp_pipeline.rulebook.rulebook import SHIPPED


def rulebook_digest(shipped: Path = SHIPPED, own: Path | None = None) -> str:
    """Give the SHA-256 over every file of rules, by name."""
    whole = hashlib.sha256()
    for name, path in _files(shipped, own or own_folder()):
        with path.open("rb") as file:
            whole.update(f"{name}\0{hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
    return whole.hexdigest()


def _files(shipped: Path, own: Path) -> Iterator[tuple[str, Path]]:
    yield from ((path.relative_to(shipped).as_posix(), path) for path in sorted(shipped.rglob("*")) if path.is_file() and path.parent.name != "__pycache__")
    yield from ((f"payers/{path.name}", path) for path in sorted((own / "payers").glob("*.toml")))
    if (own / TABLES).is_file():
        yield TABLES, own / TABLES
