import json
import shutil
import sqlite3

import pytest

from nlp_pipeline.apps.coder_tool import decisions
from nlp_pipeline.apps.coder_tool.audit_log import HEAD_FILE, verify
from nlp_pipeline.apps.coder_tool.database import Store
from nlp_pipeline.apps.coder_tool.decisions import Ruling
from nlp_pipeline.apps.serving import verify_log
from nlp_pipeline.errors import ServeRefused
from tests.apps.coder_tool.conftest import fill, new_person


@pytest.fixture
def written(store, tmp_path):
    """A store with a dozen lines and four decisions, and a way to tamper with its file as someone would who has it."""
    keys = fill(store)
    ann = new_person(store, "ann", "coder")
    for key in keys:
        with store.write() as tx:
            decisions.decide(tx, ann, Ruling(key, 0, "accepted", reason="right"))
    for number in range(4):
        with store.write() as tx:
            tx.log("visit.viewed", ann, keys[0], {"version": number})
    store.engine.dispose()
    return store


def tamper(store, *orders):
    """Change the file past every lock that the program has put on it."""
    with sqlite3.connect(store.engine.url.database) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for order in orders:
            connection.execute(order)
    connection.close()


def breaches(store, noted=None):
    with store.read() as tx:
        return verify(tx.session, store.keys, store.head_file, noted).breaches


def last(store):
    with store.read() as tx:
        return verify(tx.session, store.keys, store.head_file)


def test_a_log_that_was_left_alone_is_as_it_was_written(written):
    assert breaches(written) == []


@pytest.mark.parametrize("column", ["who = 'bea'", "at = '2020-01-01T00:00:00+00:00'", "action = 'other'", "subject = NULL", "details = '{}'"])
def test_a_changed_line_is_found_and_named(written, column):
    tamper(written, f"UPDATE log SET {column} WHERE number = 4")
    assert [each for each in breaches(written) if each.startswith("line 4 ")]


def test_a_line_taken_out_is_found_and_named(written):
    tamper(written, "DELETE FROM log WHERE number = 5")
    assert "line 5 is missing" in breaches(written)


def test_lines_taken_out_and_closed_up_are_found(written):
    tamper(written, "DELETE FROM log WHERE number = 5", "UPDATE log SET number = number - 1 WHERE number > 5", "UPDATE log_head SET number = number - 1")
    assert any(each.startswith("line 5 ") for each in breaches(written))


def test_two_lines_in_each_others_place_are_found(written):
    tamper(written, "UPDATE log SET number = -1 WHERE number = 5", "UPDATE log SET number = 5 WHERE number = 6", "UPDATE log SET number = 6 WHERE number = -1")
    assert {each.partition(" (")[0] for each in breaches(written)} >= {"line 5", "line 6"}


def test_a_line_put_in_is_found(written):
    number = last(written).lines + 1
    tamper(written, f"INSERT INTO log VALUES ({number}, '2026-01-01', 'ann', 'visit.viewed', 'x', '{{}}', '{'a' * 64}')")
    assert any(each.startswith(f"line {number} ") for each in breaches(written))


def test_a_tail_cut_off_is_found(written):
    number = last(written).lines
    tamper(written, f"DELETE FROM log WHERE number > {number - 3}")
    assert f"lines {number - 2} to {number} are missing at the end" in breaches(written)


def test_a_tail_cut_off_together_with_the_head_is_found_by_the_file_beside(written):
    number = last(written).lines
    head = f"UPDATE log_head SET number = {number - 3}, seal = (SELECT seal FROM log WHERE number = {number - 3})"
    tamper(written, f"DELETE FROM log WHERE number > {number - 3}", head)
    assert breaches(written) == [f"the log ended at line {number} when it was last written, and now ends at line {number - 3}"]


def test_a_tail_cut_off_together_with_head_and_file_is_found_by_a_seal_that_was_noted(written):
    before = last(written)
    tail = before.lines - 3
    with sqlite3.connect(written.engine.url.database) as connection:
        [seal] = connection.execute("SELECT seal FROM log WHERE number = ?", (tail,)).fetchone()
    connection.close()
    tamper(written, f"DELETE FROM log WHERE number > {tail}", f"UPDATE log_head SET number = {tail}, seal = '{seal}'")
    written.head_file.note(tail, seal)  # as only someone could who has the key too
    assert breaches(written) == []
    assert breaches(written, before.head) == [f"the head noted as {before.head} is no line of this log"]


def test_a_file_beside_that_was_changed_is_found(written, tmp_path):
    path = tmp_path / HEAD_FILE
    path.write_text(path.read_text().replace(" ", " 0", 1))
    assert breaches(written) == ["the file that keeps the log's head outside the database was changed"]


def test_a_file_beside_that_is_gone_is_found(written, tmp_path):
    (tmp_path / HEAD_FILE).unlink()
    assert breaches(written) == ["the file that keeps the log's head outside the database is missing"]


@pytest.mark.parametrize(
    "change", ["reason = 'other'", "verdict = 'changed'", "user_id = 99", "answer = '{\"a\": 1}'", "at = '2020-01-01 00:00:00'", "blind = 1"]
)
def test_a_changed_decision_is_found_and_named(written, change):
    tamper(written, f"UPDATE decisions SET {change} WHERE id = 2")
    assert breaches(written) == ["decision 2 is not what was decided"]


def test_a_decision_taken_out_is_found_and_named(written):
    tamper(written, "DELETE FROM decisions WHERE id = 3")
    assert breaches(written) == ["decision 3 is in the log and no longer among the decisions"]


def test_a_decision_put_in_is_found_and_named(written):
    columns = "visit_id, verdict, reason, ops, answer, suggested, blind, user_id, at"
    tamper(written, f"INSERT INTO decisions (id, number, {columns}) SELECT 77, 9, {columns} FROM decisions WHERE id = 1")
    assert breaches(written) == ["decision 77 is not in the log"]


def test_a_log_written_anew_without_the_key_is_found(written, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(tmp_path, other, ignore=shutil.ignore_patterns("*.key", "other"))
    stranger = Store.reach(f"sqlite:///{other / 'coder_tool.db'}", other, make=True)
    assert any(each.startswith("line 1 ") for each in breaches(stranger))
    stranger.engine.dispose()


def test_the_command_says_that_all_is_well(written, tmp_path, capsys):
    assert verify_log(None, tmp_path, None, as_json=False) == 0
    assert "every line and every decision is as it was written" in capsys.readouterr().out


def test_the_command_says_where_it_is_not(written, tmp_path, capsys):
    tamper(written, "UPDATE log SET who = 'bea' WHERE number = 4")
    assert verify_log(None, tmp_path, None, as_json=True) == 1
    assert json.loads(capsys.readouterr().out)["breaches"][0].startswith("line 4 ")


def test_without_its_key_a_log_is_not_verified(written, tmp_path):
    (tmp_path / "coder_tool.key").unlink()
    with pytest.raises(ServeRefused, match="key file"):
        verify_log(None, tmp_path, None, as_json=False)


def test_a_log_that_does_not_exist_is_not_made(tmp_path):
    with pytest.raises(ServeRefused, match="There is no database"):
        verify_log(None, tmp_path / "nowhere", None, as_json=False)
    assert not (tmp_path / "nowhere").exists()
