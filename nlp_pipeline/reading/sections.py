"""Find the headings of a note and say what stands under each: treatment, plan, home programme, history, measures and others."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

KINDS = (
    "none", "plan", "home", "goals", "history", "subjective", "measures", "assessment",
    "response", "education", "equipment", "held", "treatment", "other",
)  # fmt: skip

_LINE = re.compile(r"[^\r\n]+")
_BULLET = re.compile(r"[ \t\xa0]*(?:(?:[-*•·>+–—]|\(?\d{1,2}[.)]|[a-z][.)]|\[[ xX✓]?\]|[☐☑☒□■✓])[ \t\xa0]*)*")
_LABEL = re.compile(r"([A-Za-z][^:\t|\n]{0,58}?)[ \t\xa0]*(?::|\t|\||[–—-][ \t])")
_INLINE = re.compile(r"(?<=[.;)!?,\]\"”] )([A-Z][A-Za-z/' ]{0,34}?):(?=[ \t\xa0])")
_WORDS = re.compile(r"[a-z/]+(?:['-][a-z/]+)*")
_SIGN = re.compile(r"[:\t|–—-]")  # no label without one of these
_TITLE_LIMIT = 48  # characters of a line that may be a heading without a colon


@dataclass(frozen=True, slots=True)
class Section:
    """A heading from `start` to `end` (offsets into the text) and what stands under it until the next one."""

    start: int
    end: int
    kind: str


def find_sections(text: str) -> list[Section]:
    r"""List the headings of a note in order; text before the first one has no section.

    >>> [(each.kind, each.start) for each in find_sections("Rx: SLR x10.\nHEP: bridges\nNext visit: step-ups")]
    [('treatment', 0), ('home', 13), ('plan', 26)]
    """
    found: list[Section] = []
    for line in _LINE.finditer(text):
        row = line.group()
        lead = _BULLET.match(row)
        at = lead.end() if lead else 0
        label = _LABEL.match(row, at) if _SIGN.search(row, at) else None
        if label:
            kind = kind_of(label.group(1))
            if kind == "other" and row[:at].strip():  # bulleted
                kind = ""
        else:
            bare = row[at:].strip()
            kind = kind_of(bare, whole=True) if 0 < len(bare) <= _TITLE_LIMIT and bare[-1] not in ".,;" else ""
        if kind:
            end = label.end() if label else len(row)
            found.append(Section(line.start() + at, line.start() + end, kind))
        following = label.end() if label else at
        for inner in _INLINE.finditer(row, following) if row.find(":", following) > 0 else ():
            kind = kind_of(inner.group(1))
            if kind != "other":
                found.append(Section(line.start() + inner.start(), line.start() + inner.end(), kind))
    return found


@cache
def kind_of(heading: str, whole: bool = False) -> str:
    """Name the kind of a heading by its longest known phrase; "other" (or, for a whole line, nothing) where none is known.

    >>> kind_of("Home Program Modifications"), kind_of("Goal 2"), kind_of("Quads")
    ('home', 'goals', 'other')
    """
    phrases = _phrases()
    words = _WORDS.findall(heading.lower())
    if " ".join(words) in phrases:
        return phrases[" ".join(words)]
    if whole and len(words) > 4:
        return ""
    for length in range(min(4, len(words)), 0, -1):
        for start in range(len(words) - length + 1):
            phrase = " ".join(words[start : start + length])
            if phrase in phrases and (length > 1 or (len(words) < 4 and len(phrase) > 2 and not whole)):
                return phrases[phrase]
    return "" if whole else "other"


@cache
def _phrases() -> dict[str, str]:
    data = tomllib.loads((files("nlp_pipeline.reading") / "lexicon" / "sections.toml").read_text("utf-8"))
    return {phrase: kind for kind, entry in data.items() for phrase in entry["phrases"]}
