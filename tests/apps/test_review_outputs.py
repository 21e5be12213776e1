"""What a review leaves behind, in each form: all that went in is counted out, and everything can be traced."""

import csv
import hashlib
import json
import subprocess
import sys
import time

import pyarrow.parquet as pq
import pytest

from tests.apps import forked
from tests.apps.conftest import ROOT, differing, environment, lines_of


@pytest.fixture
def reviewed(tmp_path):
    """Review a pile in a form, and give the folder."""

    def review(path, *options):
        assert forked.run(["review", path, "-o", tmp_path / "out", *options], tmp_path / "said") == 0, (tmp_path / "said").read_text()
        return tmp_path / "out"

    return review


def read(folder, name):
    return json.loads((folder / name).read_text("utf-8"))


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet", "xlsx"])
def test_every_form_is_named_and_measured_in_the_manifest(reviewed, pile, form):
    folder = reviewed(pile(60), "--format", form)
    outputs = {each["file"]: each for each in read(folder, "manifest.json")["outputs"]}
    assert outputs.keys() == {f"coded.{form}", "rejected.jsonl", "summary.json", "charts.jsonl", "summary.html"}
    for name, each in outputs.items():
        whole = (folder / name).read_bytes()
        assert (each["bytes"], each["sha256"]) == (len(whole), hashlib.sha256(whole).hexdigest())


def test_the_manifest_names_the_inputs_to_the_byte(reviewed, pile):
    path = pile(60)
    whole = path.read_bytes()
    assert read(reviewed(path), "manifest.json")["inputs"] == [{"source": str(path), "bytes": len(whole), "sha256": hashlib.sha256(whole).hexdigest()}]


def test_the_manifest_counts_what_went_in_and_says_with_what_it_was_made(reviewed, pile):
    manifest = read(reviewed(pile(60, ["{broken"])), "manifest.json")
    assert manifest["counts"] == {"in": 61, "coded": 50, "rejected": 11}
    assert manifest["model"] == {"model": "fake-2026.11-000000", "digests": {"model.joblib": "00"}}
    assert (manifest["seed"], manifest["reader"], len(manifest["rules"]["sha256"]), "spacy" in manifest["versions"]) == (7, ["fast"], 64, True)


def test_the_command_of_the_manifest_leaves_out_what_does_not_touch_the_results(reviewed, pile):
    path = pile(6)
    folder = reviewed(path, "--format", "csv", "--payer", "medicare", "--resume")
    assert read(folder, "manifest.json")["command"] == ["unitwise", "review", str(path), "--format", "csv", "--reader", "careful", "--payer", "medicare"]
    assert read(folder, "timings.json")["workers"] == 1


def test_findings_across_notes_stand_with_the_note_and_are_counted(reviewed, pile):
    folder = reviewed(pile(300))
    cloned = [coded["id"] for coded in lines_of(folder / "coded.jsonl") if "cloned-note" in {each["code"] for each in coded["findings"]}]
    assert len(cloned) == read(folder, "summary.json")["findings"]["cloned-note"] == 210
    assert read(folder, "summary.json")["charts"]["patterns"][0]["visits"] == 210


def test_a_cloned_note_says_what_is_new_since_the_visit_before(reviewed, pile):
    coded = {each["id"]: each.get("since_last_visit") for each in lines_of(reviewed(pile(300)) / "coded.jsonl")}
    assert coded["00000"] is None or coded["00040"] is None  # the first visit of a patient has none before it
    assert {told["novel_share"] for told in coded.values() if told} == {0.0}


def test_the_tables_hold_the_same_findings_as_the_lines(reviewed, pile):
    path = pile(300)
    lines = lines_of(reviewed(path) / "coded.jsonl")
    with (reviewed(path, "--format", "csv", "--overwrite") / "coded.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    table = pq.read_table(reviewed(path, "--format", "parquet", "--overwrite") / "coded.parquet").to_pylist()
    told = {coded["id"]: [each["code"] for each in coded["findings"]] for coded in lines}
    assert {row["id"]: row["findings"].split() for row in rows} == told
    assert {row["id"]: row["findings"] for row in table} == told
    assert [json.loads(row["note_json"]) for row in table if row["note_json"]] == lines


def test_verdicts_add_up_to_the_notes(reviewed, pile):
    summary = read(reviewed(pile(60)), "summary.json")
    assert sum(summary["verdicts"].values()) == summary["counts"]["coded"]


def test_findings_across_several_notes_have_a_file_of_their_own(reviewed, pile):
    [first, *_] = lines_of(reviewed(pile(60)) / "charts.jsonl")
    assert (first["kind"], first["subject"], first["name"]) == ("finding", "therapist", "T1")


def test_an_input_that_changes_its_bytes_but_not_its_notes_is_refused_too(reviewed, pile, tmp_path):
    path = pile(6)
    reviewed(path)
    path.write_bytes(path.read_bytes() + b"\n")
    assert forked.run(["review", path, "-o", tmp_path / "out", "--resume"], tmp_path / "said") == 2
    assert "the inputs have changed" in (tmp_path / "said").read_text()


def test_an_input_that_grows_while_it_is_read_is_named(pile, tmp_path):
    path, said = pile(0, [json.dumps({"id": str(number), "text": "SLOW"}) for number in range(100)]), tmp_path / "said"
    child = forked.start(["review", path, "-o", tmp_path / "out"], said)
    while not (tmp_path / "out/unfinished/checkpoint.json").exists():
        time.sleep(0.01)
    with path.open("ab") as file:
        file.write(b"\n")
    assert forked.ended(child) == 0
    assert read(tmp_path / "out", "manifest.json")["changed_while_read"] == [str(path)]
    assert f"{path} has changed since the run began" in said.read_text()


def test_what_comes_in_on_standard_input_is_measured(unitwise, tmp_path):
    given = b'{"id": "a", "text": "squats"}'
    assert unitwise("review", "-", "-o", tmp_path / "out", given=given).returncode == 0
    manifest = read(tmp_path / "out", "manifest.json")
    assert manifest["inputs"] == [{"source": "stdin", "bytes": len(given), "sha256": hashlib.sha256(given).hexdigest()}]
    assert manifest["changed_while_read"] == []


@pytest.mark.slow
@pytest.mark.parametrize("form", ["parquet", "xlsx"])
def test_the_quarter_comes_out_the_same_on_two_workers(tmp_path, form):
    quarter = ["review", str(ROOT / "data_samples/quarter"), "--format", form, "--reader", "fast"]
    for workers in ("1", "2"):
        command = [sys.executable, "-c", "from nlp_pipeline.apps.cli import main; main()", *quarter, "-o", str(tmp_path / workers), "--workers", workers]
        subprocess.run(command, cwd=ROOT, env=environment(), check=True, capture_output=True, timeout=300)
    assert differing(tmp_path / "1", tmp_path / "2") == []
    assert "cloned-note" in read(tmp_path / "1", "summary.json")["findings"]
