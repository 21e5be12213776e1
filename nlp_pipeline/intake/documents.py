"""Documents that are one note each: text, web page, RTF, Word, PDF, told apart by their first bytes where those say more than the name."""

import re
from collections.abc import Callable, Mapping
from io import BufferedReader
from pathlib import PurePath

from nlp_pipeline.intake.clinical_text import text_of_clinical_document
from nlp_pipeline.intake.decoding import decode, is_binary
from nlp_pipeline.intake.markup import text_of_html
from nlp_pipeline.intake.pdf import read_pdf
from nlp_pipeline.intake.profiles import Profile
from nlp_pipeline.intake.received import Draft, Drafts, Place, Rejected, Written, reject
from nlp_pipeline.intake.recognition import recognition
from nlp_pipeline.intake.sources import Source
from nlp_pipeline.intake.word import read_word
from nlp_pipeline.intake.xml_reading import parse_xml

LOCKED_OFFICE = "EncryptedPackage".encode("utf-16-le")
PICTURE = re.compile(r"[0-9A-Fa-f\s]{2000,}")  # no note is hexadecimal


def read_documents(source: Source, stream: BufferedReader, profile: Profile) -> Drafts:
    """Read a file that is one note."""
    data = whole(source, stream)
    if isinstance(data, Rejected):
        yield data
        return
    suffix = PurePath(source.label).suffix.lower()
    written = read_document(data, recognition().documents.get(suffix, "text"), source.place())
    yield written if isinstance(written, Rejected) else draft_of(written, source)


def whole(source: Source, stream: BufferedReader) -> bytes | Rejected:
    """Read a file that can only be read as a whole, if it is not too large for that."""
    limit = recognition().document_bytes
    data = stream.read(limit + 1)
    return data if len(data) <= limit else reject("oversized-file", source.place(), source.note_id, limit=limit)


def draft_of(written: Written, source: Source) -> Draft:
    """Make the one draft of a file that is one note."""
    return Draft({"id": source.note_id, "text": written.text}, source.place(), written.pieces, written.notices)


def read_document(data: bytes, named: str, place: Place) -> Written | Rejected:
    """Read the bytes of a document; `named` is what its name or its sender says that it is."""
    head = data[: recognition().head_bytes].lstrip(b"\xef\xbb\xbf \t\r\n")
    kind = next((kind for start, kind in recognition().starts if head.startswith(start)), named)
    if kind == "legacy":
        return reject("encrypted-file" if LOCKED_OFFICE in data else "legacy-document", place)
    if kind not in DOCUMENTS or (named in ("docx", "pdf") and kind != named and is_binary(head)):
        return reject("binary-file", place)
    if kind in ("text", "html") and is_binary(data[: recognition().head_bytes]):
        return reject("binary-file", place)
    return DOCUMENTS[kind](data, place)


def _read_plain(data: bytes, place: Place) -> Written | Rejected:
    return Written(decode(data))


def _read_xml(data: bytes, place: Place) -> Written | Rejected:
    root = parse_xml(data, place)
    return root if isinstance(root, Rejected) else text_of_clinical_document(root, place, read_document)


def _read_html(data: bytes, place: Place) -> Written | Rejected:
    return Written(text_of_html(decode(data)))


def _read_rtf(data: bytes, place: Place) -> Written | Rejected:
    from striprtf import striprtf  # most runs never need it

    to_text: Callable[..., str] = striprtf.rtf_to_text
    source = PICTURE.sub("", data.decode("latin-1"))
    try:
        text = to_text(source, errors="surrogateescape")
    except (LookupError, ValueError):
        return reject("unreadable-file", place, why="it is not a whole RTF document")
    return Written(text.replace("\r\n", "\n"), notices=("deleted-text-shown",) if "\\deleted" in source else ())


DOCUMENTS: Mapping[str, Callable[[bytes, Place], Written | Rejected]] = {
    "text": _read_plain,
    "html": _read_html,
    "rtf": _read_rtf,
    "docx": read_word,
    "pdf": read_pdf,
    "xml": _read_xml,
}
