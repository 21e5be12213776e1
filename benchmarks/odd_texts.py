"""Put many odd texts through the full path: no exception, offsets exact, the same answer twice.

    python -m benchmarks.odd_texts [TEXTS.jsonl] [--random 2000] [--seed 7]

TEXTS.jsonl holds objects with a "text". Random notes are corpus notes with lines shuffled, characters lost or doubled, other line
ends and blanks, and signs from everywhere in Unicode.
"""

import argparse
import json
import random
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from benchmarks.fresh_notes import endless_notes
from nlp_pipeline import Note, Pipeline
from nlp_pipeline.records.coded_note import CodedNote
from nlp_pipeline.records.schema import write_line

_BLANKS = ("\r\n", "\n\n", "\u00a0", "\t", "\u2009", "\u2028", " ")
_SIGNS = "\u2032\u2033\u2019\u00b0\u00b1\u2192\u2713\u2610\U0001f600\u200b\u0301\ufeff\x00\x0c|[]{}<>#"


def spoil(text: str, chance: random.Random) -> str:
    """Spoil a note: shuffle lines, lose and double characters, change blanks, strew signs."""
    lines = text.split("\n")
    if chance.random() < 0.3:
        chance.shuffle(lines)
    signs = list(chance.choice(_BLANKS[:2]).join(lines))
    for _ in range(chance.randrange(1, 30)):
        place = chance.randrange(len(signs))
        signs[place] = chance.choice(("", signs[place] * 2, chance.choice(_SIGNS), chance.choice(_BLANKS), chr(chance.randrange(32, 0x2FFF))))
    return "".join(signs)


def texts(path: Path | None, count: int, seed: int) -> Iterator[str]:
    """Yield the given texts, then spoiled notes."""
    if path:
        yield from (json.loads(line)["text"] for line in path.read_text("utf-8").splitlines() if line.strip())
    chance = random.Random(seed)
    yield from (spoil(text, chance) for text in islice(endless_notes(seed), count))


def spans(coded: CodedNote) -> Iterator[tuple[int, int, str]]:
    """Yield every span of an answer."""
    facts = coded.facts
    for span in (
        *(each.span for each in facts.interventions), *(each.span for each in facts.evidence), *(each.span for each in facts.time.minutes),
        *(block.header for block in facts.blocks), *(one.span for each in coded.suggestions for one in each.contributions),
        *(span for finding in coded.findings for span in finding.evidence),
    ):  # fmt: skip
        yield span.start, span.end, span.text


def main() -> None:
    """Run, and print what was counted; any wrong offset or changed answer ends with status 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("texts", nargs="?", type=Path)
    parser.add_argument("--random", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=7)
    order = parser.parse_args()
    notes = [Note(f"n{number}", text) for number, text in enumerate(texts(order.texts, order.random, order.seed))]
    pipeline = Pipeline.load()
    first = list(pipeline.code(notes))
    second = [write_line(coded) for coded in pipeline.code(notes)]
    wrong = sum(coded.facts.note.text[start:end] != text for coded in first for start, end, text in spans(coded))
    changed = sum(write_line(coded) != line for coded, line in zip(first, second, strict=True))
    found = sum(len(coded.facts.interventions) for coded in first)
    print(f"{len(notes)} texts, {len(first)} answers, {found} interventions, {wrong} wrong offsets, {changed} answers that differ the second time")
    raise SystemExit(bool(wrong or changed))


if __name__ == "__main__":
    main()
