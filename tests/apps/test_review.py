import json
from types import SimpleNamespace

import pytest

from tests.apps import forked
from tests.apps.conftest import differing, lines_of, results_of


@pytest.fixture
def unitwise(unitwise, tmp_path_factory):
    """Run in a copy of this process where one process is enough: it has everything imported."""

    said = tmp_path_factory.mktemp("said") / "said"

    def run(*arguments):
        if "--workers" in arguments:
            return unitwise(*arguments)
        status = forked.run(arguments, said)
        return SimpleNamespace(returncode=status, stdout=said.with_suffix(".out").read_bytes(), stderr=said.read_bytes())

    return run


# What comes out


def test_what_goes_in_is_counted_out(unitwise, pile, tmp_path):
    unitwise("review", pile(60, ["{broken"]), "-o", tmp_path / "out")
    assert len(lines_of(tmp_path / "out/coded.jsonl")) + len(lines_of(tmp_path / "out/rejected.jsonl")) == 61


def test_the_last_line_counts_and_names_the_result(unitwise, pile, tmp_path):
    done = unitwise("review", pile(60), "-o", tmp_path / "out")
    assert done.stdout.decode().splitlines()[-1] == f"in 60, coded 50, rejected 10: {tmp_path}/out/coded.jsonl"


def test_a_folder_without_files_is_wrong_use(unitwise, tmp_path):
    (tmp_path / "none").mkdir()
    done = unitwise("review", tmp_path / "none", "-o", tmp_path / "out")
    assert (done.returncode, b"there is no file in it" in done.stderr, (tmp_path / "out").exists()) == (2, True, False)


def test_rejected_rows_do_not_change_the_status(unitwise, pile, tmp_path):
    assert unitwise("review", pile(6), "-o", tmp_path / "out").returncode == 0


def test_coded_notes_stand_in_the_order_of_the_input(unitwise, pile, tmp_path):
    unitwise("review", pile(600), "-o", tmp_path / "out")
    ids = [coded["id"] for coded in lines_of(tmp_path / "out/coded.jsonl")]
    assert ids == sorted(ids)


def test_a_rejected_row_says_where_and_why_and_what_to_do(unitwise, pile, tmp_path):
    path = pile(1, ["{broken"])
    unitwise("review", path, "-o", tmp_path / "out")
    [row] = lines_of(tmp_path / "out/rejected.jsonl")
    assert row == {
        "source": str(path),
        "row": 2,
        "part": None,
        "id": None,
        "reason": "broken-json",
        "message": "The line is not a JSON object.",
        "remedy": "Write one JSON object per line, each on a single line.",
    }


def test_the_summary_counts_what_the_files_hold(unitwise, pile, tmp_path):
    unitwise("review", pile(60), "-o", tmp_path / "out")
    assert json.loads((tmp_path / "out/summary.json").read_text("utf-8"))["counts"] == {"in": 60, "coded": 50, "rejected": 10}


def test_csv_has_a_row_for_each_claim_line(unitwise, pile, tmp_path):
    unitwise("review", pile(2), "-o", tmp_path / "out", "--format", "csv")
    rows = (tmp_path / "out/coded.csv").read_text("utf-8").splitlines()
    assert [row.split(",")[5] for row in rows] == ["code", "97112", "97110"]


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_two_workers_write_what_one_writes(unitwise, pile, tmp_path, form):
    path = pile(1500, ["{broken"])
    for workers in (1, 2):
        unitwise("review", path, "-o", tmp_path / str(workers), "--workers", workers, "--format", form)
    assert differing(tmp_path / "1", tmp_path / "2") == []


def test_nothing_is_drawn_where_nobody_watches(unitwise, pile, tmp_path):
    assert unitwise("review", pile(60), "-o", tmp_path / "out").stderr == b""


# Notes that go wrong


@pytest.mark.parametrize("workers", [1, 2])
def test_a_note_that_breaks_the_coding_costs_only_itself(unitwise, pile, tmp_path, workers):
    done = unitwise("review", pile(4, [json.dumps({"id": "bad", "text": "RAISE"})]), "-o", tmp_path / "out", "--workers", workers)
    [row] = lines_of(tmp_path / "out/rejected.jsonl")
    assert (done.returncode, row["id"], row["reason"]) == (0, "bad", "coding-failed")


def test_workers_that_cannot_begin_end_the_run(unitwise, pile, tmp_path):
    done = unitwise("review", pile(4), "-o", tmp_path / "out", "--workers", 2, "--model", tmp_path / "broken")
    assert (done.returncode, done.stderr) == (2, b"unitwise: The model cannot be opened (ZeroDivisionError).\n")


@pytest.mark.parametrize("workers", [1, 2])
def test_a_model_that_is_not_there_is_told_in_one_line_and_leaves_the_folder_free(unitwise, pile, tmp_path, workers):
    done = unitwise("review", pile(4), "-o", tmp_path / "out", "--workers", workers, "--model", tmp_path / "gone")
    assert (done.returncode, done.stderr.decode().count("\n"), "No model pack" in done.stderr.decode()) == (2, 1, True)
    assert list((tmp_path / "out").iterdir()) == []


# How it ends


@pytest.mark.parametrize(
    ("fail_on", "status"),
    [(["warning"], 1), (["info"], 1), (["error"], 0), (["missing-functional-goal"], 1), (["cloned-note"], 0), (["error", "info"], 1)],
)
def test_fail_on_decides_the_status(unitwise, pile, tmp_path, fail_on, status):
    asked = [part for name in fail_on for part in ("--fail-on", name)]
    assert unitwise("review", pile(6), "-o", tmp_path / "out", *asked).returncode == status


def test_an_input_that_is_not_there_is_refused_before_anything_is_written(unitwise, tmp_path):
    done = unitwise("review", tmp_path / "gone.csv", "-o", tmp_path / "out")
    assert (done.returncode, done.stderr.count(b"\n"), (tmp_path / "out").exists()) == (2, 1, False)


def test_a_run_that_could_read_nothing_is_wrong_use(unitwise, tmp_path):
    (tmp_path / "t.csv").write_text("id,therapist\n1,x\n")
    done = unitwise("review", tmp_path / "t.csv", "-o", tmp_path / "out")
    remedy = "Name the column that holds the note 'text', or say which it is in a profile (unitwise profile FILE)."
    message = f"unitwise: {tmp_path}/t.csv: No column among 2 is known to hold the note's text. {remedy}\n"
    assert (done.returncode, done.stderr.decode()) == (2, message)


# Folders that are in use


def test_a_folder_with_results_is_refused(unitwise, pile, tmp_path):
    path = pile(6)
    unitwise("review", path, "-o", tmp_path / "out")
    done = unitwise("review", path, "-o", tmp_path / "out")
    assert (done.returncode, b"--resume" in done.stderr, b"--overwrite" in done.stderr) == (2, True, True)


def test_overwrite_removes_the_results_of_the_earlier_run_alone(unitwise, pile, tmp_path):
    path = pile(6)
    unitwise("review", path, "-o", tmp_path / "out", "--format", "csv")
    (tmp_path / "out/mine.txt").write_text("keep")
    unitwise("review", path, "-o", tmp_path / "out", "--overwrite")
    assert sorted(each.name for each in (tmp_path / "out").iterdir() if each.name.startswith(("coded", "mine"))) == ["coded.jsonl", "mine.txt"]


def test_a_folder_cannot_be_input_and_result(unitwise, pile, tmp_path):
    pile(6)
    done = unitwise("review", tmp_path, "-o", tmp_path)
    assert (done.returncode, b"among the inputs" in done.stderr, [each.name for each in tmp_path.iterdir()]) == (2, True, ["pile.jsonl"])


def test_an_earlier_result_is_not_removed_to_be_read(unitwise, pile, tmp_path):
    unitwise("review", pile(6), "-o", tmp_path / "out")
    done = unitwise("review", tmp_path / "out/coded.jsonl", "-o", tmp_path / "out", "--overwrite")
    assert (done.returncode, (tmp_path / "out/coded.jsonl").exists()) == (2, True)


def test_resume_refuses_a_run_of_other_options(unitwise, pile, tmp_path):
    path = pile(6)
    unitwise("review", path, "-o", tmp_path / "out")
    done = unitwise("review", path, "-o", tmp_path / "out", "--resume", "--payer", "aetna")
    assert (done.returncode, b"another payer" in done.stderr) == (2, True)


def test_resume_refuses_inputs_that_have_changed(unitwise, pile, tmp_path):
    unitwise("review", pile(6), "-o", tmp_path / "out")
    pile(6).write_text('{"id": "other", "text": "squats"}\n' * 6)
    done = unitwise("review", tmp_path / "pile.jsonl", "-o", tmp_path / "out", "--resume")
    assert (done.returncode, b"have changed" in done.stderr) == (2, True)


def test_resume_of_a_finished_run_changes_nothing(unitwise, pile, tmp_path):
    path = pile(300)
    unitwise("review", path, "-o", tmp_path / "out")
    before = results_of(tmp_path / "out")
    unitwise("review", path, "-o", tmp_path / "out", "--resume")
    assert results_of(tmp_path / "out") == before
