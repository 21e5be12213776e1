"""A review that is stopped, whatever stops it, ends as if it had not been."""

import json
import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from nlp_pipeline.apps.chunks import ROWS_IN_A_CHUNK
from tests.apps import forked
from tests.apps.conftest import ROOT, differing, environment, lines_of

FORMS = ("jsonl", "csv", "parquet", "xlsx")
KILLS = 20
SEED = 20261123


@pytest.mark.parametrize("form", FORMS)
def test_a_run_that_is_killed_at_random_moments_ends_as_if_it_had_not_been(pile, tmp_path, form):
    order, said = ["review", pile(500), "--format", form], tmp_path / "said"
    began = time.monotonic()
    assert forked.run([*order, "-o", tmp_path / "whole"], said) == 0
    longest, chance, kills, runs = time.monotonic() - began, random.Random(f"{SEED}{form}"), 0, 0
    print(f"seed {SEED}{form}, {longest:.2f} s")
    while kills < KILLS // len(FORMS):
        folder = tmp_path / f"killed{runs}"
        stopped = forked.stop_at_random([*order, "-o", folder, "--resume"], said, chance, longest)
        kills += stopped
        if not stopped:
            assert differing(folder, tmp_path / "whole") == []
            runs += 1
    assert forked.run([*order, "-o", folder, "--resume"], said) == 0
    assert differing(folder, tmp_path / "whole") == []


def killed_after(command, rows, folder):
    """Start a command, kill it once its checkpoint has passed some rows, and tell whether it was still running."""
    process = subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for_rows(process, folder, rows)
    time.sleep(random.Random(rows).uniform(0, 0.03))
    process.send_signal(signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


def wait_for_rows(process, folder, rows):
    while process.poll() is None:
        try:
            if json.loads((folder / "unfinished/checkpoint.json").read_text("utf-8"))["rows"] >= rows:
                return
        except FileNotFoundError:
            pass
        time.sleep(0.002)


def test_a_killed_run_goes_on_with_another_number_of_workers(command, unitwise, pile, tmp_path):
    path, out = pile(5000), tmp_path / "killed"
    unitwise("review", path, "-o", tmp_path / "whole")
    kills = 0
    for rows in sorted(random.Random(SEED).sample(range(5000 - 4 * ROWS_IN_A_CHUNK), 3)):
        kills += killed_after([*command, "review", str(path), "--workers", "2", "-o", str(out), "--resume"], rows, out)
    done = unitwise("review", path, "-o", out, "--resume", "--workers", "1")
    assert kills >= 2
    assert (done.returncode, differing(out, tmp_path / "whole")) == (0, [])


SLOW = [json.dumps({"id": f"slow{number}", "text": "SLOW", "patient": f"S{number}"}) for number in range(100)]


@pytest.mark.parametrize("workers", ["1", "3"])
def test_a_run_that_is_killed_while_it_looks_across_notes_goes_on_with_another_number_of_workers(command, unitwise, pile, tmp_path, workers):
    path, out = pile(3000, SLOW), tmp_path / "killed"
    unitwise("review", path, "-o", tmp_path / "whole")
    process = subprocess.Popen([*command, "review", str(path), "--workers", "2", "-o", str(out)], cwd=ROOT, env=environment(), stdout=subprocess.DEVNULL)
    while process.poll() is None and not (out / "unfinished/seen").exists():
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    done = unitwise("review", path, "-o", out, "--resume", "--workers", workers)
    assert (done.returncode, differing(out, tmp_path / "whole")) == (0, [])


def test_a_worker_that_dies_over_visits_side_by_side_costs_nothing(unitwise, pile, tmp_path):
    path = pile(3000, [json.dumps({"id": "bad", "text": "FALLS ONCE", "patient": "P1"})])
    for workers in (1, 2):
        unitwise("review", path, "-o", tmp_path / str(workers), "--workers", workers)
    assert differing(tmp_path / "1", tmp_path / "2") == []


@pytest.mark.parametrize(("word", "said"), [("FALLS EVERY TIME", b"again and again"), ("BREAKS", b"(ZeroDivisionError)")])
def test_visits_that_workers_cannot_lay_side_by_side_end_the_run_and_one_process_goes_on(unitwise, pile, tmp_path, word, said):
    path, out = pile(3000, [json.dumps({"id": "bad", "text": word, "patient": "P1"})]), tmp_path / "out"
    unitwise("review", path, "-o", tmp_path / "whole")
    ended = unitwise("review", path, "-o", out, "--workers", 2)
    assert (ended.returncode, ended.stderr.count(b"\n"), said in ended.stderr) == (2, 1, True)
    assert (unitwise("review", path, "-o", out, "--resume").returncode, differing(out, tmp_path / "whole")) == (0, [])


def children_of(process):
    told = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return [int(child) for child in told.read_text().split()]


def is_worker(child):
    return b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc")
def test_a_worker_that_is_killed_from_without_costs_nothing(command, unitwise, pile, tmp_path):
    path, out = pile(5000), tmp_path / "out"
    unitwise("review", path, "-o", tmp_path / "whole")
    process = subprocess.Popen([*command, "review", str(path), "-o", str(out), "--workers", "2"], cwd=ROOT, env=environment(), stdout=subprocess.DEVNULL)
    wait_for_rows(process, out, 500)
    os.kill(next(filter(is_worker, children_of(process))), signal.SIGKILL)
    assert (process.wait(), differing(out, tmp_path / "whole")) == (0, [])


@pytest.mark.parametrize("form", FORMS)
def test_a_run_that_fills_the_disk_goes_on_when_there_is_room(pile, tmp_path, form):
    order, said = ["review", pile(400), "--format", form], tmp_path / "said"
    forked.run([*order, "-o", tmp_path / "whole"], said)
    stopped = forked.run([*order, "-o", tmp_path / "full"], said, file_size=20_000)
    words = said.read_text("utf-8")
    assert (stopped, words.count("\n"), "--resume" in words) == (2, 1, True), words
    assert forked.run([*order, "-o", tmp_path / "full", "--resume"], said) == 0
    assert differing(tmp_path / "full", tmp_path / "whole") == []


def test_a_disk_that_is_full_only_when_the_results_are_written_costs_nothing(pile, tmp_path):
    order, said = ["review", pile(400)], tmp_path / "said"
    forked.run([*order, "-o", tmp_path / "whole"], said)
    room = (tmp_path / "whole/coded.jsonl").stat().st_size - 1  # enough for the papers, which know nothing of other notes
    assert forked.run([*order, "-o", tmp_path / "full"], said, file_size=room) == 2
    assert (tmp_path / "full/unfinished/visits.sqlite").exists()
    assert forked.run([*order, "-o", tmp_path / "full", "--resume"], said) == 0
    assert differing(tmp_path / "full", tmp_path / "whole") == []


@pytest.mark.parametrize(("sign", "status", "word"), [(signal.SIGINT, 130, b"interrupted"), (signal.SIGTERM, 143, b"stopped")])
def test_a_run_that_is_stopped_says_how_to_go_on(pile, tmp_path, sign, status, word):
    path, said = pile(0, [json.dumps({"id": str(number), "text": "SLOW"}) for number in range(300)]), tmp_path / "said"
    child = forked.start(["review", path, "-o", tmp_path / "out"], said)
    while not (tmp_path / "out/unfinished/checkpoint.json").exists():
        time.sleep(0.01)
    time.sleep(0.2)
    os.kill(child, sign)
    assert (forked.ended(child), said.read_bytes()) == (status, b"unitwise: " + word + b"; a review goes on where it was with --resume\n")


def test_the_papers_of_an_unfinished_run_are_their_owners_alone(pile, tmp_path):
    path, said = pile(0, [json.dumps({"id": str(number), "text": "SLOW"}) for number in range(300)]), tmp_path / "said"
    child = forked.start(["review", path, "-o", tmp_path / "out"], said)
    while not (tmp_path / "out/unfinished/checkpoint.json").exists():
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    forked.ended(child)
    assert (tmp_path / "out/unfinished").stat().st_mode & 0o777 == 0o700


def test_papers_that_another_version_has_laid_out_are_refused(pile, tmp_path):
    path, said = pile(0, [json.dumps({"id": str(number), "text": "SLOW"}) for number in range(300)]), tmp_path / "said"
    child = forked.start(["review", path, "-o", tmp_path / "out"], said)
    checkpoint = tmp_path / "out/unfinished/checkpoint.json"
    while not checkpoint.exists():
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    forked.ended(child)
    told = json.loads(checkpoint.read_text("utf-8"))
    del told["layout"]
    checkpoint.write_text(json.dumps(told), encoding="utf-8")
    assert forked.run(["review", path, "-o", tmp_path / "out", "--resume"], said) == 2
    assert "another version of unitwise" in said.read_text("utf-8")


def test_no_paper_is_left_when_a_run_is_whole(pile, tmp_path):
    forked.run(["review", pile(6), "-o", tmp_path / "out"], tmp_path / "said")
    assert not (tmp_path / "out/unfinished").exists()


def test_a_note_that_kills_its_worker_twice_is_rejected_with_its_id(unitwise, pile, tmp_path):
    done = unitwise("review", pile(300, [json.dumps({"id": "bad", "text": "DIE"})]), "-o", tmp_path / "out", "--workers", 2)
    deaths = [row["id"] for row in lines_of(tmp_path / "out/rejected.jsonl") if row["reason"] == "worker-died"]
    assert (done.returncode, deaths, len(lines_of(tmp_path / "out/coded.jsonl"))) == (0, ["bad"], 250)


def test_workers_that_die_before_they_are_ready_end_the_run(unitwise, pile, tmp_path):
    done = unitwise("review", pile(6), "-o", tmp_path / "out", "--workers", 2, "--model", tmp_path / "deadly")
    assert (done.returncode, done.stderr.count(b"\n"), b"before they have begun" in done.stderr) == (2, 1, True)
