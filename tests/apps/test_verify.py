import json

import pytest

NOTE = b"NMR 15 min: SLS on foam for impaired balance\r\nP: squats next visit"


@pytest.fixture
def coded(unitwise):
    """The JSON of a coded note."""
    return unitwise("code", "--json", given=NOTE).stdout


def broken(coded):
    row = json.loads(coded)
    row["interventions"][1]["explanation"]["margin"] += 0.5
    return json.dumps(row).encode()


def test_json_from_standard_input_is_verified(unitwise, coded):
    done = unitwise("code", "--verify", given=coded)
    assert (done.returncode, done.stdout) == (0, b"2 interventions of 1 note: all contributions add up to the printed margins\n")


def test_json_from_a_file_is_verified(unitwise, coded, tmp_path):
    (tmp_path / "coded.json").write_bytes(coded)
    assert unitwise("code", "--verify", tmp_path / "coded.json").returncode == 0


def test_the_result_of_a_review_is_verified(unitwise, coded, tmp_path):
    (tmp_path / "coded.jsonl").write_bytes(coded * 3)
    assert unitwise("code", "--verify", tmp_path / "coded.jsonl").stdout.startswith(b"6 interventions of 3 notes: all")


def test_an_array_of_coded_notes_is_verified(unitwise, coded):
    assert unitwise("code", "--verify", given=b"[" + coded.strip() + b"," + coded.strip() + b"]").stdout.startswith(b"4 interventions of 2 notes: all")


def test_a_note_is_coded_and_verified(unitwise):
    assert unitwise("code", "--verify", given=NOTE).stdout == b"2 interventions of 1 note: all contributions add up to the printed margins\n"


def test_the_intervention_that_fails_is_named(unitwise, coded):
    done = unitwise("code", "--verify", given=broken(coded))
    first, last = done.stdout.decode().splitlines()
    assert (done.returncode, last) == (1, "2 interventions of 1 note: 1 fail")
    assert "intervention 2 (" in first


def test_failures_are_told_as_json(unitwise, coded):
    done = unitwise("code", "--verify", "--json", given=broken(coded))
    told = json.loads(done.stdout)
    assert (done.returncode, told["notes"], told["interventions"], [each["intervention"] for each in told["failed"]]) == (1, 1, 2, [2])


def test_success_is_told_as_json(unitwise, coded):
    assert json.loads(unitwise("code", "--verify", "--json", given=coded).stdout) == {"notes": 1, "interventions": 2, "failed": []}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (b'{"a": 1}', b"stdin: object 1 is no coded note."),
        (b'{"interventions": [1]}', b"stdin: object 1 is no coded note."),
        (b'{"interventions": [', b"stdin: line 1 is not JSON."),
        (b"  \n", b"stdin: the note holds no text."),
    ],
)
def test_what_is_no_coded_note_ends_with_status_2_and_one_line(unitwise, given, said):
    done = unitwise("code", "--verify", given=given)
    assert (done.returncode, done.stderr.count(b"\n"), said in done.stderr, done.stdout) == (2, 1, True, b"")


def test_without_verify_a_json_file_is_no_note(unitwise, tmp_path):
    (tmp_path / "coded.json").write_bytes(b"{}")
    assert unitwise("code", tmp_path / "coded.json").returncode == 2
