"""Every lawful way to share a day's units, where the rule leaves the last ones to the therapist."""

from collections.abc import Mapping
from itertools import combinations
from math import comb

from nlp_pipeline.records.claim import UnitShare

MOST_LISTED = 1000


def lawful_shares(share: UnitShare, minutes: Mapping[str, int], unit: int) -> tuple[dict[str, int], ...]:
    """List every lawful share, the default first; only the default where there is no choice, or more ways than anyone would read.

    >>> [dict(each) for each in lawful_shares(UnitShare({"a": 2, "b": 1}, frozenset("ab")), {"a": 20, "b": 20}, 15)]
    [{'a': 2, 'b': 1}, {'a': 1, 'b': 2}]
    """
    default = dict(share.units)
    tied = [code for code in default if code in share.tied]
    open_units = sum(default[code] > minutes[code] // unit for code in tied)
    if not tied or comb(len(tied), open_units) > MOST_LISTED:
        return (default,)
    ways = []
    for chosen in combinations(tied, open_units):
        way = {code: minutes[code] // unit + (code in chosen) if code in tied else count for code, count in default.items()}
        ways.append(way)
    return (default, *(way for way in ways if way != default))
