"""Numbers of claims as exports write them: money, units, codes with their modifiers."""

import re
from decimal import Decimal, InvalidOperation
from math import isfinite

CENT = Decimal("0.01")
MOST_UNITS = 10_000
PARTS = re.compile(r"[\s,;:/|+\-.]+")
CODE = re.compile(r"[A-Z]?\d{4,5}[A-Z]?")
MODIFIER = re.compile(r"[A-Z0-9]{2}")


def amount(written: object) -> Decimal | None:
    """Read an amount of money; None if it is none.

    >>> amount("$1,234.5"), amount("(12.00)"), amount("soon"), amount("")
    (Decimal('1234.50'), Decimal('-12.00'), None, Decimal('0.00'))
    """
    text = str(written).strip().replace("$", "").replace(",", "")
    if text.startswith("(") and text.endswith(")"):
        text = f"-{text[1:-1]}"
    try:
        found = Decimal(text or "0")
    except InvalidOperation:
        return None
    return found.quantize(CENT) if found.is_finite() and abs(found) < Decimal("1e12") else None


def count(written: object) -> float | None:
    """Read a count of units; one where nothing is said, None if it is no count.

    >>> count("2"), count("1.5"), count(""), count("two")
    (2, 1.5, 1, None)
    """
    text = str(written).strip()
    try:
        found = float(text or 1)
    except ValueError:
        return None
    if not isfinite(found) or abs(found) > MOST_UNITS:
        return None
    return int(found) if found == int(found) else found


def code_and_modifiers(written: str) -> tuple[str, tuple[str, ...]] | None:
    """Part a code from the modifiers written behind it; None if there is no code.

    >>> code_and_modifiers("97140-59-GP"), code_and_modifiers("97530.0"), code_and_modifiers("laser")
    (('97140', ('59', 'GP')), ('97530', ()), None)
    """
    first, *rest = [part.upper() for part in PARTS.split(written.strip().removesuffix(".0")) if part] or [""]
    if not CODE.fullmatch(first):
        return None
    return first, tuple(part for part in rest if MODIFIER.fullmatch(part))
