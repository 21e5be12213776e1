"""The user's own folder: payer profiles and imported official tables, kept outside the package."""

import os
from pathlib import Path

from nlp_pipeline.rulebook.payers import PayerProfile, read_own_payers

TABLES = "tables.sqlite"


def own_folder() -> Path:
    """Name the folder: UNITWISE_DATA, else the place where this system keeps a user's data."""
    if named := os.environ.get("UNITWISE_DATA"):
        return Path(named)
    kept = os.environ.get("XDG_DATA_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(kept) if kept else Path.home() / ".local" / "share") / "unitwise"


def own_payers(folder: Path) -> tuple[PayerProfile, ...]:
    """Read every payer profile that the user wrote."""
    files = sorted((folder / "payers").glob("*.toml"))
    return tuple(profile for path in files for profile in read_own_payers(path))
