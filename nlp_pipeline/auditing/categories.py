"""The categories of an audit: what `categories.toml` says of each."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any, get_args

from nlp_pipeline.errors import RuleFileRefused
from nlp_pipeline.records.discrepancy import Kind

SHIPPED = Path(__file__).with_name("categories.toml")
TABLES = frozenset({"findings", "codes", "adjustments", "denials"})
MATERIAL = ("yes", "no", "by-amount", "by-units")
MARKS = frozenset("VKCD")
MAY_BE_EMPTY = frozenset({"divergence", "reason"})


@dataclass(frozen=True, slots=True)
class Category:
    """How one category is told, and what it changes."""

    kind: Kind
    material: str
    message: str
    divergence: str
    reason: str
    source: str
    mark: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Categories:
    """All categories by their codes; which finding belongs to which; neighbours, groups, and what a payer's reasons mean."""

    named: Mapping[str, Category]
    of_finding: Mapping[str, str]
    lateral: frozenset[frozenset[str]]
    group: frozenset[str]
    adjustments: Mapping[str, str]
    denials: frozenset[str]
    labels: tuple[str, ...]
    plans: Mapping[str, str]


def read_categories(path: Path = SHIPPED) -> Categories:
    """Read the categories, or say what is wrong with the file."""
    try:
        data: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as wrong:
        raise RuleFileRefused(path, f"cannot be read ({wrong})") from wrong
    wanted = {field.name for field in fields(Category)}
    named: dict[str, Category] = {}
    for name, table in data.items():
        if name in TABLES:
            continue
        if table.keys() != wanted or not all(value for key, value in table.items() if key not in MAY_BE_EMPTY):
            raise RuleFileRefused(path, f"{name} does not have each of {', '.join(sorted(wanted))}")
        if table["kind"] not in get_args(Kind) or table["material"] not in MATERIAL or table["mark"] not in MARKS:
            raise RuleFileRefused(path, f"{name} has a kind, a materiality or a mark that is not known")
        named[name] = Category(**table)
    if unknown := sorted(set(data["findings"].values()) - named.keys()):
        raise RuleFileRefused(path, f"findings belong to unknown categories: {', '.join(unknown)}")
    return Categories(
        named,
        data["findings"],
        frozenset(frozenset(pair) for pair in data["codes"]["lateral"]),
        frozenset(data["codes"]["group"]),
        data["adjustments"],
        frozenset(data["denials"]["reasons"]),
        tuple(data["codes"]["labels"]),
        data["codes"]["plans"],
    )


@cache
def categories() -> Categories:
    """Give the shipped categories."""
    return read_categories()
