"""What an executor of the Spark engine does: it reads parts of the inputs and codes them, in the same chunks as the local engine, into files of answers."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from nlp_pipeline.apps.chunks import ROWS_IN_A_CHUNK, Chunk, CodedChunk, chunks_of, code_chunk, failures_of, made_with
from nlp_pipeline.apps.manifest import versions
from nlp_pipeline.apps.workers import Setup
from nlp_pipeline.errors import EngineRefused, NlpPipelineError
from nlp_pipeline.intake.notes import FrontDesk, NoteMaker
from nlp_pipeline.intake.profiles import Profile
from nlp_pipeline.intake.received import Draft, Received, Rejected
from nlp_pipeline.intake.stretches import Stretch, drafts_in
from nlp_pipeline.records.coded_note import ReaderName
from nlp_pipeline.rulebook.digest import rulebook_digest

if TYPE_CHECKING:
    import pyarrow as pa

    from nlp_pipeline.pipeline import Pipeline

Batches = Iterator["pa.RecordBatch"]

MOST_CHUNKS_IN_A_PART: Final = 16  # about 4,000 notes: what a lost executor has to do again
PARTS_WANTED: Final = 256  # so that a small run keeps many cores busy too
ID_SCHEMA: Final = "number long, id binary"  # in Spark's words
DONE_SCHEMA: Final = "part int, trouble string"
COLUMNS: Final = ("rows", "seal", "lines", "visits", "keys", "table", "rejected", "counts")
UNSEEN: Final = "See to it that every machine sees the folder of the results under the same path, and may write there"


@dataclass(frozen=True, slots=True)
class SparkJob:
    """All that an executor needs to know: each part has `rows` rows, the last may have fewer; `folder` takes the answers."""

    parts: tuple[tuple[Stretch, ...], ...]
    rows: int
    desk: FrontDesk
    profile: Profile
    setup: Setup
    folder: Path

    def answer(self, part: int) -> Path:
        """Name the file of a part's answer."""
        return self.folder / f"part-{part:06}.parquet"


def rows_in_a_part(rows: int) -> int:
    """Say how many rows make a part of a run of so many, always whole chunks.

    >>> [rows_in_a_part(rows) for rows in (200, 40_000, 200_000, 5_000_000)]
    [256, 256, 768, 4096]
    """
    return ROWS_IN_A_CHUNK * min(max(rows // (PARTS_WANTED * ROWS_IN_A_CHUNK), 1), MOST_CHUNKS_IN_A_PART)


class _AnyId:
    """Lets every id pass."""

    def add(self, note_id: str) -> bool:
        """Let it pass."""
        return True


class _KnownIds:
    """Knows by the number of its row which note bears an id that an earlier note has; that was settled before, over all parts."""

    def __init__(self, again: frozenset[int]) -> None:
        self._again, self.number = again, 0

    def add(self, note_id: str) -> bool:
        """Tell by the row's number."""
        return self.number not in self._again


def take_in(job: SparkJob) -> Callable[[Batches], Batches]:
    """Give the function that lists the ids of parts, each with the number of its row in the run."""

    def ids(batches: Batches) -> Batches:
        import pyarrow as pa

        schema = pa.schema({"number": pa.int64(), "id": pa.binary()})
        for part in _parts(batches):
            numbers, digests = [], []
            with suppress(NlpPipelineError):  # a file that breaks off is told when it is coded
                for number, note_id in _ids(job, part):
                    numbers.append(number)
                    digests.append(blake2b(note_id.encode(), digest_size=16).digest())
            yield pa.record_batch([pa.array(numbers, pa.int64()), pa.array(digests, pa.binary())], schema=schema)

    return ids


def code_parts(job: SparkJob, missing: tuple[int, ...], again: frozenset[int]) -> Callable[[Batches], Batches]:
    """Give the function that codes parts, and says of each that it is done or what stood in the way."""

    def code(batches: Batches) -> Batches:
        import pyarrow as pa

        for place in _parts(batches):
            part, trouble = missing[place], None
            try:
                _code_part(job, part, again)
            except NlpPipelineError as error:
                trouble = str(error)
            except OSError as error:
                trouble = str(EngineRefused(f"{job.folder.parent}: {error.strerror or 'it cannot be written'} on a machine of the cluster", UNSEEN))
            yield pa.record_batch([[part], [trouble]], schema=pa.schema({"part": pa.int32(), "trouble": pa.string()}))

    return code


def _ids(job: SparkJob, part: int) -> Iterator[tuple[int, str]]:
    """Name the notes of a part, each with the number of its row in the run."""
    maker = NoteMaker(job.desk, _AnyId(), job.profile)
    for number, draft in enumerate(drafts_in(job.parts[part], job.profile), part * job.rows):
        if isinstance(draft, Draft) and isinstance(made := maker.make(draft), Received):
            yield number, made.note.id


def _parts(batches: Batches) -> Iterator[int]:
    for batch in batches:
        yield from batch.column(0).to_pylist()


def _code_part(job: SparkJob, part: int, again: frozenset[int]) -> None:
    """Code a part into a file, a chunk a row, which takes its name when it is whole: a part done twice is the same file."""
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    pipeline = _pipeline(job.setup.model, job.setup.reader)
    known = _KnownIds(again)
    maker = NoteMaker(job.desk, known, job.profile)
    schema = pa.schema({name: pa.int64() if name == "rows" else pa.binary() for name in COLUMNS}, {"made": json.dumps(told_of(pipeline))})
    new = job.folder / f".{part:06}-{uuid4().hex}"
    with new.open("wb") as file:
        with ParquetWriter(file, schema, compression="zstd") as table:
            for chunk in chunks_of(_rows(job, part, maker, known), lambda: 0):
                answer = code_chunk(pipeline, job.setup.form, [each.note for each in chunk.received])
                table.write_batch(pa.record_batch([[value] for value in _row(chunk, answer, dict(maker.notices))], schema=schema))
                maker.notices.clear()
        file.flush()
        os.fsync(file.fileno())
    new.replace(job.answer(part))


def _rows(job: SparkJob, part: int, maker: NoteMaker, known: _KnownIds) -> Iterator[Received | Rejected]:
    """Make notes of a part's drafts, as `Intake` does."""
    for known.number, draft in enumerate(drafts_in(job.parts[part], job.profile), part * job.rows):
        yield maker.make(draft) if isinstance(draft, Draft) else draft


def _row(chunk: Chunk, answer: CodedChunk, notices: dict[str, int]) -> tuple[object, ...]:
    rejected = [*chunk.rejected, *failures_of(chunk, answer)]
    for row in rejected:
        answer.tally.count("rejected", row.reason)
        if row.whole_input:
            answer.tally.count("whole_inputs", "rejected")
    told = "".join(json.dumps(row.to_json(), ensure_ascii=False) + "\n" for row in rejected)
    texts = (answer.lines, answer.visits, answer.keys, answer.rows, told, json.dumps({"tally": answer.tally.to_json(), "notices": notices}))
    return chunk.rows, chunk.seal, *(text.encode() for text in texts)


def told_of(pipeline: Any) -> dict[str, Any]:
    """Say what an executor codes with, so that no two of them differ unseen."""
    return {"made_with": made_with(pipeline), "rules": rulebook_digest(), "unitwise": versions()["unitwise"]}


@cache
def _pipeline(model: Path | None, reader: ReaderName) -> "Pipeline":
    """Open the model once for each Python worker; one that was shipped with the job lies where Spark has put it."""
    from nlp_pipeline.pipeline import Pipeline  # heavy; a door must open without it

    if model is not None and not model.exists():
        from pyspark import SparkFiles

        shipped = Path(model.name), Path(SparkFiles.get(model.name))
        model = next((each for each in shipped if each.exists()), model)
    return Pipeline.load(model, reader)
