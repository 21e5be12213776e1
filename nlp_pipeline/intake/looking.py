"""A look at the columns of an input, for a person who wants to know how it is understood."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from io import BufferedReader
from itertools import islice

from nlp_pipeline.intake.profiles import Profile
from nlp_pipeline.intake.recognition import Field, ReaderName
from nlp_pipeline.intake.sources import Source, sources_of
from nlp_pipeline.intake.tables import as_text, header_in, rows_of_table, sheets_of

ROWS_LOOKED_AT = 20
Look = tuple[list[str], list[list[str]]]


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of an input: what is known of them, what is not used, and which one may hold the text where none is known to."""

    known: Mapping[Field, str]
    unknown: tuple[str, ...] = ()
    guess: str | None = None


def header_of(name: str, profile: Profile) -> Columns:
    """Look at the columns of the first table among an input; an input without one has no columns."""
    for source in sources_of(name):
        if isinstance(source, Source) and source.reader in LOOKS:
            with source.open() as stream:
                names, cells = LOOKS[source.reader](source, stream, profile)
                return _columns(names, cells, profile)
    return Columns({})


def _look_at_table(source: Source, stream: BufferedReader, profile: Profile) -> Look:
    with closing(rows_of_table(source, stream)) as rows:
        names = next(rows, None) or []
        return names, [cells for cells in islice(rows, ROWS_LOOKED_AT) if cells]


def _look_at_workbook(source: Source, stream: BufferedReader, profile: Profile) -> Look:
    looks: list[tuple[bool, Look]] = []
    for _, rows in sheets_of(source, stream):
        above, header = header_in(rows, profile)
        looks.append(("text" in header.places, (rows[above], rows[above + 1 : above + 1 + ROWS_LOOKED_AT])))
    return max(looks, key=lambda look: look[0], default=(False, ([], [])))[1]


def _look_at_parquet(source: Source, stream: BufferedReader, profile: Profile) -> Look:
    from pyarrow.parquet import ParquetFile  # heavy, and most runs never need it

    file = ParquetFile(stream)
    rows = [[as_text(cell) for cell in row.values()] for batch in islice(file.iter_batches(ROWS_LOOKED_AT), 1) for row in batch.to_pylist()]
    return file.schema_arrow.names, rows


def _columns(names: Sequence[str], rows: Sequence[Sequence[object]], profile: Profile) -> Columns:
    known = profile.columns_of(names)
    unknown = tuple(name for name in names if name not in known.values() and name)
    lengths = {name: sum(len(str(row[at])) for row in rows if at < len(row)) for at, name in enumerate(names) if name in unknown}
    guess = max(lengths, key=lambda name: lengths[name], default=None) if "text" not in known else None
    return Columns(known, unknown, guess)


LOOKS: Mapping[ReaderName | None, Callable[[Source, BufferedReader, Profile], Look]] = {
    "table": _look_at_table,
    "workbook": _look_at_workbook,
    "parquet": _look_at_parquet,
}
