"""`unitwise audit` as its user meets it: four visits with their bills, the folder that comes out, and what is refused."""

import json
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from nlp_pipeline.apps.retro_audit import AuditOrder, audit, order_of
from tests.apps.conftest import ROOT, environment

SAMPLES = ROOT / "data_samples" / "claims"
CLAIMS = [str(SAMPLES / "claims.837"), str(SAMPLES / "remittances.835")]


@pytest.fixture
def unitwise():
    """Run `unitwise` as a user does."""

    def run(*arguments):
        order = [sys.executable, "-m", "nlp_pipeline.apps.cli", *map(str, arguments)]
        program = "from nlp_pipeline.apps.cli import main; main()"
        return subprocess.run([order[0], "-c", program, *order[3:]], capture_output=True, cwd=ROOT, env=environment(), timeout=300, check=False)

    return run


def of_samples(output, **more):
    return AuditOrder([str(SAMPLES / "notes.jsonl")], CLAIMS, output, [str(SAMPLES / "charges.csv")], reader="fast", **more)


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """Audit the samples once."""
    folder = tmp_path_factory.mktemp("audit") / "out"
    order = of_samples(folder, letter=date(2026, 6, 1))
    assert audit(order) == 0
    return folder


def lines(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_each_sample_says_what_is_wrong_with_it(done):
    found = {row["id"]: [each["category"] for each in row["discrepancies"] if each["material"]] for row in lines(done / "audit.jsonl")}
    assert found == {"S1": [], "S2": ["units-over"], "S3": ["modifier-unsupported"], "S4": ["minutes-missing"]}


def test_the_step_where_an_error_entered_is_named(done):
    told = {each["category"]: each["divergence"]["step"] for row in lines(done / "audit.jsonl") for each in row["discrepancies"] if each["divergence"]}
    assert told == {"units-over": "charge", "modifier-unsupported": "claim", "minutes-missing": "charge"}


def test_the_summary_counts_what_the_lines_say(done):
    summary, rows = json.loads((done / "summary.json").read_text("utf-8")), lines(done / "audit.jsonl")
    assert summary["visits"] == len(rows) == sum(summary["outcomes"].values())
    assert float(summary["amounts"]["net"]) == pytest.approx(sum(float(row["difference"]) for row in rows))
    assert {each["role"] for each in summary["inputs"]} == {"notes", "claims", "charges"}


def test_a_packet_says_what_is_asked_for_and_by_when(done):
    first = lines(done / "packets.jsonl")[0]
    assert first["due"] == "2026-07-16"
    assert first["index"][0]["held"] == ["S1"]


def test_the_same_inputs_give_the_same_bytes_wherever_they_lie(done, tmp_path):
    for path in SAMPLES.iterdir():
        shutil.copy(path, tmp_path)
    inputs = {role: [str(tmp_path / name) for name in names] for role, names in
              {"notes": ["notes.jsonl"], "claims": ["claims.837", "remittances.835"], "charges": ["charges.csv"]}.items()}  # fmt: skip
    summary = json.loads((done / "summary.json").read_text("utf-8"))
    assert audit(order_of(summary["options"], inputs, tmp_path / "again")) == 0
    for path in done.iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes(), path.name


def test_a_folder_that_holds_an_audit_is_refused(unitwise, done):
    answer = unitwise("audit", "--notes", SAMPLES / "notes.jsonl", "--claims", *CLAIMS, "-o", done)
    assert (answer.returncode, answer.stderr.count(b"\n")) == (2, 1)
    assert b"--overwrite" in answer.stderr


@pytest.mark.parametrize("missing", ["--notes", "--claims", "-o"])
def test_a_missing_side_is_said_in_one_line(unitwise, tmp_path, missing):
    given = {"--notes": SAMPLES / "notes.jsonl", "--claims": CLAIMS[0], "-o": tmp_path / "out"}
    answer = unitwise("audit", *(part for name, value in given.items() if name != missing for part in (name, value)))
    assert (answer.returncode, missing.encode() in answer.stderr, answer.stderr.count(b"\n")) == (2, True, 1)


def test_claims_that_cannot_be_read_at_all_end_with_one_clear_line(unitwise, tmp_path):
    (tmp_path / "claims.837").write_text("no claims here")
    answer = unitwise("audit", "--notes", SAMPLES / "notes.jsonl", "--claims", tmp_path / "claims.837", "-o", tmp_path / "out")
    assert (answer.returncode, answer.stdout) == (2, b"")
    assert b"no ISA segment" in answer.stderr
    assert b"Traceback" not in answer.stderr


def test_a_category_can_be_asked_to_fail(tmp_path):
    assert audit(of_samples(tmp_path / "out", fail_on=["units-over"])) == 1
    assert audit(of_samples(tmp_path / "out", fail_on=["cap-kx"], overwrite=True)) == 0


def test_no_note_text_stands_in_the_rows_that_were_rejected(tmp_path):
    broken = tmp_path / "claims.837"
    broken.write_text(Path(CLAIMS[0]).read_text().replace("UN*3", "UN*three"))
    assert audit(AuditOrder([str(SAMPLES / "notes.jsonl")], [str(broken)], tmp_path / "out", reader="fast")) == 0
    [row] = lines(tmp_path / "out" / "rejected.jsonl")
    assert (row["source"], row["reason"], row["id"]) == ("claims.837", "broken-number", "CS2")
