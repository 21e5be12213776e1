"""Inputs to notes: the verb of this room, one item at a time, whatever the size."""

from collections.abc import Iterator, Sequence
from io import BufferedReader
from pathlib import Path

from nlp_pipeline.errors import UnreadableInput
from nlp_pipeline.intake.decoding import decode, is_binary
from nlp_pipeline.intake.notes import FrontDesk, NoteMaker, SeenIds
from nlp_pipeline.intake.readers import READERS
from nlp_pipeline.intake.received import Received, Rejected, reject
from nlp_pipeline.intake.recognition import ReaderName, recognition
from nlp_pipeline.intake.sources import Source, check_input, sources_of


class Intake:
    """Reads inputs in the order given; every row of them comes out once, as a note or as a rejected row."""

    def __init__(self, inputs: Sequence[str], desk: FrontDesk | None = None, leave_out: Path | None = None) -> None:
        for name in inputs:
            check_input(name)
        self._inputs, self._leave_out = inputs, leave_out
        self._maker = NoteMaker(desk or FrontDesk(), SeenIds())
        self._bytes_done = 0
        self._open: BufferedReader | None = None

    def __iter__(self) -> Iterator[Received | Rejected]:
        """Give each note or rejected row, in the order of the inputs."""
        for name in self._inputs:
            for source in sources_of(name, self._leave_out):
                if isinstance(source, Rejected):
                    yield source
                else:
                    yield from self._read(source)
                    self._bytes_done += source.size()
        self._maker.seen.close()

    @property
    def notices(self) -> dict[str, int]:
        """Count what was read in one of several possible ways, so far."""
        return dict(self._maker.notices)

    @property
    def bytes_read(self) -> int:
        """Tell how far the reading has come."""
        return self._bytes_done + (self._open.tell() if self._open and not self._open.closed else 0)

    def bytes_in_all(self) -> int:
        """Measure all inputs; 0 where standard input is among them."""
        sizes = [source.size() for name in self._inputs for source in sources_of(name, self._leave_out) if isinstance(source, Source)]
        return 0 if "-" in self._inputs else sum(sizes)

    def _read(self, source: Source) -> Iterator[Received | Rejected]:
        try:
            with source.open() as stream:
                self._open = stream
                head = stream.peek(recognition().head_bytes)[: recognition().head_bytes]
                if is_binary(head):
                    yield reject("binary-file", source.place())
                else:
                    yield from READERS[source.reader or _reader_of(head)](source, stream, self._maker)
        except OSError as trouble:
            yield reject("unreadable-file", source.place(), why=trouble.strerror or "it broke off")
        except (UnreadableInput, UnicodeDecodeError) as trouble:
            yield reject("unreadable-file", source.place(), why=trouble.why if isinstance(trouble, UnreadableInput) else "its UTF-16 is broken")


def read_one(data: bytes, name: str, desk: FrontDesk) -> Received | Rejected:
    """Make the one note that some bytes are, as `unitwise code` takes them."""
    source = Source(None, name, Path(name).stem if name != "-" else "stdin", "text")
    if is_binary(data[: recognition().head_bytes]):
        return reject("binary-file", source.place())
    return NoteMaker(desk, SeenIds()).make({"id": source.note_id, "text": decode(data)}, source.place())


def _reader_of(head: bytes) -> ReaderName:
    """Tell JSON Lines, a table and a note apart by how standard input begins."""
    beginning = decode(head).lstrip("\ufeff \t\r\n")
    if beginning.startswith("{"):
        return "lines"
    first_line = beginning.partition("\n")[0]
    names = max((first_line.split(delimiter) for delimiter in recognition().delimiters), key=len)
    return "table" if len(names) > 1 and "text" in recognition().columns(names) else "text"
