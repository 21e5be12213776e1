"""Whether two names or numbers mean the same person, as notes and claims write them."""

import re
from collections.abc import Iterable
from functools import lru_cache

WORDS = re.compile(r"[a-z']+")
NATIONAL_NUMBER = re.compile(r"\d{10}")
LEAST_LETTERS = 2
AFTER_A_NAME = frozenset(
    {
        "pt", "dpt", "mpt", "rpt", "lpt", "spt", "pta", "spta", "lpta", "ot", "otr", "otd", "otl", "cota", "ota", "sota", "slp", "ccc", "cfslp", "st", "ms",
        "msot", "mot", "phd", "dr", "mr", "mrs", "miss", "jr", "sr", "ii", "iii", "np", "pa", "md", "do", "atc", "cht", "ocs", "ncs", "scs",
    }
)  # fmt: skip


@lru_cache(maxsize=65_536)
def keys_of(written: str) -> frozenset[str]:
    """Give the forms in which a name or number is compared: without case, signs, leading zeros, the order of names, or titles.

    >>> keys_of("DOE, Jane, PT") == keys_of("Jane Doe")
    True
    >>> sorted(keys_of("MRN 00417") & keys_of("417"))
    ['417']
    """
    text = written.casefold().strip()
    bare = re.sub(r"[\W_]+", "", text)
    if not bare:
        return frozenset()
    digits = re.sub(r"\D", "", bare)
    words = sorted(word for word in WORDS.findall(text) if word not in AFTER_A_NAME and len(word) >= LEAST_LETTERS)
    if words and not digits:
        return frozenset({" ".join(words)})
    keys = {bare.lstrip("0") or bare}
    if bare.startswith("mrn") and digits:
        keys.add(digits.lstrip("0"))
    return frozenset(keys)


def all_keys(written: Iterable[str]) -> frozenset[str]:
    """Give the compared forms of several names and numbers of one person."""
    return frozenset(key for each in written for key in keys_of(each))


def same_person(some: Iterable[str], others: Iterable[str]) -> bool | None:
    """Say whether two sets of names and numbers mean the same person; None where they cannot be compared, as a name and a number.

    >>> same_person(["1234567893", "DOE, JANE"], ["Jane M Doe PT"]), same_person(["Jane Doe"], ["John Roe"]), same_person(["1234567893"], ["Jane Doe"])
    (True, False, None)
    """
    mine, theirs = tuple(some), tuple(others)
    one, other = all_keys(mine), all_keys(theirs)
    if not one or not other:
        return None
    if one & other:
        return True
    names, other_names = _names(one), _names(other)
    if any(a <= b or b <= a for a in names for b in other_names):
        return True
    if (names and other_names) or (_numbered(one) and _numbered(other)):
        return False
    return None if _kind(one) != _kind(other) else False


def _names(keys: Iterable[str]) -> list[frozenset[str]]:
    return [frozenset(key.split()) for key in keys if not any(sign.isdigit() for sign in key)]


def _numbered(keys: Iterable[str]) -> bool:
    return any(NATIONAL_NUMBER.fullmatch(key) for key in keys)


def _kind(keys: Iterable[str]) -> frozenset[str]:
    """Tell what kinds of names stand in some keys: words, national numbers, numbers of a house."""
    return frozenset("number" if NATIONAL_NUMBER.fullmatch(key) else "house" if any(sign.isdigit() for sign in key) else "name" for key in keys)
