import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXPORT = "Key\tDOS\tCarrier\tRemarks of the day\n007\t2/3/2026\tMedicare\tsquats 3x10, no pain\n008\tsoon\tMedicare\tgait\n"


@pytest.fixture
def export(tmp_path):
    path = tmp_path / "export.tsv"
    path.write_text(EXPORT)
    return path


def understood(unitwise, *arguments):
    return json.loads(unitwise("profile", *arguments, "--json").stdout)


def test_columns_are_shown_as_understood(unitwise, export):
    shown = understood(unitwise, export)
    assert {field: name for field, name in shown["columns"].items() if name} == {"id": "Key", "date_of_service": "DOS", "payer": "Carrier"}
    assert shown["unknown"] == ["Remarks of the day"]


def test_the_column_with_the_longest_texts_is_asked_about(unitwise, export):
    assert understood(unitwise, export)["guess"] == "Remarks of the day"
    assert "--set 'text=Remarks of the day'" in unitwise("profile", export).stdout.decode()


def test_rows_are_shown_as_understood(unitwise, export):
    shown = understood(unitwise, export, "--set", "text=Remarks of the day", "--dates", "day-first")
    assert shown["rows"][0] == {
        "row": 1,
        "part": None,
        "id": "007",
        "date_of_service": "2026-03-02",
        "payer": "Medicare",
        "discipline": None,
        "characters": 20,
        "text": "squats 3x10, no pain",
    }
    assert shown["rows"][1]["rejected"] == "unreadable-date"


def test_at_most_five_rows_are_shown(unitwise, tmp_path):
    (tmp_path / "t.csv").write_text("id,text\n" + "".join(f"{number},squats\n" for number in range(9)))
    assert len(understood(unitwise, tmp_path / "t.csv")["rows"]) == 5


def test_a_review_reads_by_the_profile_that_was_kept(unitwise, export, tmp_path):
    kept = tmp_path / "clinic.toml"
    unitwise("profile", export, "--set", "text=Remarks of the day", "--dates", "day-first", "--save", kept)
    unitwise("review", export, "-o", tmp_path / "out", "--profile", kept)
    [line] = (tmp_path / "out/coded.jsonl").read_text().splitlines()
    assert (json.loads(line)["id"], json.loads(line)["date_of_service"]) == ("007", "2026-03-02")


def test_a_profile_is_never_written_over_another_file(unitwise, export):
    assert unitwise("profile", export, "--save", export).returncode == 2
    assert export.read_text() == EXPORT


@pytest.mark.parametrize(
    "content", ["[columns]\nnote = 'x'\n", "[columns]\ntext = 5\n", "columns = 5\n", "[dates]\norder = 'year-first'\n", "no toml", "[more]\n"]
)
def test_a_profile_that_is_not_understood_is_refused(unitwise, export, tmp_path, content):
    (tmp_path / "p.toml").write_text(content)
    done = unitwise("review", export, "--dry-run", "--profile", tmp_path / "p.toml")
    assert (done.returncode, done.stderr.count(b"\n")) == (2, 1)


def test_a_run_goes_on_only_with_the_profile_that_it_was_started_with(unitwise, tmp_path):
    (tmp_path / "t.csv").write_text("id,text\n1,squats\n")
    (tmp_path / "p.toml").write_text("[dates]\norder = 'day-first'\n")
    unitwise("review", tmp_path / "t.csv", "-o", tmp_path / "out")
    assert b"another profile" in unitwise("review", tmp_path / "t.csv", "-o", tmp_path / "out", "--resume", "--profile", tmp_path / "p.toml").stderr


def test_a_setting_that_names_no_column_of_the_file_is_refused(unitwise, export):
    result = unitwise("profile", export, "--set", "text=Narative")
    assert result.returncode == 2
    assert b"no column 'Narative'" in result.stderr


def test_a_column_that_is_not_there_is_told_with_those_that_are(unitwise, export):
    said = unitwise("profile", export, "--set", "text=Nope").stderr.decode()
    assert ("'Remarks of the day'" in said, "None" in said) == (True, False)


def test_a_setting_that_names_no_field_is_wrong_use(unitwise, export):
    assert unitwise("profile", export, "--set", "therapist=Key").returncode == 2


def test_a_dry_run_counts_and_gives_reasons_and_writes_nothing(unitwise, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in/t.csv").write_text("id,text\n1,squats\n1,gait\n2,\n")
    (tmp_path / "in/v.doc").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    done = unitwise("review", tmp_path / "in", "--dry-run")
    assert done.stdout.decode().splitlines()[-1] == "in 4, readable 1, rejected 3"
    assert {line.split()[1].rstrip(":") for line in done.stdout.decode().splitlines()[:-1]} == {"duplicate-id", "empty-note", "legacy-document"}
    assert f"({tmp_path}/in/v.doc)" in done.stdout.decode()
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_a_dry_run_takes_a_pattern(unitwise):
    assert unitwise("review", "data_samples/exports/*.hl7", "--dry-run").stdout.decode().splitlines()[-1] == "in 2, readable 1, rejected 1"


def test_a_review_without_a_folder_for_results_is_wrong_use(unitwise, export):
    done = unitwise("review", export)
    assert (done.returncode, done.stderr.count(b"\n")) == (2, 1)


def test_a_coded_note_says_what_it_was_read_from(unitwise, tmp_path):
    (tmp_path / "m.hl7").write_text("MSH|^~\\&|A|B|C|D|20260302||MDM^T02|1|P|2.5\rTXA|1|PN|TX|20260302||||||||D1\rOBX|1|TX|1||squats\rOBX|2|TX|1||gait\r")
    unitwise("review", tmp_path / "m.hl7", "-o", tmp_path / "out")
    [line] = (tmp_path / "out/coded.jsonl").read_text().splitlines()
    assert json.loads(line)["origin"] == {
        "source": f"{tmp_path}/m.hl7",
        "row": 1,
        "part": "MDM^T02",
        "pieces": [{"start": 0, "name": "OBX 3"}, {"start": 7, "name": "OBX 4"}],
    }


def test_samples_of_every_form_are_counted_out(unitwise, tmp_path):
    done = unitwise("review", "data_samples/exports", "-o", tmp_path / "out")
    assert done.stdout.decode().splitlines()[-1] == f"in 21, coded 15, rejected 6: {tmp_path}/out/coded.jsonl"


def test_samples_of_every_form_are_understood(unitwise):
    for path in (ROOT / "data_samples/exports").iterdir():
        assert unitwise("profile", path).returncode == 0
