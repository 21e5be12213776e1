"""Processes that work side by side: each is given one task at a time, the answers come in the order of the tasks, and one that dies is replaced."""

import signal
from collections.abc import Callable, Iterable, Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from nlp_pipeline.errors import NlpPipelineError

DEATHS_BEFORE_READY = 3  # one after the other: then it is not bad luck
TASKS_AHEAD = 4  # for each worker, answers that may wait for a slower one before them

Task = TypeVar("Task")
Answer = TypeVar("Answer")


class Worker:
    """One process that answers tasks; the first thing that it says is a dictionary: what it works with, or a trouble in words."""

    def __init__(self, work: Callable[[Connection, Any], None], setup: Any) -> None:
        context = get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process: SpawnProcess = context.Process(target=work, args=(theirs, setup), daemon=True)
        mine = signal.signal(signal.SIGINT, signal.SIG_IGN)  # inherited: on Ctrl-C the parent decides when a worker stops
        self.process.start()
        signal.signal(signal.SIGINT, mine)
        theirs.close()  # so that its end is seen here when the worker dies
        self.tasks_done = 0
        self.made_with: dict[str, Any] | None = None

    def give(self, task: Any) -> bool:
        """Hand over a task; False if the worker has died."""
        try:
            self.connection.send(task)
        except OSError:
            return False
        return True

    def take(self) -> Any:
        """Wait for the answer; None if the worker died over it."""
        try:
            answer = self.connection.recv()
            if isinstance(answer, dict):
                self.made_with, answer = answer, self.connection.recv()
        except (EOFError, OSError):
            return None
        if isinstance(answer, str):
            raise NlpPipelineError(answer)
        self.tasks_done += 1
        return answer

    def stop(self) -> None:
        """End the process."""
        self.connection.close()
        self.process.terminate()
        self.process.join()


class Pool(Generic[Task, Answer]):
    """Several workers; what is done with a task whose worker died is for each kind of pool to say."""

    def __init__(self, workers: int, begin: Callable[[], Worker], tasks_before_renewal: int | None = None) -> None:
        self.begin, self._size, self._most = begin, workers, tasks_before_renewal
        self._idle: list[Worker] = []
        self._busy: dict[Connection, tuple[Worker, int, Task]] = {}
        self._answers: dict[int, tuple[Task, Answer]] = {}
        self._died_unready = 0
        self.made_with: dict[str, Any] = {}

    def __enter__(self) -> Self:
        self._idle = [self.begin() for _ in range(self._size)]
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for worker in (*self._idle, *(worker for worker, _, _ in self._busy.values())):
            worker.stop()

    def told(self, task: Task) -> Any:
        """Give what a worker must be told of a task."""
        return task

    def again(self, task: Task) -> Answer:
        """Do a task again whose worker died."""
        raise NotImplementedError

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Answer]]:
        """Have the tasks done."""
        coming, wanted = enumerate(tasks), 0
        while True:
            while self._idle and len(self._busy) + len(self._answers) < self._size * TASKS_AHEAD and (following := next(coming, None)):
                self._start(*following)
            if wanted in self._answers:
                yield self._answers.pop(wanted)
                wanted += 1
            elif self._busy:
                for connection in wait(list(self._busy)):
                    self._finish(connection)  # type: ignore[arg-type]
            else:
                return

    def know(self, worker: Worker) -> None:
        """Note what a worker works with; give up where one after the other dies before it is ready."""
        if worker.made_with is not None:
            self.made_with, self._died_unready = worker.made_with, 0
            return
        self._died_unready += 1
        if self._died_unready >= DEATHS_BEFORE_READY:
            raise NlpPipelineError("The worker processes die before they have begun. Is there memory enough? Try fewer --workers, then --resume.")

    def _start(self, number: int, task: Task) -> None:
        worker = self._idle.pop()
        self._busy[worker.connection] = worker, number, task
        worker.give(self.told(task))  # one that has died is noticed when its answer is taken

    def _finish(self, connection: Connection) -> None:
        worker, number, task = self._busy.pop(connection)
        answer = worker.take()
        self.know(worker)
        if answer is None or worker.tasks_done == self._most:
            worker.stop()
            worker = self.begin()
        self._idle.append(worker)
        self._answers[number] = task, answer or self.again(task)
