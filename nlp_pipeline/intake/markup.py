"""Web pages to text: blocks become lines, cells stand between bars, ticked boxes stay ticked, and what is not shown is left out."""

import re
from collections.abc import Iterator
from typing import Any

from nlp_pipeline.intake.recognition import recognition

CELLS = frozenset({"td", "th"})
EDGE = "\0"  # of a block; no page holds one, for a parser of web pages replaces it
SPACES = re.compile(r"[ \t\r\n\f]+")
EDGES = re.compile(r"[ \t\n]*\0[ \t\0]*")
AROUND_LINES = re.compile(r"[ \t]*\n[ \t]*")


def text_of_html(page: str) -> str:
    r"""Write down what a page shows.

    >>> text_of_html("<p>NMR&nbsp;15 min:<br>SLS</p><table><tr><td>97112</td><td>15</td></tr></table><input type=checkbox checked> gait")
    'NMR\xa015 min:\nSLS\n97112 | 15\n[x] gait'
    """
    from selectolax.lexbor import LexborHTMLParser  # heavy, and most runs never need it

    root = LexborHTMLParser(page).root
    text = "".join(_parts(root)) if root is not None else ""
    return AROUND_LINES.sub("\n", EDGES.sub("\n", text)).strip(" \n")


def _parts(root: Any) -> Iterator[str]:
    """Walk through the page in its order, without recursion: a hostile page may be deep."""
    node, verbatim, depth = root, 0, 0
    not_shown, blocks = recognition().web_not_shown, recognition().web_blocks
    while node is not None:
        tag = node.tag
        entered = tag not in not_shown and "hidden" not in node.attributes
        if tag == "-text":
            yield (node.text_content or "") if verbatim else SPACES.sub(" ", node.text_content or "")
        elif entered:
            yield _opening(node, tag)
            verbatim += tag == "pre"
        if entered and node.child is not None:
            node, depth = node.child, depth + 1
            continue
        while node is not None:
            if node.tag == "pre" and "hidden" not in node.attributes:
                verbatim -= 1
            if node.tag in blocks:
                yield EDGE
            if depth == 0:
                return
            if node.next is not None:
                node = node.next
                break
            node, depth = node.parent, depth - 1


def _opening(node: Any, tag: str) -> str:
    if tag == "br":
        return "\n"
    if tag in recognition().web_blocks:
        return EDGE + "- " if tag in ("li", "item") else EDGE
    if tag in CELLS:
        before = node.prev
        while before is not None and before.tag not in CELLS:
            before = before.prev
        return " | " if before is not None else ""
    if tag == "input" and node.attributes.get("type") in ("checkbox", "radio"):
        return "[x] " if "checked" in node.attributes else "[ ] "
    return ""
