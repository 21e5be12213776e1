"""Write the pages about rules from the data: `python docs/rules/write.py`. A test finds a page that the data has outgrown."""

import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from nlp_pipeline.rulebook.listing import Held, held_rules
from nlp_pipeline.rulebook.rulebook import SHIPPED, Rulebook

HERE = Path(__file__).parent
FIGURES = sorted((SHIPPED / "medicare").glob("*.toml"))
GROUPS = {"modifiers": "modifier ", "credentials": "credential ", "tables": "table ", "codes": "code "}
ABOUT = {
    "modifiers": "Modifiers of therapy lines",
    "credentials": "Who signs or furnishes",
    "tables": "Official tables that are shipped: the therapy subset, each with its period",
    "codes": "Service codes, in our own plain words",
}
MARKS = "**V** read in the source · **K** known, not confirmed in a source · **C** sources conflict · **D** worked out here"
WRITTEN = "Written from the data by `python docs/rules/write.py`; do not edit."


def pages() -> dict[str, str]:
    """Give every page by its file's name."""
    book = Rulebook.load()
    held = held_rules(book)
    made = {f"{path.stem}.md": _figure(path, held) for path in FIGURES}
    words = {f"code {line.rule.code}": line.rule.words for line in book.codes}
    words |= {f"modifier {line.rule.name}": line.rule.words for line in book.law.modifiers}
    words |= {f"credential {line.credential.name}": line.credential.words for line in book.law.credentials}
    for name, start in GROUPS.items():
        made[f"{name}.md"] = _page(ABOUT[name], "", (each for each in held if each.rule.startswith(start)), words)
    for profile in book.payers.profiles:
        also = ", ".join((*profile.names, *(f"any name with “{word}”" for word in profile.words)))
        lines = (each for each in held if each.rule.startswith(f"{profile.name}: "))
        made[f"payer_{profile.name.replace(' ', '_')}.md"] = _page(f"Payer: {profile.name}", f"Also: {also}." if also else "", lines, {})
    made["README.md"] = _index(made, held)
    return made


def _figure(path: Path, held: Iterable[Held]) -> str:
    about = tomllib.loads(path.read_text("utf-8"))
    return _page(about["label"], f"Unit: {about['unit']}. Applies to: {about['applies_to']}.", (each for each in held if each.rule == path.stem), {})


def _page(title: str, about: str, held: Iterable[Held], words: dict[str, str]) -> str:
    rows = [f"| {_what(each, words)} | {_since(each)} | {each.value} | {each.mark} | {each.source} |" for each in held]
    table = ["| Rule | Since | Value | Mark | Source |", "| --- | --- | --- | --- | --- |", *rows]
    return "\n".join([f"# {title}", "", *([about, ""] if about else []), *table, "", MARKS, "", WRITTEN, ""])


def _what(each: Held, words: dict[str, str]) -> str:
    name = each.rule.partition(": ")[2] or each.rule
    return f"{name}: {words[each.rule]}" if each.rule in words else name


def _since(each: Held) -> str:
    return "always" if each.since.year == 1 else each.since.isoformat()


def _index(made: dict[str, str], held: list[Held]) -> str:
    firm = {mark: sum(each.mark == mark for each in held) for mark in "VKCD"}
    counts = " · ".join(f"{mark} {count}" for mark, count in firm.items())
    lines = [f"* [{text.partition(chr(10))[0].removeprefix('# ')}]({name})" for name, text in sorted(made.items())]
    return "\n".join(["# Every rule, from the data", "", f"{len(held)} values: {counts}.", "", *lines, "", MARKS, "", WRITTEN, ""])


def outgrown() -> Iterator[str]:
    """Name the pages that are not as the data has them, missing and left-over ones included."""
    made = pages()
    there = {path.name: path.read_text("utf-8") for path in HERE.glob("*.md")}
    yield from sorted(name for name in made.keys() | there.keys() if made.get(name) != there.get(name))


if __name__ == "__main__":
    for old in HERE.glob("*.md"):
        old.unlink()
    for name, text in pages().items():
        (HERE / name).write_text(text, "utf-8")
    print(f"{len(pages())} pages in {HERE}")
