"""Plan, draw, estimate, report, seal, verify, replay: the steps that follow an audit, over a folder and over a table of claims."""

import csv
import json
import random
from datetime import date, timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest

from nlp_pipeline.apps.audit_folder import AuditFolder
from nlp_pipeline.apps.audit_report import report
from nlp_pipeline.apps.capsule import SealOrder, open_capsule, seal, verify, write_zip
from nlp_pipeline.apps.capsule_replay import ReplayOrder, replayed
from nlp_pipeline.apps.sampling import SampleOrder, estimate, sample
from nlp_pipeline.errors import AuditRefused, UnreadableInput
from nlp_pipeline.records.sample import Wish

SEED = "20260302"


def claims(path: Path, count: int = 240) -> Path:
    """Write a table of claims, a third of which the engine holds to be paid too much."""
    draws = random.Random(4)
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "paid", "day", "therapist", "payer", "patient", "supported"])
        for place in range(count):
            paid = draws.randint(5000, 15000) / 100
            engine = paid if place % 3 else round(paid * 0.6, 2)
            rows.writerow(
                [
                    f"c{place:03}",
                    f"{paid:.2f}",
                    date(2026, 3, 2) + timedelta(place % 5),
                    "Ann Doe" if place % 2 else "Bo Roe",
                    "medicare",
                    f"p{place % 50}",
                    f"{engine:.2f}",
                ]
            )
    return path


def judge(folder: Path, **said: str) -> Path:
    """Fill the worksheet in as a reviewer who agrees with the engine would."""
    with (folder / "worksheet.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with (folder / "frame.csv").open(encoding="utf-8", newline="") as file:
        engine = {row["id"]: row["engine"] for row in csv.DictReader(file)}
    for row in rows:
        if row["role"] == "sample":
            row |= {"supported": engine[row["id"]], "reviewer": "R1", "categories": "units-over" if engine[row["id"]] != row["paid"] else "", **said}
    with (folder / "decisions.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, rows[0].keys())
        table.writeheader()
        table.writerows(rows)
    return folder / "decisions.csv"


@pytest.fixture
def folder(tmp_path):
    sample(SampleOrder(tmp_path / "audit", Wish(SEED, 40, spares=2), claims(tmp_path / "claims.csv")))
    return tmp_path / "audit"


@pytest.fixture
def finished(folder):
    judge(folder)
    estimate(folder, None)
    report(folder)
    return folder


def sealed(folder: Path, **more: object) -> Path:
    capsule = folder.parent / "audit.capsule"
    seal(SealOrder(folder, capsule, **more))  # type: ignore[arg-type]
    return capsule


def outcomes(capsule: Path, *inputs: Path) -> dict[str, str]:
    return {each.name: each.outcome for each in replayed(ReplayOrder(capsule, inputs)).compared}


def test_a_sample_leaves_a_frame_a_worksheet_and_a_memo_that_names_the_seed(folder):
    assert {path.name for path in folder.iterdir()} == {"frame.csv", "universe.json", "sample.json", "worksheet.csv", "sampling_memo.md"}
    assert SEED in (folder / "sampling_memo.md").read_text("utf-8")


def test_a_seed_is_drawn_by_lot_and_printed_where_none_is_given(tmp_path, capsys):
    sample(SampleOrder(tmp_path / "audit", Wish("", 10), claims(tmp_path / "claims.csv")))
    assert f"seed {AuditFolder(tmp_path / 'audit').read_sample().design.seed}," in capsys.readouterr().out


def test_a_blind_worksheet_shows_nothing_of_the_engine(folder):
    assert "engine" not in (folder / "worksheet.csv").read_text("utf-8")


def test_an_assisted_worksheet_shows_what_the_engine_supports(tmp_path):
    sample(SampleOrder(tmp_path / "audit", Wish(SEED, 10, review="assisted"), claims(tmp_path / "claims.csv")))
    assert "engine_supported" in (tmp_path / "audit" / "worksheet.csv").read_text("utf-8").splitlines()[0]


def test_a_plan_writes_nothing(tmp_path, capsys):
    sample(SampleOrder(tmp_path / "audit", Wish(SEED, 10), claims(tmp_path / "claims.csv"), only_plan=True))
    assert not (tmp_path / "audit").exists()
    assert "# Sampling memo" in capsys.readouterr().out


def test_a_sample_is_not_drawn_over_another_by_mistake(folder, tmp_path):
    with pytest.raises(AuditRefused, match="has been drawn already"):
        sample(SampleOrder(folder, Wish("other", 40), tmp_path / "claims.csv"))


def test_a_probe_leads_to_a_larger_sample_that_keeps_what_was_judged(folder):
    decisions = judge(folder)
    sample(SampleOrder(folder, Wish("", precision=0.25), probe=decisions))
    with (folder / "worksheet.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 40
    assert all(row["supported"] for row in rows[:40])
    assert not rows[-1]["supported"]


def test_an_estimate_tells_limits_rates_grounds_and_the_engine(folder, capsys):
    judge(folder)
    estimate(folder, None)
    told = capsys.readouterr().out
    assert all(words in told for words in ("two-sided 90 %", "units in error", "with the engine", "overturned"))


@pytest.mark.parametrize(
    ("column", "cell", "why"),
    [
        ("supported", "much", "row 2, column supported is not an amount"),
        ("rebuttal", "maybe", "row 2, column rebuttal is not open, accepted, rejected"),
        ("standing", "lost", "row 2, column standing is not reviewed or replaced"),
        ("therapist_agrees", "hm", "row 2, column therapist_agrees is not yes, no"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named_with_its_row(folder, column, cell, why):
    judge(folder, **{column: cell})
    with pytest.raises(UnreadableInput, match=why):
        estimate(folder, None)


def test_decisions_that_are_missing_are_asked_for(folder):
    with pytest.raises(UnreadableInput, match="no such file"):
        estimate(folder, None)


def test_everything_is_made_again_byte_for_byte(finished):
    found = outcomes(sealed(finished))
    assert found == dict.fromkeys(("frame.csv", "sample.json", "estimate.json", "report.json", "report.html", "report.xlsx", "report.pdf"), "identical")


def test_two_capsules_of_one_audit_are_the_same_file(finished):
    first = sealed(finished).read_bytes()
    assert sealed(finished).read_bytes() == first


def test_a_part_that_was_changed_before_sealing_is_named_with_its_line(finished):
    figures = json.loads((finished / "estimate.json").read_text("utf-8"))
    figures["net"]["point"] = "1.00"
    (finished / "estimate.json").write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", "utf-8")
    found = {each.name: each.told for each in replayed(ReplayOrder(sealed(finished))).compared if each.outcome == "differs"}
    assert found["estimate.json"].startswith("line ")


def test_a_capsule_that_was_opened_and_changed_is_not_whole(finished, capsys):
    capsule = sealed(finished)
    with ZipFile(capsule) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    contents["parts/decisions.csv"] = contents["parts/decisions.csv"].replace(b"R1", b"R2")
    write_zip(capsule, contents)
    assert verify(capsule, None, None) == 1
    assert "decisions.csv is not as it was sealed" in capsys.readouterr().out
    with pytest.raises(AuditRefused, match="not as it was sealed"):
        replayed(ReplayOrder(capsule))


def test_a_seal_that_is_not_the_expected_one_is_told(finished, capsys):
    assert verify(sealed(finished), "0" * 64, None) == 1
    assert "the seal is not the one given" in capsys.readouterr().out


def test_a_signed_capsule_holds_against_its_key_alone(finished, tmp_path):
    (tmp_path / "key").write_bytes(b"a key")
    (tmp_path / "other").write_bytes(b"another")
    capsule = sealed(finished, key=tmp_path / "key")
    assert verify(capsule, open_capsule(capsule).seal, tmp_path / "key") == 0
    assert verify(capsule, None, tmp_path / "other") == 1


def test_a_capsule_without_quotes_keeps_their_hashes(finished):
    capsule = sealed(finished, without_quotes=True, counsel=True)
    opened = open_capsule(capsule)
    assert opened.capsule.counsel
    assert not any(name.startswith("report") for name in opened.parts)
    assert verify(capsule, None, None) == 0
    assert outcomes(capsule)["report.pdf"] == "not run"


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no", b"{}"])
def test_what_is_no_capsule_is_refused_in_one_line(tmp_path, content):
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(AuditRefused, match="not a whole capsule"):
        open_capsule(tmp_path / "x")


def test_a_folder_without_an_audit_cannot_be_sealed(tmp_path):
    with pytest.raises(AuditRefused, match="there is no audit in it"):
        seal(SealOrder(tmp_path, tmp_path / "x"))
