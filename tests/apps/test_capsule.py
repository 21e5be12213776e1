"""A whole audit, from notes and claims to a capsule, made again on inputs that are there, gone or changed."""

import json
import shutil
from pathlib import Path

import pytest

from nlp_pipeline.apps.audit_folder import AuditFolder
from nlp_pipeline.apps.audit_queue import QueueOrder, queue
from nlp_pipeline.apps.capsule import SealOrder, open_capsule, seal
from nlp_pipeline.apps.capsule_replay import ReplayOrder, replayed
from nlp_pipeline.apps.retro_audit import AuditOrder, audit
from nlp_pipeline.apps.sampling import SampleOrder, sample
from nlp_pipeline.errors import AuditRefused
from nlp_pipeline.intake.profiles import Profile
from nlp_pipeline.records.capsule import Comparison
from nlp_pipeline.records.sample import Wish

GIVEN = Path(__file__).parents[2] / "notebooks" / "audited_quarter"
NOTES = 25
FINDINGS = ("audit.jsonl", "unmatched.jsonl", "rejected.jsonl", "summary.json")


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """Give the first notes of the quarter, with all of its claims."""
    place = tmp_path_factory.mktemp("quarter")
    shutil.copy(GIVEN / "claims.837", place)
    lines = (GIVEN / "notes.jsonl").read_text("utf-8").splitlines(keepends=True)
    (place / "notes.jsonl").write_text("".join(lines[:NOTES]), "utf-8")
    return place


@pytest.fixture(scope="module")
def audited(inputs, tmp_path_factory):
    folder = tmp_path_factory.mktemp("audit") / "results"
    audit(AuditOrder([str(inputs / "notes.jsonl")], [str(inputs / "claims.837")], folder, reader="fast"))
    sample(SampleOrder(folder, Wish("20260302", 10)))
    return folder


def sealed(audited: Path, place: Path, **more: object) -> Path:
    seal(SealOrder(audited, place / "q.capsule", **more))  # type: ignore[arg-type]
    return place / "q.capsule"


def compared(capsule: Path, *inputs: Path) -> dict[str, Comparison]:
    return {each.name: each for each in replayed(ReplayOrder(capsule, inputs)).compared}


def test_an_audit_is_made_again_from_inputs_that_lie_elsewhere_by_now(audited, inputs, tmp_path):
    shutil.copytree(inputs, tmp_path / "years" / "later")
    found = compared(sealed(audited, tmp_path), tmp_path / "years")
    assert {name: each.outcome for name, each in found.items()} == dict.fromkeys((*FINDINGS, "frame.csv", "sample.json"), "identical")


def test_an_audit_is_made_again_from_the_inputs_in_its_capsule(audited, inputs, tmp_path):
    capsule = sealed(audited, tmp_path, inputs=(inputs,))
    assert all(each.outcome == "identical" for each in compared(capsule).values())


def test_an_input_that_is_gone_is_named_and_the_sample_is_checked_all_the_same(audited, inputs, tmp_path):
    found = compared(sealed(audited, tmp_path), inputs / "claims.837")
    assert "1 of 2 inputs are not here, the first is 'notes.jsonl'" in found["audit.jsonl"].told
    assert found["sample.json"].outcome == "identical"


def test_a_finding_that_was_altered_is_named_with_its_line(audited, inputs, tmp_path):
    shutil.copytree(audited, tmp_path / "altered")
    path = AuditFolder(tmp_path / "altered").findings
    lines = path.read_text("utf-8").splitlines(keepends=True)
    lines[2] = lines[2].replace('"supported"', '"Supported"', 1).replace('"not supported"', '"supported"', 1)
    path.write_text("".join(lines), "utf-8")
    found = compared(sealed(tmp_path / "altered", tmp_path), inputs)
    assert found["audit.jsonl"].told.startswith("line 3, ")
    assert found["unmatched.jsonl"].outcome == "identical"


def test_a_file_that_the_audit_did_not_read_is_not_sealed_as_its_input(audited, tmp_path):
    (tmp_path / "notes.jsonl").write_text("{}\n", "utf-8")
    with pytest.raises(AuditRefused, match="was not run on this file as it is now"):
        sealed(audited, tmp_path, inputs=(tmp_path / "notes.jsonl",))


def test_a_capsule_names_model_and_rules(audited, tmp_path):
    made_with = open_capsule(sealed(audited, tmp_path)).capsule.made_with
    assert made_with.model
    assert made_with.model_digests
    assert len(made_with.rules_sha256) == 64


def test_a_capsule_without_quotes_holds_no_word_of_a_note(audited, tmp_path):
    opened = open_capsule(sealed(audited, tmp_path, without_quotes=True))
    assert not set(opened.parts) & {"audit.jsonl", "unmatched.jsonl", "rejected.jsonl"}
    assert {"audit.jsonl", "unmatched.jsonl"} <= {each.name for each in opened.capsule.parts}


def test_the_sample_becomes_a_queue_in_the_order_of_the_draw(audited, inputs, tmp_path):
    queue(QueueOrder(audited, (str(inputs / "notes.jsonl"),), tmp_path / "queue.jsonl", Profile()))
    rows = [json.loads(line) for line in (tmp_path / "queue.jsonl").read_text("utf-8").splitlines()]
    drawn = [each.id for each in AuditFolder(audited).read_sample().drawn if each.role == "sample"]
    assert [row["id"] for row in rows] == drawn
    assert all(row["text"] and "engine" not in row for row in rows)
    assert (tmp_path / "queue.jsonl").stat().st_mode & 0o077 == 0


def test_a_queue_of_other_notes_is_refused(audited, tmp_path):
    (tmp_path / "other.jsonl").write_text('{"id": "x", "text": "Gait training."}\n', "utf-8")
    with pytest.raises(AuditRefused, match="none of the sample's notes"):
        queue(QueueOrder(audited, (str(tmp_path / "other.jsonl"),), tmp_path / "queue.jsonl", Profile()))
