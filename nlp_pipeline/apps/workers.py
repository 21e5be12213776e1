"""Worker processes that code chunks; where one dies over a chunk, the notes of the chunk are tried one by one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Self

from nlp_pipeline.apps.chunks import Chunk, CodedChunk, code_chunk, made_with
from nlp_pipeline.apps.processes import Pool, Worker
from nlp_pipeline.errors import NlpPipelineError
from nlp_pipeline.records.coded_note import ReaderName
from nlp_pipeline.records.note import Note

CHUNKS_BEFORE_RENEWAL = 200  # about 50,000 notes: a worker's memory grows a little with every new word it meets


@dataclass(frozen=True, slots=True)
class Setup:
    """What a worker needs to know: which model, which reader, and which form its lines have."""

    model: Path | None
    form: str
    reader: ReaderName = "careful"


class WorkerPool(Pool[Chunk, CodedChunk]):
    """Codes chunks on several processes and gives the answers in the order of the chunks."""

    def __init__(self, workers: int, setup: Setup) -> None:
        super().__init__(workers, partial(Worker, _work, setup), CHUNKS_BEFORE_RENEWAL)

    def told(self, task: Chunk) -> list[Note]:
        """Hand over the notes alone."""
        return [each.note for each in task.received]

    def again(self, task: Chunk) -> CodedChunk:
        """Do a chunk again whose worker died: all of it, for the death may have come from without; then note by note."""
        with _Patient(self.begin, self.know) as patient:
            whole = patient.ask(self.told(task))
            if whole is not None:
                return whole
            answer = CodedChunk()
            for index, received in enumerate(task.received):
                alone = patient.ask([received.note]) or patient.ask([received.note])
                if alone is None:  # a note that kills its worker twice is given up
                    answer.failures.append((index, "worker-died", "died"))
                    continue
                answer.add(alone)
                answer.failures += [(index, reason, error) for _, reason, error in alone.failures]
            return answer


class _Patient:
    """A worker that is replaced whenever it dies."""

    def __init__(self, begin: Callable[[], Worker], know: Callable[[Worker], None]) -> None:
        self._begin, self._know = begin, know
        self._worker = begin()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._worker.stop()

    def ask(self, notes: Sequence[Note]) -> CodedChunk | None:
        """Have notes coded; None if the worker died over them."""
        answer: CodedChunk | None = self._worker.take() if self._worker.give(notes) else None
        self._know(self._worker)
        if answer is None:
            self._worker.stop()
            self._worker = self._begin()
        return answer


def _work(connection: Connection, setup: Setup) -> None:
    """Be a worker: build one pipeline, then code what comes until nothing comes."""
    from nlp_pipeline.pipeline import Pipeline  # heavy; a door must open without it

    try:
        pipeline = Pipeline.load(setup.model, setup.reader)
    except NlpPipelineError as error:
        connection.send(str(error))
        return
    except Exception as error:  # a worker that cannot begin must say so, or it would be replaced for ever
        connection.send(f"The model cannot be opened ({type(error).__name__}).")
        return
    try:
        connection.send(made_with(pipeline))
        while True:
            connection.send(code_chunk(pipeline, setup.form, connection.recv()))
    except (EOFError, OSError):
        return  # the parent has gone
