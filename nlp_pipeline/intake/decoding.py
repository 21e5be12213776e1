"""Bytes to text: UTF-8, UTF-16 with its mark, Windows-1252, then a guess among the rare ones."""

import codecs
import io
import re
from collections.abc import Iterator

from nlp_pipeline.errors import UnreadableInput
from nlp_pipeline.intake.recognition import recognition

UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
LINES = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$")
ESCAPED = re.compile("[\ud800-\udfff]")


def decode(data: bytes) -> str:
    r"""Decode text; bytes that belong to no known encoding stay behind as lone surrogates, which `is_decoded` finds.

    >>> decode(b"\xef\xbb\xbfSLS 30 sec"), decode(b"knee 120\xb0")
    ('SLS 30 sec', 'knee 120°')
    """
    if data.startswith(UTF_16_MARKS):
        return data.decode("utf-16", errors="surrogatepass" if len(data) % 2 == 0 else "replace")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return _decode_rare(data)


def _decode_rare(data: bytes) -> str:
    from charset_normalizer import from_bytes  # heavy, and most runs never need it

    guess = from_bytes(data[: recognition().line_bytes], cp_isolation=list(recognition().rare_encodings)).best()
    return data.decode(guess.encoding) if guess else data.decode("utf-8", errors="surrogateescape")


def is_decoded(text: str) -> bool:
    """Tell whether a text holds only whole characters, so that it can be written again as UTF-8."""
    return text.isascii() or not ESCAPED.search(text)


def is_binary(head: bytes) -> bool:
    """Tell from the first bytes of a file whether it is something other than text."""
    return head.startswith(recognition().binary_starts) or (b"\0" in head and not head.startswith(UTF_16_MARKS))


def decoded_lines(stream: io.BufferedReader, source: str) -> Iterator[str]:
    """Give the lines of a table one by one, ends kept; each line may have its own encoding, as joined exports have."""
    if stream.peek(2)[:2] in UTF_16_MARKS:
        wide = io.TextIOWrapper(stream, encoding="utf-16", newline="")
        try:
            yield from iter(wide.readline, "")  # not from the file itself, which would be closed when the reading is broken off
        finally:
            wide.detach()  # the stream is closed by whoever opened it
        return
    limit = recognition().line_bytes
    while line := stream.readline(limit):
        if len(line) == limit:
            raise UnreadableInput(source, f"a line is longer than {limit} bytes", "Check that the export ends each row with a line end.")
        text = decode(line)
        if "\r" in text:
            yield from LINES.findall(text)
        else:
            yield text
