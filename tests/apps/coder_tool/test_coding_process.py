"""The process that codes: a note that kills it costs no other, and threads that ask at once share it."""

import threading

import pytest

from nlp_pipeline.apps.coder_tool import coding_process
from nlp_pipeline.apps.coder_tool.coding_process import CodedVisit, CodingProcess
from nlp_pipeline.records.note import Note
from tests.apps.coder_tool.coding_stand_in import code_or_die


@pytest.fixture
def process(monkeypatch):
    """A real process that dies of a word."""
    monkeypatch.setattr(coding_process, "code_notes", code_or_die)
    process = CodingProcess()
    yield process
    process.stop()


def test_a_note_that_kills_the_process_costs_no_other(process):
    answers = process.code([Note("a", "fine"), Note("b", "DIE"), Note("c", "fine")])
    assert answers == [CodedVisit(coded="a"), CodedVisit(trouble="the process that coded it ended"), CodedVisit(coded="c")]


def test_threads_that_ask_at_once_share_one_process(process):
    answers = []
    threads = [threading.Thread(target=lambda number=number: answers.extend(process.code([Note(str(number), "pid")]))) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 4
    assert len({answer.model for answer in answers}) == 1
