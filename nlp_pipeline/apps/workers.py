"""Worker processes that code chunks: order is kept, a worker that dies is replaced and its chunk done again."""

import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from nlp_pipeline.apps.chunks import Chunk, CodedChunk, code_chunk, made_with
from nlp_pipeline.errors import NlpPipelineError
from nlp_pipeline.records.coded_note import ReaderName
from nlp_pipeline.records.note import Note

CHUNKS_BEFORE_RENEWAL = 200  # about 50,000 notes: a worker's memory grows a little with every new word it meets
DEATHS_BEFORE_READY = 3  # one after the other: then it is not bad luck
CHUNKS_AHEAD = 4  # for each worker, chunks that may wait for a slower one before them


@dataclass(frozen=True, slots=True)
class Setup:
    """What a worker needs to know: which model, which reader, and which form its lines have."""

    model: Path | None
    form: str
    reader: ReaderName = "careful"


class Worker:
    """One process with one pipeline, given one chunk at a time."""

    def __init__(self, setup: Setup) -> None:
        context = get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process: SpawnProcess = context.Process(target=_work, args=(theirs, setup), daemon=True)
        mine = signal.signal(signal.SIGINT, signal.SIG_IGN)  # inherited: on Ctrl-C the parent decides when a worker stops
        self.process.start()
        signal.signal(signal.SIGINT, mine)
        theirs.close()  # so that its end is seen here when the worker dies
        self.chunks_done = 0
        self.made_with: dict[str, Any] | None = None

    def give(self, notes: Sequence[Note]) -> bool:
        """Hand over notes; False if the worker has died."""
        try:
            self.connection.send(notes)
        except OSError:
            return False
        return True

    def take(self) -> CodedChunk | None:
        """Wait for the answer; None if the worker died over it. The first thing that a worker says is what it codes with."""
        try:
            answer: CodedChunk | dict[str, Any] | str = self.connection.recv()
            if isinstance(answer, dict):
                self.made_with, answer = answer, self.connection.recv()
        except (EOFError, OSError):
            return None
        if isinstance(answer, str):
            raise NlpPipelineError(answer)
        assert isinstance(answer, CodedChunk)
        self.chunks_done += 1
        return answer

    def stop(self) -> None:
        """End the process."""
        self.connection.close()
        self.process.terminate()
        self.process.join()


class WorkerPool:
    """Codes chunks on several processes and gives the answers in the order of the chunks."""

    def __init__(self, workers: int, setup: Setup) -> None:
        self._setup, self._size = setup, workers
        self._idle: list[Worker] = []
        self._busy: dict[Connection, tuple[Worker, int, Chunk]] = {}
        self._answers: dict[int, tuple[Chunk, CodedChunk]] = {}
        self._died_unready = 0
        self.made_with: dict[str, Any] = {}

    def __enter__(self) -> Self:
        self._idle = [Worker(self._setup) for _ in range(self._size)]
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for worker in (*self._idle, *(worker for worker, _, _ in self._busy.values())):
            worker.stop()

    def run(self, chunks: Iterator[Chunk]) -> Iterator[tuple[Chunk, CodedChunk]]:
        """Code the chunks."""
        coming, wanted = enumerate(chunks), 0
        while True:
            while self._idle and len(self._busy) + len(self._answers) < self._size * CHUNKS_AHEAD and (following := next(coming, None)):
                self._start(*following)
            if wanted in self._answers:
                yield self._answers.pop(wanted)
                wanted += 1
            elif self._busy:
                for connection in wait(list(self._busy)):
                    self._finish(connection)  # type: ignore[arg-type]
            else:
                return

    def _start(self, number: int, chunk: Chunk) -> None:
        worker = self._idle.pop()
        self._busy[worker.connection] = worker, number, chunk
        worker.give([each.note for each in chunk.received])  # one that has died is noticed when its answer is taken

    def _finish(self, connection: Connection) -> None:
        worker, number, chunk = self._busy.pop(connection)
        answer = worker.take()
        self._know(worker)
        if answer is None or worker.chunks_done >= CHUNKS_BEFORE_RENEWAL:
            worker.stop()
            worker = Worker(self._setup)
        self._idle.append(worker)
        self._answers[number] = chunk, answer or self._again(chunk)

    def _know(self, worker: Worker) -> None:
        """Note what a worker codes with; give up where one after the other dies before it is ready."""
        if worker.made_with is not None:
            self.made_with, self._died_unready = worker.made_with, 0
            return
        self._died_unready += 1
        if self._died_unready >= DEATHS_BEFORE_READY:
            raise NlpPipelineError("The worker processes die before they have begun. Is there memory enough? Try fewer --workers, then --resume.")

    def _again(self, chunk: Chunk) -> CodedChunk:
        """Do a chunk again whose worker died: all of it, for the death may have come from without; then note by note."""
        with _Patient(self._setup, self._know) as patient:
            whole = patient.ask([each.note for each in chunk.received])
            if whole is not None:
                return whole
            answer = CodedChunk()
            for index, received in enumerate(chunk.received):
                alone = patient.ask([received.note]) or patient.ask([received.note])
                if alone is None:  # a note that kills its worker twice is given up
                    answer.failures.append((index, "worker-died", "died"))
                    continue
                answer.add(alone)
                answer.failures += [(index, reason, error) for _, reason, error in alone.failures]
            return answer


class _Patient:
    """A worker that is replaced whenever it dies."""

    def __init__(self, setup: Setup, know: Callable[[Worker], None]) -> None:
        self._setup, self._know = setup, know
        self._worker = Worker(setup)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._worker.stop()

    def ask(self, notes: Sequence[Note]) -> CodedChunk | None:
        """Have notes coded; None if the worker died over them."""
        answer = self._worker.take() if self._worker.give(notes) else None
        self._know(self._worker)
        if answer is None:
            self._worker.stop()
            self._worker = Worker(self._setup)
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
