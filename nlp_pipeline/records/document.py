"""A report as it is read, whatever it is written as: sections of paragraphs, lists, tables and charts, all of it words already."""

from dataclasses import dataclass
from typing import Literal

BlockKind = Literal["words", "list", "table", "chart", "notice"]


@dataclass(frozen=True, slots=True)
class Block:
    """One block. A table's `align` has a letter a column, l or r; a chart is an SVG with `text` as its alternative."""

    kind: BlockKind
    text: str = ""
    items: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    align: str = ""
    rows: tuple[tuple[str, ...], ...] = ()
    svg: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it; `level` 1 or 2."""

    title: str
    blocks: tuple[Block, ...]
    level: int = 1
    new_page: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report; `banner` stands at the head of every page."""

    title: str
    subtitle: str
    banner: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    foot: str = ""
    language: str = "en"
