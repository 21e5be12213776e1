"""`coded.parquet`: typed, one row a claim line, the JSON of a note once, the same bytes each time."""

import json
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nlp_pipeline.records.note import Note
from nlp_pipeline.records.schema import write_line
from nlp_pipeline.records.visit import visit_of
from nlp_pipeline.reporting import columnar
from nlp_pipeline.reporting.columnar import ParquetTable, schema
from nlp_pipeline.reporting.tables import COLUMNS, finished, note_rows
from tests.apps.fake_pipeline import code_note

TREATMENT = "NMR 15 min: SLS on foam. TherEx 20 min: squats"


@pytest.fixture
def written(tmp_path):
    def write(notes, name="coded.parquet"):
        with ParquetTable(tmp_path / name) as table:
            for note in notes:
                coded = code_note(note)
                table.add(finished(note_rows(coded), visit_of(coded)), write_line(coded))
        return tmp_path / name

    return write


def test_columns_are_those_of_the_table_with_types(written):
    found = pq.read_schema(written([Note("n", TREATMENT)]))
    assert found.names == [*COLUMNS, "note_json"]
    kinds = [found.field(name).type for name in ("date_of_service", "units", "confidence", "needs_review", "findings")]
    assert kinds == [pa.date32(), pa.int32(), pa.float64(), pa.bool_(), pa.list_(pa.string())]


def test_a_day_is_a_day_and_units_are_numbers(written):
    [row, _] = pq.read_table(written([Note("n", TREATMENT, date(2026, 3, 2))])).to_pylist()
    assert (row["date_of_service"], row["units"], row["minutes"], row["modifiers"]) == (date(2026, 3, 2), 1, 15.0, ["GP"])


def test_the_whole_note_stands_on_its_first_row_alone(written):
    rows = pq.read_table(written([Note("a", TREATMENT), Note("b", "Did not attend.")])).to_pylist()
    assert [row["note_json"] and json.loads(row["note_json"])["id"] for row in rows] == ["a", None, "b"]


def test_a_run_without_notes_still_has_its_columns(written):
    assert pq.read_table(written([])).schema.equals(schema())


def test_groups_are_cut_so_that_memory_stays_flat(written, monkeypatch):
    monkeypatch.setattr(columnar, "ROWS_IN_A_GROUP", 4)
    assert pq.ParquetFile(written([Note(f"n{number}", TREATMENT) for number in range(5)])).num_row_groups == 3


def test_the_same_rows_give_the_same_bytes(written):
    notes = [Note(f"n{number}", TREATMENT) for number in range(3)]
    assert written(notes).read_bytes() == written(notes, "again.parquet").read_bytes()
