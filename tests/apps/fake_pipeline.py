"""A stand-in for the pipeline: fixed phrases, fixed answers, quick to build in any process."""

import os
import re
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import ClassVar

from nlp_pipeline.errors import ModelPackMissing
from nlp_pipeline.records.claim import Claim, ClaimLine, UnitShare
from nlp_pipeline.records.coded_note import CodedNote, ReaderName
from nlp_pipeline.records.encounter import Encounter, Service
from nlp_pipeline.records.facts import Block, Dosage, Evidence, Facts, Intervention, MinuteStatement
from nlp_pipeline.records.finding import Finding
from nlp_pipeline.records.note import Note
from nlp_pipeline.records.suggestion import Contribution, Suggestion
from nlp_pipeline.rulebook.rulebook import Rulebook

PHRASES = {
    "SLS on foam": ("97112", "balance on a reduced, unstable base"),
    "squats": ("97110", "strength of the legs"),
    "sit to stand": ("97530", "a whole functional task"),
    "step-ups": ("97530", "a whole functional task"),
    "manual therapy": ("97140", "hands-on technique"),
}
FOUND = re.compile("|".join(map(re.escape, PHRASES)))
MINUTES = re.compile(r"(\d+) min")
HEADER = re.compile(r"NMR|TherEx")
HEADED = {"NMR": "97112", "TherEx": "97110"}


class Pipeline:
    """Answers as the real one does, from a handful of phrases."""

    model = "fake-2026.11-000000"
    digests: ClassVar = {"model.joblib": "00"}

    def __init__(self) -> None:
        self.rulebook = Rulebook.load()

    @classmethod
    def load(cls, model: Path | None = None, reader: ReaderName = "careful") -> "Pipeline":
        """Take any model but one that is not there."""
        if model and model.name == "broken":
            raise ZeroDivisionError
        if model and model.name == "deadly":
            os._exit(9)
        if model and not model.exists():
            raise ModelPackMissing(model)
        return cls()

    def code(self, notes: Iterable[Note], *, counterfactuals: bool = False) -> Iterator[CodedNote]:
        """Code each note by its phrases; two words in a note stand for what may go wrong."""
        for note in notes:
            if "RAISE" in note.text:
                raise ZeroDivisionError
            if "DIE" in note.text:
                os._exit(9)
            if "SLOW" in note.text:
                time.sleep(0.01)
            yield code_note(note)


def code_note(note: Note) -> CodedNote:
    """Build a coded note that has something in every field."""
    blocks = [(found, f"B{number}") for number, found in enumerate(HEADER.finditer(note.text), 1)]
    interventions, suggestions = [], []
    for found in FOUND.finditer(note.text):
        code, reason = PHRASES[found[0]]
        over = [(header, block) for header, block in blocks if header.start() < found.start()]
        status = "planned" if "next visit" in note.text[found.end() : found.end() + 20] else "performed"
        stated, block = (HEADED[over[-1][0][0]], over[-1][1]) if over else (None, None)
        interventions.append(Intervention(note.span(*found.span()), status, 0.9, stated, block, Dosage(sets=3, hold_seconds=30.0)))
        last_word = note.span(found.end() - 4, found.end())
        other = "97112" if code == "97110" else "97110"
        because = (Contribution(last_word, code, 1.9), Contribution(note.span(found.start(), found.start() + 3), other, -0.4))
        target = code in {"97110", "97112", "97530"}
        rest = dict.fromkeys(("97110", "97112", "97530"), 0.05) | {code: 0.9} if target else None
        doubt = ("purpose-not-stated",) if found[0] == "step-ups" else ()
        suggestions.append(Suggestion(code, 0.9, rest, bool(doubt), reason, because, 0.25, 1.75, None, other, doubt))
    minutes = tuple(_minutes(note, blocks))
    known = {each.code: each.minutes for each in minutes if each.code}
    evidence = tuple(Evidence("deficit", note.span(*found.span())) for found in re.finditer("impaired balance", note.text))
    finding = Finding(
        "missing-functional-goal", "warning", "No goal says what the patient will be able to do.", tuple(i.span for i in interventions[:1]), "MBPM ch. 15"
    )
    facts = Facts(note, tuple(Block(b, note.span(*h.span()), HEADED[h[0]], len(note.text)) for h, b in blocks), tuple(interventions), evidence=evidence)
    encounter = Encounter(note.id, services=tuple(Service(code, spent) for code, spent in known.items()), minutes=minutes)
    findings = (finding,) if interventions else ()
    return CodedNote(
        facts, tuple(suggestions), encounter, _claim(known), findings, Pipeline.model, "2026-10-01", ("The visit has no date; the newest rules are used.",)
    )


def _minutes(note: Note, blocks: list[tuple[re.Match[str], str]]) -> Iterator[MinuteStatement]:
    for found in MINUTES.finditer(note.text):
        over = [(header, block) for header, block in blocks if header.start() < found.start()]
        code, block = (HEADED[over[-1][0][0]], over[-1][1]) if over else (None, None)
        yield MinuteStatement(note.span(*found.span()), float(found[1]), "code" if code else "visit_total", code, block)


def _claim(known: dict[str, float]) -> Claim:
    units = {code: int(spent + 7) // 15 for code, spent in known.items()}
    share = UnitShare(units, frozenset(units) if len(units) > 1 and len(set(known.values())) == 1 else frozenset())
    steps = [f"{code}: {spent:g} minutes." for code, spent in known.items()]
    return Claim(
        method="cms",
        minutes_by_code=known or None,
        timed_minutes=sum(known.values()) if known else None,
        total_minutes=None,
        units={"cms": share, "ama": UnitShare(units), "per15": None},
        stated_units={},
        lines=tuple(ClaimLine(code, count, ("GP",)) for code, count in units.items() if count),
        explanation=tuple(steps),
        rules_dated="2026-10-01",
    )
