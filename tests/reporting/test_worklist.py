"""The worklist in XLSX: text never runs, limits of the format are kept, the same rows give the same bytes."""

import re
import warnings
from zipfile import ZipFile

import openpyxl
import pytest

from nlp_pipeline.records.finding import Finding
from nlp_pipeline.records.note import Note
from nlp_pipeline.records.visit import visit_of
from nlp_pipeline.reporting.tables import COLUMNS, RUNS_AS_FORMULA, finished, note_rows
from nlp_pipeline.reporting.worklist import Worklist, legend, look
from tests.apps.fake_pipeline import code_note

TREATMENT = "NMR 15 min: SLS on foam. TherEx 20 min: squats"


@pytest.fixture
def written(tmp_path):
    """Write notes as a worklist and give its path."""

    def write(notes, rows_of_a_sheet=1000, name="coded.xlsx"):
        with Worklist(tmp_path / name, tmp_path, rows_of_a_sheet) as worklist:
            for note in notes:
                coded = code_note(note)
                worklist.add(finished(note_rows(coded), visit_of(coded)))
            worklist.tell("Summary", [["Counts"], ["coded", len(notes)], *legend()])
        return tmp_path / name

    return write


def sheets_of(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl does not know data bars
        return openpyxl.load_workbook(path)


def cells_of(path, heading):
    rows = list(sheets_of(path)["Worklist"].iter_rows(values_only=True))
    place = rows[0].index(heading)
    return [row[place] for row in rows[1:]]


@pytest.mark.parametrize("start", [*RUNS_AS_FORMULA, "{=", "http://", "mailto:"])
def test_text_that_looks_like_a_formula_or_a_link_stays_text(written, start):
    text = f'{start}HYPERLINK("x","y")'
    path = written([Note(text, f"{TREATMENT} {text}", payer=text, patient=text, therapist=text, clinic=text)])
    with ZipFile(path) as parts:
        sheets = "".join(parts.read(name).decode() for name in parts.namelist() if "worksheets" in name)
    assert not re.search(r"<f[ >]|<hyperlink", sheets)
    assert cells_of(path, "Patient")[0].endswith('HYPERLINK("x","y")')


def test_signs_that_no_workbook_may_hold_do_not_break_it(written):
    path = written([Note("n\0\x0b\ufffe\x1f", TREATMENT)])
    assert len(cells_of(path, "Note")) == 2


def test_a_text_longer_than_a_cell_is_cut_and_not_lost(written):
    path = written([Note("n" * 40_000, TREATMENT)])
    assert {len(cell) for cell in cells_of(path, "Note")} == {32_767}


def test_rows_beyond_the_limit_of_a_sheet_go_on_the_next(written):
    book = sheets_of(written([Note(f"n{number}", TREATMENT) for number in range(5)], rows_of_a_sheet=5))
    assert book.sheetnames == ["Worklist", "Summary", "Run", "Worklist 2", "Worklist 3"]
    assert [book[name].max_row - 1 for name in ("Worklist", "Worklist 2", "Worklist 3")] == [4, 4, 2]
    assert {book[name].auto_filter.ref for name in ("Worklist", "Worklist 2")} == {"A1:AF5"}


def test_the_header_stays_in_sight_and_filters(written):
    sheet = sheets_of(written([Note("n", TREATMENT)]))["Worklist"]
    assert (sheet.freeze_panes, sheet.auto_filter.ref, len(sheet.conditional_formatting) > 0) == ("C2", "A1:AF3", True)


def test_the_same_rows_give_the_same_bytes(written):
    notes = [Note(f"n{number}", TREATMENT) for number in range(3)]
    assert written(notes).read_bytes() == written(notes, name="again.xlsx").read_bytes()


def test_every_column_of_the_worklist_is_one_of_the_table():
    assert {column["name"] for column in look().columns} <= set(COLUMNS)
    assert {tone["column"] for tone in look().tones} <= {column["name"] for column in look().columns}


def test_a_graver_finding_and_a_larger_difference_come_first():
    coded = code_note(Note("n", TREATMENT))
    plain = finished(note_rows(coded), visit_of(coded))
    graver = finished(note_rows(coded), visit_of(coded), (Finding("cloned-note", "error", "It stands again.", (), "MBPM"),))
    place = COLUMNS.index("priority")
    assert graver[0][place] > plain[0][place]


def test_what_only_other_notes_show_stands_in_each_row():
    coded = code_note(Note("n", TREATMENT))
    rows = finished(note_rows(coded), visit_of(coded), (Finding("cloned-note", "error", "It stands again.", (), "MBPM"),))
    told = [(row[COLUMNS.index("findings")], row[COLUMNS.index("severity")], row[COLUMNS.index("verdict")]) for row in rows]
    assert told == [(["missing-functional-goal", "cloned-note"], "error", "not_supported")] * 2
