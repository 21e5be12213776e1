"""Inputs to notes: the verb of this room, one item at a time, whatever the size."""

import errno
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from io import BufferedReader, BytesIO, RawIOBase
from itertools import islice
from pathlib import Path, PurePath
from typing import cast

from nlp_pipeline.errors import UnreadableInput
from nlp_pipeline.intake.decoding import decode, is_binary
from nlp_pipeline.intake.editions import Editions
from nlp_pipeline.intake.fingerprints import Fingerprint, fingerprints_of
from nlp_pipeline.intake.notes import FrontDesk, NoteMaker, SeenIds
from nlp_pipeline.intake.profiles import Profile
from nlp_pipeline.intake.readers import READERS
from nlp_pipeline.intake.received import Draft, Drafts, Received, Rejected, reject
from nlp_pipeline.intake.recognition import ReaderName, recognition
from nlp_pipeline.intake.sources import STANDARD_INPUT, Source, StandardInput, check_input, files_of, sources_of

OF_ONE_NOTE: frozenset[ReaderName] = frozenset({"document", "messages", "json", "xml", "table", "lines"})  # at least at times
OF_MANY_NOTES: frozenset[ReaderName] = frozenset({"workbook", "parquet", "archive"})
OPEN_TO_CONTENT = frozenset({None, "text"})
MESSAGE_STARTS = ("MSH|", "FHS|", "BHS|")
OF_TEXT = frozenset({"text", "table", "lines", "messages", "json"})
EDITED = frozenset({"table", "lines", "workbook", "parquet", "messages", "json", "xml"})  # what can hold editions of one document
KNOWN_BY_THE_FIRST_ROW = frozenset({"table", "parquet"})  # every row has the columns of the first


class Intake:
    """Reads inputs in the order given; every row of them comes out once, as a note or as a rejected row."""

    def __init__(self, inputs: Sequence[str], desk: FrontDesk | None = None, leave_out: Path | None = None, profile: Profile | None = None) -> None:
        for name in inputs:
            check_input(name)
        self._inputs, self._leave_out = inputs, leave_out
        self._seen = SeenIds()
        self._maker = NoteMaker(desk or FrontDesk(), self._seen, profile or Profile())
        self._editions, self._standard_input = Editions(), StandardInput()
        self._came_in: Fingerprint | None = None
        self._bytes_done = 0
        self._open: BufferedReader | None = None

    def __iter__(self) -> Iterator[Received | Rejected]:
        """Give each note or rejected row, in the order of the inputs."""
        for source in self._sources():
            if isinstance(source, Source) and (reader := self._reader(source)) in EDITED:
                with closing(self._drafts(source)) as drafts:
                    self._editions.learn(drafts, whole=reader not in KNOWN_BY_THE_FIRST_ROW)
        self._editions.settle()
        for source in self._sources():
            if isinstance(source, Rejected):
                yield source
                continue
            for draft in at_least_one(self._drafts(source), source):
                judged = self._editions.judge(draft) if isinstance(draft, Draft) else draft
                yield self._maker.make(judged) if isinstance(judged, Draft) else judged
            self._bytes_done += source.size()
        self._close()

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
        return 0 if "-" in self._inputs else sum(source.size() for source in self._sources() if isinstance(source, Source))

    def fingerprints(self) -> Iterator[Fingerprint]:
        """Measure the files that are read, in their order, as they are now; what came in on standard input is measured once."""
        for name in self._inputs:
            if name != STANDARD_INPUT:
                yield from fingerprints_of(files_of(name, self._leave_out))
                continue
            if self._came_in is None:
                [self._came_in] = fingerprints_of(files_of(name, None, self._standard_input))
            yield self._came_in

    def refuse_if_empty(self) -> None:
        """Refuse inputs in which there is no file at all."""
        if next(self._sources(), None) is None:
            raise UnreadableInput(", ".join(self._inputs), "there is no file in it", "Name a file or folder that holds notes.")

    def _sources(self) -> Iterator[Source | Rejected]:
        for name in self._inputs:
            yield from sources_of(name, self._leave_out, self._standard_input)

    def _close(self) -> None:
        self._seen.close()
        self._editions.close()
        self._standard_input.close()

    def _reader(self, source: Source) -> ReaderName | None:
        """Say who reads a source; where its name leaves that open, its first bytes decide."""
        if source.reader not in OPEN_TO_CONTENT:
            return source.reader
        try:
            with source.open() as stream:
                return reader_by_content(source.reader, stream.peek(recognition().head_bytes))
        except (OSError, UnreadableInput):
            return None  # the reading itself will say so

    def _drafts(self, source: Source) -> Drafts:
        return drafts_of(source, partial(self._read, source))

    def _read(self, source: Source, stream: BufferedReader) -> Drafts:
        self._open = stream
        head = stream.peek(recognition().head_bytes)[: recognition().head_bytes]
        reader = reader_by_content(source.reader, head)
        if reader in OF_TEXT and is_binary(head):
            yield reject("binary-file", source.place())
        else:
            with closing(READERS[reader](source, stream, self._maker.profile)) as drafts:
                yield from drafts


def drafts_of(source: Source, read: Callable[[BufferedReader], Drafts]) -> Drafts:
    """Give what is read from a source; trouble with it is told as a rejected row."""
    try:
        with source.open() as stream, closing(read(stream)) as drafts:
            yield from drafts
    except OSError as trouble:
        if trouble.errno == errno.ENOSPC:
            raise  # not the input's fault: the run stops, and goes on when there is room
        yield reject("unreadable-file", source.place(), why=trouble.strerror or "it broke off")
    except (UnreadableInput, UnicodeDecodeError) as trouble:
        yield reject("unreadable-file", source.place(), why=trouble.why if isinstance(trouble, UnreadableInput) else "its UTF-16 is broken")


def at_least_one(drafts: Drafts, source: Source) -> Drafts:
    """Give what a source holds; one that holds nothing is told, so that no input vanishes."""
    first = next(drafts, None)
    yield reject("no-rows", source.place()) if first is None else first
    yield from drafts


def read_one(data: bytes, name: str, desk: FrontDesk) -> Received | Rejected:
    """Make the one note that some bytes are, as `unitwise code` takes them; what holds many notes is refused."""
    named = recognition().readers.get(PurePath(name).suffix.lower(), "text") if name != "-" else "text"
    source = Source(None, name, PurePath(name).stem if name != "-" else "stdin", named)
    if named in OF_MANY_NOTES:
        return reject("several-notes", source.place())
    reader: ReaderName = named if named in OF_ONE_NOTE else "text"
    if reader == "text" and is_binary(data[: recognition().head_bytes]):
        return reject("binary-file", source.place())
    maker = NoteMaker(desk, SeenIds())
    with closing(READERS[reader](source, BufferedReader(cast("RawIOBase", BytesIO(data))), maker.profile)) as drafts:
        first, *others = [*islice(drafts, 2)] or [reject("empty-note", source.place())]
    if others:
        return reject("several-notes", source.place())
    return first if isinstance(first, Rejected) else maker.make(first)


def reader_by_content(named: ReaderName | None, head: bytes) -> ReaderName:
    """Tell how an input is read; one without an ending, or that calls itself text, is known by how it begins."""
    if named not in OPEN_TO_CONTENT:
        return cast("ReaderName", named)
    beginning = decode(head[: recognition().head_bytes]).lstrip("\ufeff\v \t\r\n")
    if beginning.startswith(MESSAGE_STARTS):
        return "messages"
    if named == "text":
        return "text"
    if beginning.startswith("{"):
        return "lines"
    first_line = beginning.partition("\n")[0]
    names = max((first_line.split(delimiter) for delimiter in recognition().delimiters), key=len)
    return "table" if len(names) > 1 and "text" in recognition().columns(names) else "text"
