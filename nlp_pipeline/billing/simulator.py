"""One visit, every way of counting and every payer side by side: never ranked, least of all by revenue."""

from nlp_pipeline.records.claim import Claim


def units_by_code(claim: Claim) -> dict[str, int]:
    """Add up a claim's units by code, whatever its lines carry."""
    units: dict[str, int] = {}
    for line in claim.lines:
        units[line.code] = units.get(line.code, 0) + line.units
    return units


def difference(claim: Claim, other: Claim) -> str:
    """Tell which units differ from another claim of the same visit, and the minutes that cause it; empty where none does.

    >>> from nlp_pipeline.records.claim import ClaimLine
    >>> one, two = (Claim(how, {"a": 23, "b": 8}, 31, None, {}, {}, lines, (), "") for how, lines in
    ...             (("cms", (ClaimLine("a", 2),)), ("ama", (ClaimLine("a", 2), ClaimLine("b", 1)))))
    >>> difference(two, one)
    'b 1 instead of 0 (8 min)'
    """
    mine, theirs = units_by_code(claim), units_by_code(other)
    minutes = claim.minutes_by_code or {}
    told = []
    for code in dict.fromkeys((*theirs, *mine)):
        if mine.get(code, 0) != theirs.get(code, 0):
            spent = minutes.get(code)
            told.append(f"{code} {mine.get(code, 0)} instead of {theirs.get(code, 0)}{'' if spent is None else f' ({spent:g} min)'}")
    return ", ".join(told)
