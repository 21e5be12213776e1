"""Coding in the background: notes that wait are coded in a process of their own, those first for which someone waits."""

import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from nlp_pipeline.apps.coder_tool import house, visits
from nlp_pipeline.apps.coder_tool.coding_process import CodedVisit, CodingProcess
from nlp_pipeline.apps.coder_tool.database import Store
from nlp_pipeline.apps.coder_tool.limits import Limits
from nlp_pipeline.apps.coder_tool.tables import Batch, User, Visit
from nlp_pipeline.records.note import Note

REST_SECONDS = 5.0  # how long it takes at most to see what another process has added
BROKEN_OFF = {"reason": "broken-off", "message": "The tool was stopped while this was being read.", "remedy": "Take it in again; what is there stays."}

Read = Callable[[], Iterable[Note | dict[str, Any]]]


@dataclass
class CodingQueue:
    """A thread that takes waiting notes from the store, has them coded, and puts the answers back."""

    store: Store
    process: CodingProcess
    _wake: threading.Event = field(default_factory=threading.Event)
    _done: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Begin, with what an earlier run has left waiting."""
        self._begin(self._run)

    def stop(self) -> None:
        """End after the notes that are being coded; the rest waits for the next start."""
        self._done.set()
        self._wake.set()
        for thread in self._threads:
            thread.join()
        self.process.stop()

    def add_note(self, who: User, note: Note) -> str:
        """Take in one note that someone waits for; the visit's key."""
        with self.store.write() as tx:
            [visit] = visits.add(tx, visits.add_batch(tx, "paste", who, urgent=True), [note])
        self._wake.set()
        return visit.key

    def recover(self) -> None:
        """Say of batches that an earlier run has not read to their end that they broke off."""
        with self.store.write() as tx:
            for batch in tx.session.scalars(select(Batch).where(Batch.reading)):
                batch.reading, batch.rejected = False, [*batch.rejected, BROKEN_OFF]

    def add_all(self, source: str, who: User | None, read: Read, *, once: bool = False) -> str:
        """Take in what a reader gives, notes and rejected rows, while it is being read; the batch's key.

        What is taken in `once` is known by its source: the second time nothing happens, but where the first time broke off.
        """
        with self.store.write() as tx:
            known = tx.session.scalar(select(Batch).where(Batch.source == source)) if once else None
            if known and BROKEN_OFF not in known.rejected:
                return known.key
            batch = known or visits.add_batch(tx, source, who)
            batch.reading = True
        self._begin(self._read, batch, read)
        return batch.key

    def _begin(self, work: Callable[..., None], *given: Any) -> None:
        self._threads = [each for each in self._threads if each.is_alive()]
        thread = threading.Thread(target=work, args=given, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _read(self, batch: Batch, read: Read) -> None:
        together, rejected = 10 * Limits.load().notes_together, list[dict[str, Any]]()
        notes = list[Note]()
        with self.store.read() as tx:
            there = set(tx.session.scalars(select(Visit.note_id).where(Visit.batch_id == batch.id)))
        try:
            for each in read():
                if self._done.is_set():
                    rejected.append(BROKEN_OFF)
                    break
                if isinstance(each, Note):
                    notes += [] if each.id in there else [each]
                else:
                    rejected.append(each)
                if len(notes) == together:
                    self._put(batch, notes, rejected)
                    notes = []
        except Exception as error:  # the reader's defect must not leave a batch that is never done
            rejected.append({"reason": "internal-error", "message": f"Reading broke off ({type(error).__name__}).", "remedy": "Please report it."})
        self._put(batch, notes, rejected, reading=False)

    def _put(self, batch: Batch, notes: Sequence[Note], rejected: Sequence[dict[str, Any]], *, reading: bool = True) -> None:
        with self.store.write() as tx:
            row = tx.session.get_one(Batch, batch.id)
            row.rejected, row.reading = list(rejected), reading
            if notes:
                visits.add(tx, row, notes)
        self._wake.set()

    def _run(self) -> None:
        while not self._done.is_set():
            self._wake.clear()
            try:
                busy = self._code_some()
            except Exception as error:  # a database that is away for a while must not end the coding for good
                print(f"unitwise: coding waits, {type(error).__name__}", file=sys.stderr)
                busy = False
            if not busy:
                self._wake.wait(REST_SECONDS)

    def _code_some(self) -> bool:
        """Code the next notes that wait; False where there are none."""
        waiting = select(Visit).join(Batch, Batch.id == Visit.batch_id).where(Visit.state == "waiting").order_by(Batch.urgent.desc(), Visit.id)
        with self.store.read() as tx:
            found = list(tx.session.scalars(waiting.limit(Limits.load().notes_together)))
            policies = house.in_force(tx) if found else []
        if not found:
            return False
        answers = self.process.code([visits.note_of(visit) for visit in found], policies)
        with self.store.write() as tx:
            for visit, answer in zip(found, answers, strict=True):
                row = tx.session.get_one(Visit, visit.id, with_for_update=True)
                if row.state == "waiting":
                    _enter(row, answer)
            tx.log("visits.coded", None, None, {"visits": len(found), "failed": sum(answer.trouble is not None for answer in answers)})
        return True


def _enter(row: Visit, answer: CodedVisit) -> None:
    if answer.trouble is not None:
        row.state, row.trouble = "failed", answer.trouble
        return
    row.state, row.coded, row.model, row.rules = "open", answer.coded, answer.model, answer.rules
    row.codes, row.findings = f" {' '.join(answer.codes)} ", f" {' '.join(answer.findings)} "
    row.confidence, row.hardness = answer.confidence, answer.hardness
