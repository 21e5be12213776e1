"""Can one therapist have given these minutes, one patient at a time? An exact answer, for whatever the notes tell of when they were given.

A demand is a number of minutes that must lie inside a window; clock times are demands that fill their window. Minutes may be given in pieces, in
any order. What cannot fit is then a matter of counting: in every stretch of the day the demands whose windows lie inside it may not ask for more than
its length. The largest excess over disjoint stretches is the least number of minutes that cannot be as written, and no schedule does better.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

Excess = tuple[int, list[tuple[int, int]]]
NO_EXCESS: Excess = (0, [])


@dataclass(frozen=True, slots=True)
class Demand:
    """Minutes that one patient must have had between two times of the day."""

    patient: str
    start: int
    end: int
    minutes: int
    clock: bool = False


def minutes_in_excess(demands: Sequence[Demand]) -> Excess:
    """Count the least number of minutes that cannot fit, and name the stretches of time that are asked for too much.

    >>> minutes_in_excess([Demand("a", 540, 555, 15), Demand("b", 550, 565, 15)])
    (5, [(540, 565)])
    >>> minutes_in_excess([Demand("a", 540, 600, 30), Demand("b", 540, 600, 30)])
    (0, [])
    """
    starts, ends = sorted({each.start for each in demands}), sorted({each.end for each in demands})
    so_far: Excess = (0, [])
    until: list[int] = []  # ends of time, and beside each the excess so far and where it arises: it never falls
    held: list[Excess] = []
    for end in ends:
        inside = sorted((each for each in demands if each.end <= end), key=lambda each: -each.start)
        asked, at, found = 0, 0, so_far
        for start in reversed(starts):
            if start >= end:
                continue
            while at < len(inside) and inside[at].start >= start:
                asked += inside[at].minutes
                at += 1
            excess = asked - (end - start)
            if excess > 0:
                earlier = bisect_right(until, start)
                before = held[earlier - 1] if earlier else NO_EXCESS
                if before[0] + excess > found[0]:
                    found = (before[0] + excess, [*before[1], (start, end)])
        so_far = found
        until.append(end)
        held.append(found)
    return so_far


def shared_stretches(demands: Sequence[Demand]) -> list[tuple[int, int]]:
    """Name the stretches in which clock times of several patients run at once.

    >>> shared_stretches([Demand("a", 540, 555, 15, True), Demand("b", 550, 565, 15, True)])
    [(550, 555)]
    """
    clocks = [each for each in demands if each.clock]
    turns = sorted({time for each in clocks for time in (each.start, each.end)})
    found: list[tuple[int, int]] = []
    for start, end in pairwise(turns):
        if len({each.patient for each in clocks if each.start <= start and end <= each.end}) > 1:
            if found and found[-1][1] == start:
                found[-1] = found[-1][0], end
            else:
                found.append((start, end))
    return found
