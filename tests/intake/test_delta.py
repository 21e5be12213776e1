import json

import pyarrow as pa
import pytest
from pyarrow import parquet

from nlp_pipeline.intake.intake import Intake
from nlp_pipeline.intake.received import Rejected


@pytest.fixture
def table(tmp_path):
    """Write a table of files with one note each, and its log, a commit a list of actions."""
    folder = tmp_path / "table"

    def write(*commits, first=0):
        (folder / "_delta_log").mkdir(parents=True, exist_ok=True)
        for version, actions in enumerate(commits, first):
            (folder / f"_delta_log/{version:020}.json").write_text("\n".join(map(json.dumps, actions)), "utf-8")
        return folder

    return write


def add(name, **more):
    return {"add": {"path": name, "partitionValues": {}, **more}}


def put(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        parquet.write_table(pa.table({"id": [name], "text": ["squats"]}), folder / name)
    return folder


def ids(folder):
    return [row.note.id for row in Intake([str(folder)])]


def refusal(folder):
    [row] = Intake([str(folder)])
    assert isinstance(row, Rejected)
    return row.reason, row.message


def test_only_the_files_that_the_log_names_are_read(table):
    folder = put(table([add("a.parquet"), add("b.parquet")], [{"remove": {"path": "a.parquet"}}]), "a.parquet", "b.parquet", "never.parquet")
    assert ids(folder) == ["b.parquet"]


def test_a_file_taken_out_and_put_in_again_in_one_commit_is_read(table):
    folder = put(table([add("a.parquet")], [add("a.parquet"), {"remove": {"path": "a.parquet"}}]), "a.parquet")
    assert ids(folder) == ["a.parquet"]


def test_a_column_that_the_log_tells_is_a_column_of_the_file(table):
    folder = put(table([add("payer=x/a%20b.parquet", partitionValues={"payer": "aetna", "clinic": None})]), "payer=x/a b.parquet")
    [row] = Intake([str(folder)])
    assert (row.note.payer, row.note.clinic) == ("aetna", None)


def test_a_checkpoint_stands_for_the_commits_before_it(table):
    folder = put(table([add("c.parquet"), {"remove": {"path": "a.parquet"}}], first=11), "a.parquet", "b.parquet", "c.parquet")
    values = pa.map_(pa.string(), pa.string())
    added = pa.array(
        [{"path": name, "partitionValues": [("payer", "aetna")]} for name in ("a.parquet", "b.parquet")],
        pa.struct({"path": pa.string(), "partitionValues": values}),
    )
    parquet.write_table(pa.table({"add": added}), folder / f"_delta_log/{10:020}.checkpoint.parquet")
    assert ids(folder) == ["b.parquet", "c.parquet"]


@pytest.mark.parametrize(
    ("actions", "why"),
    [
        ([add("a.parquet", deletionVector={"storageType": "u"})], "marked as deleted beside its files"),
        ([{"metaData": {"configuration": {"delta.columnMapping.mode": "name"}}}], "other names in its files"),
        ([{"protocol": {"minReaderVersion": 3, "readerFeatures": ["catalogManaged"]}}], "asks its readers for catalogManaged"),
        ([add("../a.parquet")], "files outside its own folder"),
        ([add("s3://bucket/a.parquet")], "files outside its own folder"),
    ],
)
def test_a_table_that_asks_for_more_is_refused_with_the_reason(table, actions, why):
    reason, message = refusal(put(table(actions), "a.parquet"))
    assert reason == "unreadable-file"
    assert why in message


def test_a_log_with_a_gap_is_refused(table):
    folder = put(table([add("a.parquet")], [add("b.parquet")], [add("c.parquet")]), "a.parquet", "b.parquet", "c.parquet")
    (folder / f"_delta_log/{1:020}.json").unlink()
    assert "lacks a commit" in refusal(folder)[1]


def test_a_folder_named_after_a_column_tells_it(tmp_path):
    folder = put(tmp_path, "payer=Blue%20Plan/clinic=__HIVE_DEFAULT_PARTITION__/a.parquet")
    [row] = Intake([str(folder)])
    assert (row.note.payer, row.note.clinic) == ("Blue Plan", None)


def test_what_a_writer_leaves_beside_its_files_is_no_input(tmp_path):
    folder = put(tmp_path, "a.parquet")
    (folder / "_SUCCESS").touch()
    assert ids(folder) == ["a.parquet"]
