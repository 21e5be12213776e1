"""Parquet files cut into stretches of rows that can be read on different machines; one after the other they are what `Intake` gives."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

from nlp_pipeline.errors import EngineRefused, UnreadableInput
from nlp_pipeline.intake.editions import EDITION_FIELDS
from nlp_pipeline.intake.intake import at_least_one, drafts_of
from nlp_pipeline.intake.profiles import Profile
from nlp_pipeline.intake.received import Draft, Rejected
from nlp_pipeline.intake.sources import Source, files_of
from nlp_pipeline.intake.tables import parted, read_parquet

LOCALLY: Final = "Review it without --engine spark"


@dataclass(frozen=True, slots=True)
class Stretch:
    """What comes out of a source from its row `first` (the first is 0) on and before `end`; a rejected input is a row by itself."""

    source: Source | Rejected
    first: int
    end: int


def stretches(inputs: Sequence[str], leave_out: Path, profile: Profile) -> Iterator[Stretch]:
    """Give each file of the inputs, whole, in the order of the inputs; only Parquet is taken."""
    for name in inputs:
        for source in files_of(name, leave_out):
            if isinstance(source, Rejected):
                yield Stretch(source, 0, 1)
            elif source.path is None or source.reader != "parquet":
                raise EngineRefused(f"{source.label}: Spark reads Parquet files, folders of them and Delta tables", f"{LOCALLY}, or write it as Parquet")
            else:
                yield Stretch(replace(source, path=source.path.resolve()), 0, _rows(source, profile))


def parts_of(files: Iterable[Stretch], rows: int) -> Iterator[tuple[Stretch, ...]]:
    """Cut files into parts of so many rows; a part may hold the end of one file and the beginning of the next."""
    part: list[Stretch] = []
    room = rows
    for file in files:
        first = file.first
        while first < file.end:
            taken = min(room, file.end - first)
            part.append(replace(file, first=first, end=first + taken))
            first, room = first + taken, room - taken
            if not room:
                yield tuple(part)
                part, room = [], rows
    if part:
        yield tuple(part)


def drafts_in(part: Sequence[Stretch], profile: Profile) -> Iterator[Draft | Rejected]:
    """Read a part: as many drafts or rejected rows as it was said to hold."""
    for stretch in part:
        if isinstance(stretch.source, Rejected):
            yield stretch.source
            continue
        read = partial(read_parquet, stretch.source, profile=profile, first=stretch.first)
        coming = drafts_of(stretch.source, read)
        wanted, alone = stretch.end - stretch.first, (stretch.first, stretch.end) == (0, 1)
        given = 0
        for draft in islice(at_least_one(coming, stretch.source) if alone else coming, wanted):
            given += 1
            if isinstance(draft, Rejected) and draft.place.row is None and not alone:
                raise _broken(stretch.source, draft.message)
            yield draft
        if given < wanted:
            raise _broken(stretch.source, "It ends before its last row.")


def _rows(source: Source, profile: Profile) -> int:
    """Count the rows that will come out of a file, of which one that cannot be read gives one."""
    import pyarrow  # heavy, and most runs never need it
    from pyarrow.parquet import ParquetFile

    try:
        with source.open() as stream:
            file = ParquetFile(stream)
            known = profile.columns_of([*file.schema_arrow.names, *parted(source, file.schema_arrow.names)])
            rows = int(file.metadata.num_rows)
    except (OSError, pyarrow.ArrowException, UnicodeDecodeError):
        return 1
    if told := sorted(EDITION_FIELDS & known.keys()):
        columns = ", ".join(repr(known[each]) for each in known if each in told)
        raise EngineRefused(f"{source.label}: column {columns} tells of versions or addenda, which Spark does not settle", LOCALLY)
    return max(rows, 1) if "text" in known else 1


def _broken(source: Source, why: str) -> UnreadableInput:
    return UnreadableInput(source.label, why.removesuffix(".").lower(), f"{LOCALLY}: it then costs the rows that cannot be read, and no others.")
