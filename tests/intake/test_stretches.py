import pyarrow as pa
import pytest
from pyarrow import parquet

from nlp_pipeline.errors import UnreadableInput
from nlp_pipeline.intake.intake import Intake
from nlp_pipeline.intake.notes import FrontDesk, NoteMaker, SeenIds
from nlp_pipeline.intake.profiles import Profile
from nlp_pipeline.intake.received import Draft
from nlp_pipeline.intake.stretches import drafts_in, parts_of, stretches


def made_in_parts(inputs, out, rows):
    """Read inputs as several machines would, one part after the other."""
    maker = NoteMaker(FrontDesk(), SeenIds())
    parts = parts_of(stretches(inputs, out, Profile()), rows)
    return [maker.make(draft) if isinstance(draft, Draft) else draft for part in parts for draft in drafts_in(part, Profile())]


@pytest.fixture
def lake(tmp_path):
    """Write files of several sizes and row groups, one without rows, one without notes, one that is none."""
    folder = tmp_path / "lake"
    folder.mkdir()
    for number, rows in enumerate((700, 0, 1, 300)):
        table = pa.table({"text": pa.array([f"squats {row}" for row in range(rows)], pa.string()), "day": pa.array(["2026-03-02"] * rows, pa.string())})
        parquet.write_table(table, folder / f"{number}.parquet", row_group_size=270)
    parquet.write_table(pa.table({"weather": ["fine", "rain"]}), folder / "4.parquet")
    (folder / "5.parquet").write_bytes(b"PAR1")
    (folder / "6.unknown").touch()
    return folder


@pytest.mark.parametrize("rows", [1, 256, 333, 5000])
def test_parts_give_together_what_intake_gives(lake, tmp_path, rows):
    if rows == 1:
        parquet.write_table(parquet.read_table(lake / "0.parquet").slice(0, 40), lake / "0.parquet", row_group_size=16)
    assert made_in_parts([str(lake)], tmp_path / "out", rows) == list(Intake([str(lake)]))


def test_every_part_but_the_last_has_as_many_rows_as_asked(lake, tmp_path):
    sizes = [sum(each.end - each.first for each in part) for part in parts_of(stretches([str(lake)], tmp_path, Profile()), 256)]
    assert sizes == [256, 256, 256, 237]


def test_a_file_that_breaks_off_stops_the_run_and_names_the_way_out(tmp_path):
    path = tmp_path / "torn.parquet"
    parquet.write_table(pa.table({"text": [f"squats {row}" for row in range(600)]}), path, row_group_size=300, compression="none", use_dictionary=False)
    data = bytearray(path.read_bytes())
    at = data.index(b"squats 300")
    data[at - 60 : at + 200] = bytes(260)
    path.write_bytes(data)
    with pytest.raises(UnreadableInput, match="without --engine spark"):
        made_in_parts([str(path)], tmp_path / "out", 256)
