"""Official files as they are published: read, kept, compared; made up here in the published form."""

import zipfile
from datetime import date
from pathlib import Path

import pytest

from nlp_pipeline.errors import RuleFileRefused, UnreadableInput
from nlp_pipeline.rulebook.changes import changes_between
from nlp_pipeline.rulebook.official import bounds, read_official
from nlp_pipeline.rulebook.rulebook import Rulebook
from nlp_pipeline.rulebook.store import keep, stored_tables

REGISTRY = frozenset({"97110", "97112", "97530", "97750"})
PAIRS = (
    '"A notice of licence, over\ttwo cells"\n\nColumn1/Column2 Edits\t\t\t\t\t\nColumn 1\tColumn 2\t*=in existence\tEffective\tDeletion\tModifier\tRationale\n'
    "97530\t97750\t\t20200101\t*\t1\tSome words\n97530\t97110\t*\t19960101\t19960101\t9\tSome words\n11111\t22222\t\t20200101\t*\t0\tSome words\n"
)
LIMITS = 'A notice\n"Code","Practitioner MUE Values","MUE Indicator","Why"\n97110,6,"3 Date of Service Edit: Clinical","Data"\n'
VALUES = (
    "2026 file,,,,,,,,,,,,,,,,,,\nHCPCS,MOD,WORDS,STATUS,NOT USED,WORK,NON-FAC,NON-FAC,FACILITY,FACILITY,MP,NON-FAC,FACILITY,PCTC,GLOB,PRE,INTRA,POST,MULT\n"
    ",,,CODE,FOR PAYMENT,RVU,PE RVU,NA INDICATOR,PE RVU,NA INDICATOR,RVU,TOTAL,TOTAL,IND,DAYS,OP,OP,OP,PROC\n"
    "97110,,Words of another,A,,0.45,0.41,,0.30,,0.01,0.87,0.76,0,XXX,0,0,0,5\n97110,26,Words,A,,0.40,0.1,,0.1,,0.01,0.5,0.5,0,XXX,0,0,0,5\n"
)
PLACES = (
    "ADDENDUM E,,,,,,,\nContractor,State,Locality Number,Locality Name,2026 PW GPCI (without floor),2026 PW GPCI (with floor),PE GPCI,MP GPCI\n"
    '10112,AL,00,ALABAMA,0.958,1.000,0.875,0.566\n13202,NY,01,"MANHATTAN*",1.064,1.064,1.162,1.586\n'
)
SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'


def written(tmp_path: Path, name: str, text: str) -> Path:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return path


def pairs(tmp_path: Path, name: str = "ccipra_2026Q4.txt", text: str = PAIRS):
    return read_official("ncci", [written(tmp_path, name, text)], None, REGISTRY)


def test_pairs_are_read_from_the_first_data_row_and_kept_where_they_touch_the_registry(tmp_path):
    assert list(pairs(tmp_path).rows()) == [("97530", "97750", "1", "2020-01-01", ""), ("97530", "97110", "9", "1996-01-01", "1996-01-01")]


def test_a_zip_is_read_like_what_is_in_it(tmp_path):
    path = tmp_path / "ncci_2026q4.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("read me.pdf", "nothing")
        archive.writestr("edits f1.txt", PAIRS)
    assert list(read_official("ncci", [path], None, REGISTRY).rows()) == list(pairs(tmp_path).rows())


def test_a_workbook_is_read_like_a_text(tmp_path):
    path = tmp_path / "mue_2026Q4.xlsx"
    words = '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>97110</t></si><si><t>3 Date of Service Edit</t></si></sst>'
    notice = '<row r="1"><c r="A1" t="inlineStr"><is><t>A notice</t></is></c></row>'
    cells = '<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2"><v>6</v></c><c r="C2" t="s"><v>1</v></c></row>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/sharedStrings.xml", words)
        archive.writestr("xl/worksheets/sheet1.xml", SHEET.format(notice + cells))
    assert list(read_official("mue", [path], None, REGISTRY).rows()) == [("97110", "6", "3")]


def test_limits_keep_the_kind_and_drop_the_words(tmp_path):
    table = read_official("mue", [written(tmp_path, "mue 2026Q3.csv", LIMITS)], None, REGISTRY)
    assert list(table.rows()) == [("97110", "6", "3")]


def test_values_are_found_by_their_headings_and_carry_no_descriptor(tmp_path):
    table = read_official("mpfs", [written(tmp_path, "PPRRVU2026_Oct.csv", VALUES)], None, REGISTRY)
    assert list(table.rows()) == [("97110", "A", "0.45", "0.41", "0.01", "5", "2026-01-01")]


def test_localities_take_the_work_index_with_its_floor(tmp_path):
    table = read_official("gpci", [written(tmp_path, "GPCI2026.csv", PLACES)], None, REGISTRY)
    assert list(table.rows()) == [("AL ALABAMA", "00", "1.000", "0.875", "0.566"), ("NY MANHATTAN", "01", "1.064", "1.162", "1.586")]


@pytest.mark.parametrize(
    ("name", "kind", "period"),
    [("x_2026Q4.txt", "ncci", "2026Q4"), ("Q1 2027.txt", "ncci", "2027Q1"), ("mue_10-01-2026.csv", "mue", "2026Q4"), ("RVU27A.csv", "mpfs", "2027")],
)
def test_a_name_tells_its_period(tmp_path, name, kind, period):
    text = {"ncci": PAIRS, "mue": LIMITS, "mpfs": VALUES}[kind]
    assert read_official(kind, [written(tmp_path, name, text)], None, REGISTRY).dated.name == period


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [("pairs.txt", PAIRS, "does not tell its period"), ("2026Q4.txt", "nothing\tof\tuse\n", "no row"), ("2026Q4.zip", "no zip", "no row")],
)
def test_a_file_that_is_no_table_is_refused(tmp_path, name, text, complaint):
    with pytest.raises(UnreadableInput, match=complaint):
        pairs(tmp_path, name, text)


def test_a_period_has_its_first_and_last_day():
    assert [bounds(each, "ncci") for each in ("2026Q1", "2026")] == [(date(2026, 1, 1), date(2026, 3, 31)), (date(2026, 1, 1), date(2026, 12, 31))]


def test_changes_are_told_in_words(tmp_path):
    old, new = pairs(tmp_path), pairs(tmp_path, "2027Q1.txt", PAIRS.replace("\t1\tSome", "\t0\tSome") + "97112\t97110\t\t20270101\t*\t1\tx\n")
    assert changes_between(old, new, REGISTRY).told == ("97112 → 97110 is new: indicator 1.", "97530 → 97750: indicator 1 before, indicator 0 now.")


def test_an_imported_quarter_answers_for_its_days_and_the_shipped_one_for_the_days_before(tmp_path):
    keep(tmp_path / "tables.sqlite", pairs(tmp_path, text=PAIRS.replace("\t1\tSome", "\t0\tSome")), date(2026, 10, 1))
    book = Rulebook.open(tmp_path)
    asked = [book.on(day, "medicare").claim.pairs for day in (date(2026, 3, 2), date(2026, 10, 1))]
    assert [(table.dated.name, table.between("97750", "97530", date(2026, 10, 1)).indicator) for table in asked] == [("2024Q2", 1), ("2026Q4", 0)]


def test_a_quarter_imported_twice_stands_once(tmp_path):
    for _ in range(2):
        keep(tmp_path / "tables.sqlite", pairs(tmp_path), date(2026, 10, 1))
    [(table, known)] = stored_tables(tmp_path / "tables.sqlite")
    assert (len(list(table.rows())), known) == (2, date(2026, 10, 1))


def test_a_store_that_is_none_is_refused_by_name(tmp_path):
    (tmp_path / "tables.sqlite").write_text("no store", "utf-8")
    with pytest.raises(RuleFileRefused, match="import again"):
        Rulebook.open(tmp_path)
