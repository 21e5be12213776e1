"""Where what a user adds is kept, outside the package: payer profiles, official tables, models that learned from local decisions."""

import os
from pathlib import Path


def own_folder() -> Path:
    """Name the folder: UNITWISE_DATA, else the place where this system keeps a user's data."""
    if named := os.environ.get("UNITWISE_DATA"):
        return Path(named)
    kept = os.environ.get("XDG_DATA_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(kept) if kept else Path.home() / ".local" / "share") / "unitwise"
