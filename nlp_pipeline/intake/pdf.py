"""PDF to text, page by page; a page that is a picture is said to be one, never guessed at."""

import re
from collections import Counter
from collections.abc import Sequence

from nlp_pipeline.intake.received import Place, Rejected, Written, joined, reject

EDGE_LINES = 4  # how many lines at the top and bottom of a page may repeat on every page
PAGE_NUMBER = re.compile(r"\bpage\b|^[\s\d/|of-]+$", re.IGNORECASE)
FIGURES = re.compile(r"\d+")
HYPHEN_AT_LINE_END = re.compile("[\ufffe\x02]\n?")


def read_pdf(data: bytes, place: Place) -> Written | Rejected:
    """Read the text layer of a PDF; what repeats at the edge of every page is kept once."""
    from pypdfium2 import PdfDocument, PdfiumError  # heavy, and most runs never need it

    try:
        document = PdfDocument(data)
    except PdfiumError as trouble:
        locked = "password" in str(trouble).lower()
        return reject("encrypted-file", place) if locked else reject("unreadable-file", place, why="it is not a whole PDF")
    with document:
        pages, pictures = [], 0
        for page in document:
            text = _plain(page.get_textpage().get_text_bounded())
            pages.append(text)
            pictures += not text.strip() and next(page.get_objects(max_depth=1), None) is not None
            page.close()
    if pictures and not any(page.strip() for page in pages):
        return reject("pdf-without-text", place)
    once, repeated = without_running_lines([page.split("\n") for page in pages])
    notices = (*(("pdf-page-without-text",) * pictures), *(("pdf-running-lines-left-out",) if repeated else ()))
    return joined([(f"page {number}", "\n".join(lines)) for number, lines in enumerate(once, 1)], notices)


def without_running_lines(pages: Sequence[list[str]]) -> tuple[list[list[str]], bool]:
    """Leave out, from the second page on, lines at a page's edge that stand at the edge of every page, word for word but for page numbers.

    >>> without_running_lines([["J.R., page 1", "squats", "to"], ["J.R., page 2", "fatigue"]])
    ([['J.R., page 1', 'squats', 'to'], ['fatigue']], True)
    """
    filled = [page for page in pages if any(line.strip() for line in page)]
    if len(filled) < 2:
        return list(pages), False
    common = Counter(key for page in filled for key in {*map(_key, _edges(page))})
    running = {key for key, count in common.items() if count == len(filled) and key}
    first = filled[0]
    return [page if page is first else _middle(page, running) for page in pages], bool(running)


def _edges(page: list[str]) -> list[str]:
    """Give the lines at the top and at the bottom of a page."""
    lines = [line for line in page if line.strip()]
    return lines if len(lines) <= 2 * EDGE_LINES else lines[:EDGE_LINES] + lines[-EDGE_LINES:]


def _middle(page: list[str], running: set[str]) -> list[str]:
    """Take the running lines off the page from its edges inward."""
    start, end = 0, len(page)
    while start < end and (not page[start].strip() or _key(page[start]) in running):
        start += 1
    while end > start and (not page[end - 1].strip() or _key(page[end - 1]) in running):
        end -= 1
    return page[start:end] or page  # a page of which nothing would be left is no running line


def _key(line: str) -> str:
    """Give what must be the same on every page."""
    return FIGURES.sub("0", line).strip() if PAGE_NUMBER.search(line) else line.strip()


def _plain(text: str) -> str:
    return HYPHEN_AT_LINE_END.sub("-", text.replace("\r\n", "\n").replace("\r", "\n"))
