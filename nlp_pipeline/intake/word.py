"""Word documents to text: paragraphs, tables, text boxes, headers and footers in their order; what tracked changes took out stays out."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any
from zipfile import BadZipFile, ZipFile

from nlp_pipeline.intake.archives import BROKEN, is_bomb
from nlp_pipeline.intake.received import Place, Rejected, Written, joined, reject
from nlp_pipeline.intake.xml_reading import parse_xml

BODY = "word/document.xml"
TAKEN_OUT = frozenset({"del", "moveFrom", "instrText", "delText", "Fallback", "rPr", "pPr", "sectPr", "tblPr", "trPr", "tcPr"})
SIGNS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
LAYOUT_LINES = 3  # a cell with more lines than this is a part of the page, not of a table


def read_word(data: bytes, place: Place) -> Written | Rejected:
    """Read a DOCX file."""
    try:
        if is_bomb(BytesIO(data)):
            return reject("zip-bomb", place)
        with ZipFile(BytesIO(data)) as archive:
            names = set(archive.namelist())
            if BODY not in names:
                return reject("unreadable-file", place, why="it holds no Word document")
            headers, footers = (sorted(name for name in names if name.startswith(f"word/{part}")) for part in ("header", "footer"))
            parts: dict[str, Any] = {name: parse_xml(archive.read(name), place) for name in (*headers, BODY, *footers)}
    except (BadZipFile, *BROKEN):
        return reject("unreadable-file", place, why="it is not a whole Word document")
    for part in parts.values():
        if isinstance(part, Rejected):
            return part
    tracked = any(next(part.iter("del", "ins", "moveFrom"), None) is not None for part in parts.values())
    texts = {name: "\n".join(_lines(part)).strip("\n") for name, part in parts.items()}
    shown = [("body" if name == BODY else name.removeprefix("word/").rstrip("0123456789.xml"), text) for name, text in _once(texts)]
    return joined(shown, ("tracked-changes-accepted",) if tracked else ())


def _once(texts: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Give each text once: a first page often has the same header as the others."""
    seen = set()
    for name, text in texts.items():
        if text not in seen:
            seen.add(text)
            yield name, text


def _lines(block: Any) -> Iterator[str]:
    """Give the lines of a body, a cell or a text box."""
    for child in block:
        if child.tag == "p":
            yield from "".join(_runs(child)).split("\n")
        elif child.tag == "tbl":
            for row in child.iter("tr"):
                if next(row.iterancestors("tbl"), None) is child:
                    yield from _row(row)
        elif child.tag not in TAKEN_OUT:
            yield from _lines(child)


def _row(row: Any) -> Iterator[str]:
    """Write a row as one line with bars, unless its cells are whole parts of the page."""
    cells = [[line for line in _lines(cell) if line.strip()] for cell in row.iter("tc") if next(cell.iterancestors("tr"), None) is row]
    if sum(map(bool, cells)) > 1 and all(len(cell) <= LAYOUT_LINES for cell in cells):
        yield " | ".join(" ".join(cell) for cell in cells)
    else:
        yield from (line for cell in cells for line in cell)


def _runs(element: Any) -> Iterator[str]:
    for child in element:
        if child.tag == "t":
            yield child.text or ""
        elif child.tag in SIGNS:
            yield SIGNS[child.tag]
        elif child.tag == "txbxContent":
            yield "\n" + "\n".join(_lines(child)) + "\n"
        elif child.tag not in TAKEN_OUT:
            yield from _runs(child)
