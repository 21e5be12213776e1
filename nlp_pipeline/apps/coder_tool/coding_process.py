"""The process that holds the pipeline, so that the pages answer at once whatever is being coded."""

import json
import signal
import threading
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from nlp_pipeline.apps.coder_tool.house import worksheet
from nlp_pipeline.errors import NlpPipelineError
from nlp_pipeline.house_layer import Housed, HouseLayer
from nlp_pipeline.records.coded_note import ReaderName
from nlp_pipeline.records.note import Note
from nlp_pipeline.records.policy import HousePolicy

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


@dataclass
class CodingProcess:
    """Codes notes elsewhere; a process that dies is begun anew, and the note that killed it is given up."""

    model: Path | None = None
    reader: ReaderName = "careful"
    _pool: ProcessPoolExecutor | None = field(default=None, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def code(self, notes: Sequence[Note], policies: Sequence[HousePolicy] = ()) -> list[CodedVisit]:
        """Code notes in order, one answer for each."""
        try:
            return self._ask(notes, policies)
        except BrokenProcessPool:
            return [self._alone(note, policies) for note in notes]

    def stop(self) -> None:
        """End the process."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool:
            pool.shutdown(cancel_futures=True)

    def _alone(self, note: Note, policies: Sequence[HousePolicy]) -> CodedVisit:
        try:
            return self._ask([note], policies)[0]
        except BrokenProcessPool:
            return CodedVisit(trouble="the process that coded it ended")

    def _ask(self, notes: Sequence[Note], policies: Sequence[HousePolicy]) -> list[CodedVisit]:
        pool = self._running()
        try:
            return pool.submit(code_notes, list(notes), tuple(policies), self.model, self.reader).result()
        except BrokenProcessPool:
            with self._lock:
                self._pool = None if self._pool is pool else self._pool  # another thread may have begun a new one already
            raise

    def _running(self) -> ProcessPoolExecutor:
        """Give the process, begun where there is none; threads that ask at once are given the same."""
        with self._lock:
            if self._pool is None:
                self._pool = ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn"), initializer=_leave_ctrl_c_to_the_server)
            return self._pool


def _leave_ctrl_c_to_the_server() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def code_notes(notes: Sequence[Note], policies: Sequence[HousePolicy], model: Path | None, reader: ReaderName) -> list[CodedVisit]:
    """Code notes with a pipeline that is built once; where one of them breaks it, code each alone."""
    try:
        pipeline, layer = _opened(model, reader)
        coded = pipeline.code(notes, counterfactuals=True)
        return [coded_visit(layer.apply(each, policies, date.today())) for each in coded]
    except NlpPipelineError as error:
        if len(notes) == 1:
            return [CodedVisit(trouble=str(error)[:200])]
    except Exception as error:  # its message could quote the note
        if len(notes) == 1:
            return [CodedVisit(trouble=f"internal error ({type(error).__name__})")]
    return [code_notes([note], policies, model, reader)[0] for note in notes]


def coded_visit(housed: Housed) -> CodedVisit:
    """Take from a coded note what the store keeps: the whole of it, and what puts it in order."""
    coded = housed.coded
    done = [(each, of) for each, of in zip(coded.facts.interventions, coded.suggestions, strict=True) if each.status == "performed"]
    confidence = min((of.confidence for _, of in done), default=None)
    codes = {of.code for _, of in done} | {line.code for line in coded.claim.lines}
    doubt = 1.0 - (confidence if confidence is not None else 0.0)
    return CodedVisit(
        coded=json.dumps(worksheet(housed), ensure_ascii=False, separators=(",", ":")),
        model=coded.model,
        rules=coded.rules,
        codes=tuple(sorted(codes)),
        findings=tuple(sorted({each.code for each in coded.findings})),
        confidence=confidence,
        hardness=coded.needs_review + doubt,
    )


@cache
def _opened(model: Path | None, reader: ReaderName) -> "tuple[Pipeline, HouseLayer]":
    from nlp_pipeline.pipeline import Pipeline  # heavy, and needed in this process alone

    return Pipeline.load(model, reader), HouseLayer.load()
