"""Find where a note names a service, by label or by number, and nothing more: what it means is for others to say."""

import re
import tomllib
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

# One character for one character, so that every offset still points into the text as given.
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\u200b\ufeff", " "),
        **dict.fromkeys("\u2032\u2018\u2019\u00b4`\u02b9\u02bc\u055a\uff07", "'"),
        **dict.fromkeys("\u2033\u201c\u201d\u02ba\uff02", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\uff0d", "-"),
        **dict.fromkeys("\u2022\u00b7\u25aa\u25cf\u25e6\u2023\u25ab\u25b8\u25ba\u25cb\u2219\u2713\u2714\u2611\u2612\u2610\u25a1\u25a0\u27a4", "*"),
        **dict.fromkeys(map(chr, range(0x2460, 0x2474)), "*"),  # circled numbers
        "\t": "|",  # a tab parts the cells of a row
        "\u00d7": "x",
        "\u2715": "x",
        "\uff1a": ":",
        "\uff0c": ",",
        "\x0b": "\n",
        "\x0c": "\n",
        "\x85": "\n",
        "\u2028": "\n",
        "\u2029": "\n",
    }
)
_WORD = re.compile(r"(?<![a-z0-9])[a-z]\d{4}(?!\d)|[a-z]+|(?<!\d)\d{5}(?!\d)")
_SEAM = re.compile(r"[ \-./&,+*_']{0,3}\n?[ ]?(?=[a-z])")
_JOIN = re.compile(r"[ (\[|:,\-/.#]{0,4}(?:(?:cpt|code)[ :#]{0,2})?")
_JOIN_LOOSE = re.compile(r"[ (\[|:\-/#]{0,4}(?:cpt|code)?[ :#]{0,2}")
_MODIFIERS = re.compile(r"(?:-(?:59|25)|[ \-.,/]{1,2}(?:gp|go|gn|kx|cq|co|x[espu]))+(?:[ ,]?59)?(?![a-z0-9])")
_SLIP_LETTERS = "aeiousrntlch"
_END = ""  # the key under which a path of words keeps its label


class Label(NamedTuple):
    """A service named at a place; `sure` is false for ordinary words that need a header or a time beside them."""

    start: int
    end: int
    code: str
    sure: bool
    number: bool


def plain(text: str) -> str:
    """Lower a text and level its spaces, primes and dashes, each character for one character.

    >>> plain("NMR\\u00a015\\u2032")
    "nmr 15'"
    """
    levelled = text.replace("\r\n", " \n").replace("\r", "\n") if "\r" in text else text
    if not text.isascii() or "\t" in text:
        levelled = levelled.translate(_PLAIN)
    lowered = levelled.lower()
    if len(lowered) != len(text):  # a few letters grow when lowered
        lowered = "".join(letter.lower() if len(letter.lower()) == 1 else letter for letter in levelled)
    return lowered


def lexicon(name: str) -> dict[str, Any]:
    """Read one of the reader's own word lists."""
    return tomllib.loads(files("nlp_pipeline.reading").joinpath("lexicon", f"{name}.toml").read_text("utf-8"))


def slips(word: str) -> Iterator[str]:
    """Spell a word with one slip of the keyboard: a letter lost, doubled, swapped with its neighbour or mistaken for a common one."""
    for at in range(1, len(word)):
        yield word[:at] + word[at + 1 :]
        yield word[:at] + word[at] + word[at:]
        yield word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]
        for letter in _SLIP_LETTERS:
            yield word[:at] + letter + word[at + 1 :]
            yield word[:at] + letter + word[at:]


@cache
def _paths() -> dict[str, Any]:
    """Grow the tree of label words; a misspelt word leads where the right one leads."""
    table = lexicon("services")
    known = {word for service in table["service"] for label in (*service["sure"], *service["header"]) for word in label.split()}
    wrong: dict[str, tuple[str, ...]] = {word: tuple(set(slips(word)) - known) for word in table["spelling"]}
    root: dict[str, Any] = {}
    for service in table["service"]:
        code = service["code"]
        for label, sure in [(label, True) for label in service["sure"]] + [(label, False) for label in service["header"]]:
            node = root
            for word in label.split():
                node = node.setdefault(word, {})
            node[_END] = (code, sure, False)
        root.setdefault(code.lower(), {})[_END] = (code, True, True)
    _forgive(root, wrong)
    return root


def _forgive(node: dict[str, Any], wrong: dict[str, tuple[str, ...]]) -> None:
    for word in [word for word in node if word]:
        _forgive(node[word], wrong)
        for slip in wrong.get(word, ()):
            node.setdefault(slip, node[word])


def _longest(text: str, at: int, node: dict[str, Any]) -> tuple[int, tuple[str, bool, bool]] | None:
    best = (at, node[_END]) if _END in node else None
    while len(node) > (_END in node):
        seam = _SEAM.match(text, at)
        word = _WORD.match(text, seam.end()) if seam else None
        if word is None or (node := node.get(word[0])) is None:  # type: ignore[assignment]
            break
        at = word.end()
        if _END in node:
            best = (at, node[_END])
    return best


def _mentions(text: str) -> Iterator[Label]:
    root, done = _paths(), 0
    for word in _WORD.finditer(text):
        node = root.get(word[0])
        if node is None or word.start() < done:
            continue
        found = _longest(text, word.end(), node)
        if found is None:
            continue
        done, (code, sure, number) = found
        yield Label(word.start(), done, code, sure, number)


@lru_cache(maxsize=8)
def find_labels(text: str) -> tuple[Label, ...]:
    """Find the services named in a levelled text; a name and its number side by side are one."""
    merged: list[Label] = []
    for label in _mentions(text):
        end = label.end
        if label.number and (tail := _MODIFIERS.match(text, end)):
            end = tail.end()
        label = label._replace(end=end)
        last = merged[-1] if merged else None
        if last and _joined(text, last, label):
            number = last if last.number else label
            merged[-1] = Label(last.start, label.end, number.code, True, last.number or label.number)
        else:
            merged.append(label)
    return tuple(merged)


def _joined(text: str, last: Label, label: Label) -> bool:
    if label.start - last.end > 12:
        return False
    if last.code == label.code:
        seam = _JOIN.fullmatch(text, last.end, label.start)
        return seam is not None and (last.number != label.number or seam.end() - seam.start() < 2)
    return label.number and not last.number and _JOIN_LOOSE.fullmatch(text, last.end, label.start) is not None
