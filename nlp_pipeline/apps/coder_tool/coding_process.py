"""The process that holds the pipeline, so that the pages answer at once whatever is being coded."""

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from nlp_pipeline.apps.coder_tool.worksheet import worksheet_of
from nlp_pipeline.errors import NlpPipelineError
from nlp_pipeline.records.coded_note import CodedNote, ReaderName
from nlp_pipeline.records.note import Note

if TYPE_CHECKING:
    from nlp_pipeline.pipeline import Pipeline


@dataclass(frozen=True, slots=True)
class CodedVisit:
    """What the store keeps of a coded note; `trouble` where it could not be coded. It never holds words of the note, but in `coded`."""

    coded: str | None = None
    model: str | None = None
    rules: str | None = None
    codes: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    confidence: float | None = None
    hardness: float = 0.0
    trouble: str | None = None


Code = Callable[[Sequence[Note]], list[CodedVisit]]


@dataclass
class CodingProcess:
    """Codes notes elsewhere; a process that dies is begun anew, and the note that killed it is given up."""

    model: Path | None = None
    reader: ReaderName = "careful"
    _pool: ProcessPoolExecutor | None = field(default=None, init=False)

    def code(self, notes: Sequence[Note]) -> list[CodedVisit]:
        """Code notes in order, one answer for each."""
        try:
            return self._ask(notes)
        except BrokenProcessPool:
            self.stop()
        return [self._alone(note) for note in notes]

    def stop(self) -> None:
        """End the process."""
        if self._pool:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None

    def _alone(self, note: Note) -> CodedVisit:
        try:
            return self._ask([note])[0]
        except BrokenProcessPool:
            self.stop()
            return CodedVisit(trouble="the process that coded it ended")

    def _ask(self, notes: Sequence[Note]) -> list[CodedVisit]:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn"))
        return self._pool.submit(code_notes, list(notes), self.model, self.reader).result()


def code_notes(notes: Sequence[Note], model: Path | None, reader: ReaderName) -> list[CodedVisit]:
    """Code notes with a pipeline that is built once; where one of them breaks it, code each alone."""
    try:
        coded = list(_pipeline(model, reader).code(notes, counterfactuals=True))
        return [coded_visit(each) for each in coded]
    except NlpPipelineError as error:
        if len(notes) == 1:
            return [CodedVisit(trouble=str(error)[:200])]
    except Exception as error:  # its message could quote the note
        if len(notes) == 1:
            return [CodedVisit(trouble=f"internal error ({type(error).__name__})")]
    return [code_notes([note], model, reader)[0] for note in notes]


def coded_visit(coded: CodedNote) -> CodedVisit:
    """Take from a coded note what the store keeps: the whole of it, and what puts it in order."""
    done = [(each, of) for each, of in zip(coded.facts.interventions, coded.suggestions, strict=True) if each.status == "performed"]
    confidence = min((of.confidence for _, of in done), default=None)
    codes = {of.code for _, of in done} | {line.code for line in coded.claim.lines}
    doubt = 1.0 - (confidence if confidence is not None else 0.0)
    return CodedVisit(
        coded=json.dumps(worksheet_of(coded), ensure_ascii=False, separators=(",", ":")),
        model=coded.model,
        rules=coded.rules,
        codes=tuple(sorted(codes)),
        findings=tuple(sorted({each.code for each in coded.findings})),
        confidence=confidence,
        hardness=coded.needs_review + doubt,
    )


@cache
def _pipeline(model: Path | None, reader: ReaderName) -> "Pipeline":
    from nlp_pipeline.pipeline import Pipeline  # heavy, and needed in this process alone

    return Pipeline.load(model, reader)
