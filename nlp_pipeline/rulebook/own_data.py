"""The user's own folder: payer profiles and imported official tables, kept outside the package."""

import csv
from collections.abc import Mapping
from pathlib import Path

from nlp_pipeline.errors import RuleFileRefused
from nlp_pipeline.records.own_folder import own_folder as own_folder
from nlp_pipeline.rulebook.payers import PayerProfile, read_own_payers

TABLES = "tables.sqlite"
DESCRIPTORS = "descriptors.csv"


def own_payers(folder: Path) -> tuple[PayerProfile, ...]:
    """Read every payer profile that the user wrote."""
    files = sorted((folder / "payers").glob("*.toml"))
    return tuple(profile for path in files for profile in read_own_payers(path))


def own_descriptors(folder: Path) -> Mapping[str, str]:
    """Read descriptors that the user holds a licence for: a code and its words a row. None are shipped, and none leave this machine."""
    path = folder / DESCRIPTORS
    if not path.is_file():
        return {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [row for row in csv.reader(file) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as wrong:
        raise RuleFileRefused(path, f"cannot be read ({type(wrong).__name__})") from wrong
    if odd := next((number for number, row in enumerate(rows, 1) if len(row) != 2), None):
        raise RuleFileRefused(path, f"row {odd} is not a code and its words")
    return {code.strip().upper(): words.strip() for code, words in rows}
