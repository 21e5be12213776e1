"""What of a note stood word for word in the patient's visit before: carried forward, not newly observed."""

from collections.abc import Iterator

SHORTEST = 5  # words; a shorter line ("Plan:", "No change.") says nothing about where it came from


def carried_forward(text: str, earlier: str) -> tuple[tuple[int, int], ...]:
    r"""Find the stretches of a note, whole lines or sentences, that the earlier note held too; neighbours are joined.

    >>> carried_forward("Walks with a cane at home.\nNew: stairs with one rail today.", "Walks with a cane  at home.")
    ((0, 27),)
    """
    known = {_plain(earlier[start:end]) for start, end in _sentences(earlier)}
    joined: list[tuple[int, int]] = []
    for start, end in _sentences(text):
        words = _plain(text[start:end])
        blank_after_carried = not words and joined and joined[-1][1] == start
        if blank_after_carried or (words.count(" ") + 1 >= SHORTEST and words in known):
            if joined and joined[-1][1] == start:
                joined[-1] = (joined[-1][0], end)
            else:
                joined.append((start, end))
    return tuple(joined)


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
