"""What of a note stood word for word in the patient's visit before: carried forward, not newly observed."""

from collections.abc import Iterator

SHORTEST = 5  # words; shorter lines alone ("Plan:", "No change.") say nothing about where they came from


def carried_forward(text: str, earlier: str) -> tuple[tuple[int, int], ...]:
    r"""Find the stretches of a note, whole lines or sentences, that the earlier note held too; neighbours are joined.

    >>> carried_forward("Walks with a cane at home.\nNew: stairs with one rail today.", "Walks with a cane  at home.")
    ((0, 27),)
    """
    known = {"", *(_plain(earlier[start:end]) for start, end in _sentences(earlier))}
    runs: list[tuple[int, int, int]] = []
    for start, end in _sentences(text):
        words = _plain(text[start:end])
        if words not in known:
            continue
        longest = words.count(" ") + 1
        if runs and runs[-1][1] == start:
            runs[-1] = (runs[-1][0], end, max(runs[-1][2], longest))
        else:
            runs.append((start, end, longest))
    return tuple((start, end) for start, end, longest in runs if longest >= SHORTEST)


def _plain(words: str) -> str:
    return " ".join(words.lower().split())


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    """Cut a text after each line and after each full stop that ends a sentence; nothing is left out."""
    start = 0
    for place, sign in enumerate(text):
        ends = sign == "\n" or (sign == " " and text[place - 1 : place] in {".", "!", "?"})
        if ends:
            yield start, place + 1
            start = place + 1
    if start < len(text):
        yield start, len(text)
