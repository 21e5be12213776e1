import json
import subprocess

import pytest

from nlp_pipeline.rulebook.rulebook import Rulebook
from tests.apps.conftest import ROOT, environment

NOTE = "NMR 15 min: SLS on foam for impaired balance\r\nP: squats next visit"


def test_a_note_from_standard_input_is_coded(unitwise):
    assert json.loads(unitwise("code", "-", "--json", given=NOTE.encode()).stdout)["interventions"][0]["code"] == "97112"


def test_a_note_from_a_file_is_named_after_it(unitwise, tmp_path):
    (tmp_path / "v17.txt").write_bytes(NOTE.encode())
    assert json.loads(unitwise("code", tmp_path / "v17.txt", "--json").stdout)["id"] == "v17"


def test_offsets_are_into_the_note_as_given(unitwise):
    coded = json.loads(unitwise("code", "--json", given=NOTE.encode()).stdout)
    assert all(NOTE[each["start"] : each["end"]] == each["text"] for each in coded["interventions"])


def test_what_the_front_desk_knows_is_passed_on(unitwise):
    done = unitwise("code", "--json", "--payer", "medicare", "--date", "2026-03-02", "--discipline", "physical therapy", given=NOTE.encode())
    coded = json.loads(done.stdout)
    assert (coded["payer"], coded["date_of_service"], coded["discipline"]) == ("medicare", "2026-03-02", "PT")


def test_json_is_one_line_of_utf_8(unitwise):
    assert unitwise("code", "--json", given="SLS on foam, knee 120°".encode("cp1252")).stdout.count(b"\n") == 1


def test_without_json_a_person_can_read_it(unitwise):
    assert "‹SLS on foam›¹" in unitwise("code", given=NOTE.encode()).stdout.decode()


def test_codes_are_told_in_plain_words(unitwise):
    words = Rulebook.load().on(None, None).codes["97112"].words
    assert f"97112 {words}" in unitwise("code", given=NOTE.encode()).stdout.decode()


def test_a_terminal_that_lacks_a_sign_shows_something_else(unitwise):
    done = unitwise("code", given=NOTE.encode(), env={"PYTHONIOENCODING": "ascii"})
    assert (done.returncode, b"SLS on foam" in done.stdout) == (0, True)


def test_a_reader_who_has_seen_enough_is_no_error(command):
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([*command, "code"], cwd=ROOT, env=environment(), **pipes) as process:
        process.stdout.close()
        process.stdin.write(NOTE.encode())
        process.stdin.close()
        said = process.stderr.read()
    assert (process.returncode, said) == (0, b"")


@pytest.mark.parametrize(
    ("arguments", "given", "said"),
    [
        (["code", "gone.txt"], b"", "unitwise: gone.txt: there is no such file or folder. Check the path."),
        (["code", "tests"], b"", "unitwise: tests: it is a folder. Use `unitwise review` for many notes."),
        (["code", "pyproject.toml"], b"", "no reader is known for files that end in '.toml'"),
        (["code"], b"  \n", "unitwise: stdin: the note holds no text."),
        (["code", "data_samples/notes.csv"], b"", "the file holds more than one note. Use `unitwise review` for many notes."),
        (["review", "data_samples/notes", "-o", "pyproject.toml"], b"", "unitwise: pyproject.toml: it is a file. Name a folder for the results with -o."),
        (["evaluate", "gone.jsonl"], b"", "unitwise: gone.jsonl: No such file or directory. Check the path"),
        (["rules", "import", "ncci", "gone.zip"], b"", "unitwise: gone.zip: there is no such file."),
        (["code"], b"%PDF-1.7", "the file holds binary data"),
        (["code", "--date", "soon"], b"", "'soon' is not a date"),
        (["code", "--date", "3/2/2026"], b"", "'3/2/2026' is not a date"),
        (["code", "--model", "gone"], b"squats", "No model pack at gone."),
        (["code", "--frob"], b"", "unrecognized arguments: --frob (see unitwise --help)"),
        (["frob"], b"", "invalid choice: 'frob'"),
        ([], b"", "the following arguments are required: COMMAND"),
    ],
)
def test_wrong_use_ends_with_status_2_and_one_line(unitwise, arguments, given, said):
    done = unitwise(*arguments, given=given)
    lines = done.stderr.decode().splitlines()
    assert (done.returncode, len(lines), said in lines[0], done.stdout) == (2, 1, True, b"")


def test_a_defect_is_told_without_a_traceback_or_note_text(unitwise):
    done = unitwise("code", given=b"SLS on foam RAISE")
    assert (done.returncode, done.stderr.count(b"\n"), b"ZeroDivisionError" in done.stderr, b"foam" in done.stderr) == (2, 1, True, False)
