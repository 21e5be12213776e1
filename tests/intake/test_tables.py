import pytest

from nlp_pipeline.intake.intake import Intake
from nlp_pipeline.intake.profiles import Profile
from nlp_pipeline.records.note import Note, Origin
from tests.intake.conftest import notes, reasons, taken
from tests.intake.samples import DAY, MOMENT, parquet_file, workbook, zipped

HEADER = ["Visit ID", "DOS", "Note Text"]


def test_a_worksheet_is_read_like_a_table(put):
    assert notes(put("w.xlsx", workbook(Visits=[HEADER, ["007", DAY, "squats\nbridges"]]))) == [Note("007", "squats\nbridges", DAY)]


def test_an_id_that_a_spreadsheet_made_a_number_is_written_without_a_point(put):
    assert notes(put("w.xlsx", workbook(Visits=[HEADER, [17.0, DAY, "squats"]])))[0].id == "17"


@pytest.mark.parametrize("day", [DAY, MOMENT, 46083, "3/2/2026", "2026-03-02"])
def test_a_day_of_a_worksheet_is_read_however_it_is_kept(put, day):
    assert notes(put("w.xlsx", workbook(Visits=[HEADER, ["1", day, "squats"]])))[0].date_of_service == DAY


def test_a_header_below_titles_is_found(put):
    rows = [["Notes of the quarter", None, None], [], HEADER, ["1", DAY, "squats"]]
    assert notes(put("w.xlsx", workbook(Visits=rows))) == [Note("1", "squats", DAY)]


def test_merged_titles_do_not_pass_for_the_header(put):
    assert notes(put("w.xlsx", workbook(Visits=[["Notes"], HEADER, ["1", DAY, "squats"]])))[0].text == "squats"


def test_all_worksheets_with_notes_are_read(put):
    path = put("w.xlsx", workbook(March=[HEADER, ["1", DAY, "squats"]], April=[HEADER, ["2", DAY, "bridges"]]))
    assert [note.origin.part for note in notes(path)] == ["March", "April"]


def test_a_worksheet_without_notes_is_rejected_and_the_others_are_read(put):
    path = put("w.xlsx", workbook(Therapists=[["Name"], ["x"]], Visits=[HEADER, ["1", DAY, "squats"]]))
    assert reasons(path) == [("missing-text-column", None)]
    assert len(notes(path)) == 1


def test_a_note_of_a_worksheet_knows_the_row_that_the_spreadsheet_shows(put):
    path = put("w.xlsx", workbook(Visits=[["Title"], HEADER, ["1", DAY, "squats"], [], ["2", DAY, "bridges"]]))
    assert [note.origin for note in notes(path)] == [Origin(path, 3, "Visits"), Origin(path, 5, "Visits")]


def test_an_empty_cell_is_an_empty_note(put):
    assert reasons(put("w.xlsx", workbook(Visits=[HEADER, ["1", DAY, None]]))) == [("empty-note", 2)]


def test_a_text_as_long_as_a_cell_can_be_is_told(put):
    intake = Intake([put("w.xlsx", workbook(Visits=[HEADER, ["1", DAY, "x" * 32_767]]))])
    list(intake)
    assert intake.notices == {"text-ends-at-cell-limit": 1}


def test_a_broken_workbook_is_rejected_whole(put):
    whole = workbook(Visits=[HEADER, ["1", DAY, "squats"]])
    assert reasons(put("w.xlsx", whole[: len(whole) // 2])) == [("unreadable-file", None)]


def test_a_workbook_that_unpacks_without_end_is_rejected(put):
    path = put("w.xlsx", zipped({"xl/worksheets/sheet1.xml": b"0" * 20_000_000}))
    assert reasons(path) == [("zip-bomb", None)]


def test_a_parquet_file_is_read_like_a_table(put):
    path = put("p.parquet", parquet_file(note_id=["1", "2", "3"], dos=[DAY] * 3, note_text=["squats", "bridges", None], other=[1, 2, 3]))
    assert notes(path) == [Note("1", "squats", DAY), Note("2", "bridges", DAY)]
    assert reasons(path) == [("empty-note", 3)]


def test_a_row_of_a_parquet_file_bears_its_number_over_all_batches(put):
    path = put("p.parquet", parquet_file(text=[f"squats {number}" for number in range(600)]))
    assert notes(path)[-1].origin == Origin(path, 600)


def test_numbers_and_bytes_in_a_parquet_file_become_text(put):
    assert notes(put("p.parquet", parquet_file(id=[7], text=[b"120\xc2\xb0"]))) == [Note("7", "120°")]


@pytest.mark.parametrize("cut", [0, 10, -10])
def test_a_broken_parquet_file_is_rejected_whole(put, cut):
    assert reasons(put("p.parquet", parquet_file(text=["squats"])[:cut])) == [("unreadable-file", None)]


def test_a_parquet_file_without_a_text_column_is_rejected_whole(put):
    assert reasons(put("p.parquet", parquet_file(id=["1"]))) == [("missing-text-column", None)]


def test_a_profile_names_the_column_that_no_name_tells(put):
    path = put("t.tsv", "key\tRemarks of the day\tNote\n1\tsquats\tback office\n")
    assert notes(path, profile=Profile((("text", "Remarks of the day"),))) == [Note("1", "squats")]


def test_a_profile_says_which_way_round_dates_are(put):
    path = put("t.csv", "id,text,dos\n1,squats,2/3/2026\n")
    assert notes(path, profile=Profile(date_order="day-first"))[0].date_of_service == DAY


def test_of_two_versions_in_a_table_the_last_is_coded(put):
    path = put("t.csv", "id,version,text\n1,2,bridges\n1,10,squats\n2,1,gait\n")
    assert [note.text for note in notes(path)] == ["squats", "gait"]
    assert reasons(path) == [("superseded", 1)]


def test_a_row_that_an_export_deletes_is_not_coded(put):
    path = put("t.csv", "id,export flag,text\n1,1,squats\n1,3,squats\n2,1,gait\n")
    assert reasons(path) == [("withdrawn-note", 1), ("withdrawal", 2)]


def test_an_addendum_is_read_with_its_note(put):
    path = put("t.csv", "id,text,addendum to\n1,squats,\n2,bridges too,1\n")
    [note] = notes(path)
    assert note.text == "squats\nbridges too"
    assert [note.text[piece.start :].split()[0] for piece in note.origin.pieces] == ["squats", "bridges"]
    assert reasons(path) == [("addendum-joined", 2)]


def test_an_addendum_that_comes_before_its_note_is_joined_too(put, tmp_path):
    put("a.csv", "id,text,addendum to\n2,bridges too,1\n")
    put("b.csv", "id,text,addendum to\n1,squats,\n")
    assert [note.text for note in notes(str(tmp_path))] == ["squats\nbridges too"]


def test_an_addendum_without_its_note_is_a_note(put):
    assert [note.text for note in notes(put("t.csv", "id,text,addendum to\n2,bridges too,1\n"))] == ["bridges too"]


def test_a_document_that_replaces_another_is_the_one_that_is_coded(put):
    path = put("t.csv", "id,text,replaces\n1,squats,\n2,bridges,1\n3,gait,2\n")
    assert [note.id for note in notes(path)] == ["3"]


def test_documents_that_replace_each_other_in_a_circle_come_out_once(put):
    assert len(taken(put("t.csv", "id,text,replaces\n1,squats,2\n2,bridges,1\n"))) == 2
