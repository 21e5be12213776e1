"""Match found spans with marked ones, as the evaluation does."""

from collections.abc import Sequence


def pair(marked: Sequence[tuple[int, int]], found: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Pair spans one to one, the largest overlap first, where they share at least half of the shorter one's characters.

    >>> pair([(0, 10), (20, 30)], [(1, 9), (28, 40)])
    [(0, 0)]
    """
    options = []
    for number, (start, end) in enumerate(marked):
        for guess, (begin, stop) in enumerate(found):
            shared = min(end, stop) - max(start, begin)
            if shared > 0 and 2 * shared >= max(1, min(end - start, stop - begin)):
                options.append((shared, -abs(start - begin), number, guess))
    pairs: list[tuple[int, int]] = []
    for _, _, number, guess in sorted(options, reverse=True):
        if all(number != one and guess != other for one, other in pairs):
            pairs.append((number, guess))
    return pairs
