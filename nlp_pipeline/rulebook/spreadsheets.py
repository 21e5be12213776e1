"""Rows of cells out of the files that are published: zip, tab-separated text, csv and xlsx, with the standard library alone."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import IO
from xml.etree import ElementTree

from nlp_pipeline.errors import UnreadableInput

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
READABLE = (".txt", ".csv", ".tsv", ".xlsx")
MOST_BYTES = 2_000_000_000  # of one file inside a zip; what claims to be larger is no official table

Row = list[str]


def rows_of(path: Path) -> Iterator[Row]:
    """Give the rows of a published file, heading lines and notices included; of a zip, those of every table in it."""
    try:
        if zipfile.is_zipfile(path) and path.suffix.lower() != ".xlsx":
            yield from _zipped(path)
        else:
            with path.open("rb") as file:
                yield from _rows(file, path.name)
    except OSError as trouble:
        raise UnreadableInput(str(path), (trouble.strerror or "it cannot be read").lower(), "Check the file.") from None
    except (zipfile.BadZipFile, ElementTree.ParseError, UnicodeDecodeError, KeyError, csv.Error) as wrong:
        raise UnreadableInput(str(path), f"it is damaged or not what its name says ({type(wrong).__name__})", "Take the file again from its source.") from None


def _zipped(path: Path) -> Iterator[Row]:
    with zipfile.ZipFile(path) as archive:
        members = [each for each in archive.infolist() if PurePosixPath(each.filename).suffix.lower() in READABLE and each.file_size <= MOST_BYTES]
        forms = {PurePosixPath(each.filename).suffix.lower() for each in members}
        form = next((each for each in READABLE if each in forms), None)  # the same table is often inside in several forms
        for member in members:
            if PurePosixPath(member.filename).suffix.lower() == form:
                with archive.open(member) as file:
                    yield from _rows(file, member.filename)


def _rows(file: IO[bytes], name: str) -> Iterator[Row]:
    if name.lower().endswith(".xlsx"):
        yield from _workbook(io.BytesIO(file.read()))
        return
    lines = (line.decode("utf-8", "replace").lstrip("\ufeff") for line in file)
    first = next(lines, "")
    every = chain([first], lines)
    if "\t" in first or name.lower().endswith((".txt", ".tsv")):
        for line in every:
            yield [cell.strip().strip('"') for cell in line.rstrip("\r\n").split("\t")]
    else:
        for row in csv.reader(every):
            yield [cell.strip() for cell in row]


def _workbook(file: IO[bytes]) -> Iterator[Row]:
    with zipfile.ZipFile(file) as book:
        words = _shared_words(book)
        sheets = sorted((name for name in book.namelist() if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", name)), key=_number)
        for name in sheets:
            with book.open(name) as sheet:
                for _, element in ElementTree.iterparse(sheet):
                    if element.tag == f"{SHEET}row":
                        yield _cells(element, words)
                        element.clear()


def _shared_words(book: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in book.namelist():
        return []
    with book.open("xl/sharedStrings.xml") as file:
        return ["".join(part.text or "" for part in each.iter(f"{SHEET}t")) for each in ElementTree.parse(file).iter(f"{SHEET}si")]


def _cells(row: ElementTree.Element, words: list[str]) -> Row:
    found: Row = []
    for cell in row.iter(f"{SHEET}c"):
        place = _column(cell.get("r", ""), len(found))
        found += [""] * (place - len(found))
        value = cell.find(f"{SHEET}v")
        if cell.get("t") == "s" and value is not None and value.text:
            found.append(words[int(value.text)].strip())
        elif cell.get("t") == "inlineStr":
            found.append("".join(part.text or "" for part in cell.iter(f"{SHEET}t")).strip())
        else:
            found.append((value.text or "").strip().removesuffix(".0") if value is not None else "")
    return found


def _column(reference: str, otherwise: int) -> int:
    """Tell a cell's column, from nought, by its letters.

    >>> _column("A1", 0), _column("AB12", 0)
    (0, 27)
    """
    letters = re.match(r"[A-Z]+", reference)
    if letters is None:
        return otherwise
    place = 0
    for letter in letters[0]:
        place = place * 26 + ord(letter) - ord("A") + 1
    return place - 1


def _number(name: str) -> int:
    return int("".join(filter(str.isdigit, name.rpartition("/")[2])))
