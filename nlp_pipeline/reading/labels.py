"""Find where a note names a service, by label or by number, and nothing more: what it means is for others to say."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import accumulate, compress
from string import ascii_lowercase, digits
from typing import Any, NamedTuple

from nlp_pipeline.reading.headings import Heading, heading_at, heading_paths
from nlp_pipeline.reading.lexicon import read_lexicon
from nlp_pipeline.reading.numerals import NUMERALS

# One character for one character, so that every offset still points into the text as given.
_PLAIN = {
    **dict.fromkeys("\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\u200b\ufeff", " "),
    **dict.fromkeys("\u2032\u2018\u2019\u00b4\u02b9\u02bc\u055a\uff07", "'"),
    **dict.fromkeys("\u2033\u201c\u201d\u02ba\uff02", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\uff0d", "-"),
    **dict.fromkeys("\u2022\u00b7\u25aa\u25cf\u25e6\u2023\u25ab\u25b8\u25ba\u25cb\u2219\u2713\u2714\u2611\u2612\u2610\u25a1\u25a0\u27a4", "*"),
    **dict.fromkeys(map(chr, range(0x2460, 0x2474)), "*"),  # circled numbers
    "\u00d7": "x",
    "\u2715": "x",
    "\uff1a": ":",
    "\uff0c": ",",
    "\x85": "\n",
    "\u2028": "\n",
    "\u2029": "\n",
}
_PLAIN_ASCII = {"`": "'", "\t": "|", "\x0b": "\n", "\x0c": "\n"}  # a tab parts the cells of a row
_SIGNS_SAID = {
    "comma": ",",
    "period": ".",
    "colon": ":",
    "semicolon": ";",
    "new paragraph": "\n",
    "new line": "\n",
    "open paren": "(",
    "close paren": ")",
    "hyphen": "-",
    "dash": "-",
}
_SCANNED_HINT = re.compile(r"[01](?:(?<=[a-z]{2}[01])|(?=[a-z]{3}))")
_SCANNED_WORD = re.compile(r"(?<![a-z\d])(?=[a-z\d]*[a-z]{2})[a-z\d]*[01][a-z\d]*")
_SCANNED_CLOCK = re.compile(r"(?<=\d:)(?:o[o\d]|\do)(?![a-z\d])")
_SAID_SIGN = re.compile(rf"(?<=[ ])({'|'.join(_SIGNS_SAID)})(?=[ ]|\Z)")
_ASCII = bytes(range(128))
_WORDS_ALONE = bytes(byte if byte in ascii_lowercase.encode() else 32 for byte in range(256))
_DIGITS_ALONE = bytes(49 if byte in digits.encode() else 32 for byte in range(256))
_WORD = re.compile(r"(?<![a-z0-9])[a-z]\d{4}(?!\d)|[a-z]+|(?<!\d)\d{5}(?!\d)")
_NUMBER = re.compile(rb"1+")
_CODE_LENGTH = 5
_SEAM = re.compile(r"[ \-./&,+*_'(]{0,3}\n?[ ]?(?=[a-z])")
_JOIN = re.compile(r"[ (\[|:,\-/.#]{0,4}(?:(?:cpt|code)[ :#]{0,2})?")
_JOIN_LOOSE = re.compile(r"[ (\[|:\-/#]{0,4}(?:cpt|code)?[ :#]{0,2}")
_MODIFIERS = re.compile(
    r"[ ]?\((?:(?:gp|go|gn|59|kx|cq|co|x[espu])[ ,]{0,2})+\)|(?:-(?:59|25)|[ \-.,/]{1,2}(?:gp|go|gn|kx|cq|co|x[espu]))+(?:[ ,]?59)?(?![a-z0-9])"
)
_LINE_OR_SENTENCE, _NAMED = re.compile(r"\n|[.;](?=[ ])"), re.compile(r"[a-z]{3}")
_NEAR, _JUST_BEFORE = 60, 24
_SLIP_LETTERS = "aeiousrntlch"
_KINDS = ("totals", "billing", "same", "corrections", "clinicians")  # lists of words, and where Marks says they stand
_Begins = tuple[dict[str, Any] | None, dict[str, Any] | None, tuple[int, ...]]  # paths of labels and headings; kinds of words: numbers, articles, the others
_ARTICLES, _AFTER_ARTICLE = frozenset(("a", "an")), frozenset(("", *"mrshctbq"))  # and how the word behind one begins in a length of time
_END = ""  # the key under which a path of words keeps its label


class Label(NamedTuple):
    """A service named at a place; `sure` is false for ordinary words that need a header or a time beside them."""

    start: int
    end: int
    code: str
    sure: bool
    number: bool


class Marks(NamedTuple):
    """What one pass over the words of a note finds: services, headings, and where words of each kind, and numbers in digits, start."""

    labels: tuple[Label, ...]
    headings: tuple[Heading, ...]
    digits: Sequence[int] = ()
    numbers: Sequence[int] = ()
    totals: Sequence[int] = ()
    billing: Sequence[int] = ()
    same: Sequence[int] = ()
    corrections: Sequence[int] = ()
    clinicians: Sequence[int] = ()


@lru_cache(maxsize=8)
def plain(text: str) -> str:
    r"""Lower a text and level its spaces, primes and dashes, each character for one character.

    >>> plain("NMR\u00a015\u2032")
    "nmr 15'"
    """
    levelled = text.replace("\r\n", " \n").replace("\r", "\n") if "\r" in text else text
    for letter, plainer in _PLAIN_ASCII.items():
        if letter in levelled:
            levelled = levelled.replace(letter, plainer)
    if not text.isascii():
        for letter in set(text.encode("utf-8", "surrogatepass").translate(None, _ASCII).decode("utf-8", "surrogatepass")):
            plainer = _PLAIN.get(letter) or (str(int(letter)) if letter.isdecimal() else letter)
            levelled = levelled.replace(letter, plainer)
    lowered = levelled.lower()
    if len(lowered) != len(text):  # a few letters grow when lowered
        lowered = "".join(letter.lower() if len(letter.lower()) == 1 else letter for letter in levelled)
    if _SCANNED_HINT.search(lowered):
        lowered = _SCANNED_WORD.sub(_as_letters, lowered)
    if ":o" in lowered:  # a scanned clock
        lowered = _SCANNED_CLOCK.sub(lambda found: found[0].replace("o", "0"), lowered)
    return _SAID_SIGN.sub(_as_sign, lowered) if lowered.count(" period") > 1 else lowered


def _as_letters(scanned: re.Match[str]) -> str:
    """Write letters for the digits that a scanner read in a word, if that makes a word of a service or a heading."""
    for one in "li":
        word = scanned[0].replace("1", one).replace("0", "o")
        if word in _scannable():
            return word
    return scanned[0]


@cache
def _scannable() -> frozenset[str]:
    table = read_lexicon("services")
    words = {word for service in table["service"] for label in (*service["sure"], *service["header"]) for word in label.split()}
    return frozenset(word for word in (*words, "total", "minutes", "timed", "billed") if len(word) > _CODE_LENGTH - 1)


def _as_sign(said: re.Match[str]) -> str:
    """Write a sign that was dictated as a word, in as many characters."""
    return _SIGNS_SAID[said[1]].ljust(len(said[1]))


def slips(word: str) -> Iterator[str]:
    """Spell a word with one slip of the keyboard: a letter lost, doubled, swapped with its neighbour or mistaken for a common one."""
    for at in range(1, len(word)):
        yield word[:at] + word[at + 1 :]
        yield word[:at] + word[at] + word[at:]
        yield word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]
        for letter in ascii_lowercase:
            yield word[:at] + letter + word[at + 1 :]
        for letter in _SLIP_LETTERS:
            yield word[:at] + letter + word[at:]


@cache
def _paths() -> dict[str, Any]:
    """Grow the tree of label words; a misspelt word leads where the right one leads."""
    table = read_lexicon("services")
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


@cache
def _first_words() -> dict[str, _Begins]:
    """Say of each first word what it may begin."""
    labels, headings, table = _paths(), heading_paths(), read_lexicon("time")
    kinds = [NUMERALS - _ARTICLES, _ARTICLES, *(frozenset(table[kind]) for kind in _KINDS)]
    words = {*labels, *headings, *(word for kind in kinds for word in kind)}
    return {word: (labels.get(word), headings.get(word), tuple(at for at, kind in enumerate(kinds) if word in kind)) for word in words}


@lru_cache(maxsize=8)
def find_marks(text: str) -> Marks:
    """Go once over the words of a levelled text, and find services, headings and the words that others look for."""
    first = _first_words()
    words, digits = _known_words(text, first)
    labels: list[Label] = []
    headings: list[Heading] = []
    places: tuple[list[int], ...] = ([], [], [], [], [], [], [])
    done = 0
    for start, word, following in words:
        label, heading, kinds = first[word]
        if heading is not None and (start < 2 or not text[start - 2].isalnum() or text[start - 1] in "\n|;"):
            headed = heading_at(text, start, start + len(word), heading)
            if headed:
                headings.append(headed)
        if label is not None and start >= done and (following in label or _END in label or not following.isalpha()):
            found = _longest(text, start + len(word), label)
            if found:
                done, (code, sure, is_number) = found
                labels.append(Label(start, done, code, sure, is_number))
        for kind in kinds:
            if kind != 1:
                places[kind].append(start)
            elif following[:1] in _AFTER_ARTICLE:
                places[0].append(start)
    if labels and headings:
        longer = {label.start: label.end for label in labels}  # "HEP instruction" is a service, "HEP" a heading
        headings = [heading for heading in headings if longer.get(heading.start, 0) <= heading.end]
    return Marks(_merged(text, _refined(text, labels)), tuple(headings), digits, places[0], *places[2:])


def _known_words(text: str, first: Mapping[str, _Begins]) -> tuple[list[tuple[int, str, str]], list[int]]:
    """List the words that may begin something, each with what stands behind it, and where numbers in digits start."""
    letters = text.encode("ascii", "replace")
    pieces = letters.translate(_WORDS_ALONE).decode("ascii").split(" ")
    ends = list(accumulate(map(len, pieces)))
    held = compress(range(len(pieces)), map(first.__contains__, pieces))
    pieces.append("")
    known = [(ends[at] - len(piece) + at, piece, pieces[at + 1]) for at in held if (piece := pieces[at])]
    numbers = [found.span() for found in _NUMBER.finditer(letters.translate(_DIGITS_ALONE))]
    codes = [(start, text[start:end], "") for start, end in numbers if end - start == _CODE_LENGTH and text[start:end] in first]
    lettered = [
        start - 1 for start, end in numbers if end - start == _CODE_LENGTH - 1 and start and (found := _WORD.match(text, start - 1)) and found.end() == end
    ]
    if lettered:  # a letter and four digits are one word
        codes += [(start, word, "") for start in lettered if (word := text[start : start + _CODE_LENGTH]) in first]
        alone = frozenset(lettered)
        known = [word for word in known if word[0] not in alone]
    return sorted(known + codes) if codes else known, [start for start, _ in numbers]


def find_labels(text: str) -> tuple[Label, ...]:
    """Find the services named in a levelled text; a name and its number side by side are one."""
    return find_marks(text).labels


def _merged(text: str, labels: Sequence[Label]) -> tuple[Label, ...]:
    merged: list[Label] = []
    for label in labels:
        if label.number and (tail := _MODIFIERS.match(text, label.end)):
            label = label._replace(end=tail.end())
        last = merged[-1] if merged else None
        if last and _joined(text, last, label):
            merged[-1] = Label(last.start, label.end, last.code if last.number else label.code, True, last.number or label.number)
        else:
            merged.append(label)
    return tuple(merged)


@cache
def _refinements() -> dict[str, list[tuple[re.Pattern[str], str]]]:
    """Say of each code that a name alone leaves open which words on its line make it which other."""
    found: dict[str, list[tuple[re.Pattern[str], str]]] = {}
    for each in read_lexicon("services")["refined"]:
        words = "|".join(map(re.escape, each["words"]))
        found.setdefault(each["from"], []).append((re.compile(rf"(?<![a-z])(?<!un)(?:{words})(?![a-z])"), each["to"]))
    return found


def _refined(text: str, labels: Sequence[Label]) -> Sequence[Label]:
    """Settle what a name leaves open by the words around it on its line, up to the next label."""
    open_codes = _refinements()
    if not any(label.code in open_codes for label in labels):
        return labels
    refined = list(labels)
    for at, label in enumerate(labels):
        if label.code in open_codes and not label.number:
            high = min(labels[at + 1].start if at + 1 < len(labels) else len(text), label.end + _NEAR)
            stop = _LINE_OR_SENTENCE.search(text, label.end, high)
            around = ((max(labels[at - 1].end if at else 0, label.start - _JUST_BEFORE), label.start), (label.end, stop.start() if stop else high))
            code = next((code for words, code in open_codes[label.code] if any(words.search(text, *part) for part in around)), label.code)
            refined[at] = label._replace(code=code)
    return refined


def _joined(text: str, last: Label, label: Label) -> bool:
    if label.start - last.end > 12:
        return False
    if last.code == label.code:
        seam = _JOIN.fullmatch(text, last.end, label.start)
        listed = last.number and not label.sure and _NAMED.search(text, last.start, last.end)  # "97530 therapeutic activities: lifting …"
        return seam is not None and (last.number != label.number or seam.end() - seam.start() < 2) and not (listed and ":" in seam[0])
    return label.number and not last.number and _JOIN_LOOSE.fullmatch(text, last.end, label.start) is not None
