"""What comes into the queue from outside: a pasted note, an uploaded file, a review run."""

import io
import json
import time

import pytest
from sqlalchemy import delete, select, update

from nlp_pipeline.apps.coder_tool import coding_process, coding_queue, visits
from nlp_pipeline.apps.coder_tool.coding_process import CodingProcess
from nlp_pipeline.apps.coder_tool.coding_queue import CodingQueue
from nlp_pipeline.apps.coder_tool.intake_queue import add_review_run, add_upload
from nlp_pipeline.apps.coder_tool.tables import Batch, Visit
from nlp_pipeline.apps.results import MANIFEST
from nlp_pipeline.apps.review_order import ReviewOrder
from nlp_pipeline.errors import ServeRefused, UnreadableInput
from nlp_pipeline.house_layer import HouseLayer
from nlp_pipeline.intake.notes import FrontDesk
from nlp_pipeline.records.note import Note
from tests.apps.coder_tool.conftest import DAY, NOTES, Nearby, new_person
from tests.apps.fake_pipeline import Pipeline

TABLE = "id,text,date_of_service,payer,therapist\nn1,TherEx 15 min: squats.,2026-03-02,medicare,T1\nn2,,2026-03-02,medicare,T1\nn1,NMR 8 min: SLS on foam.,,,\n"


@pytest.fixture
def queue(store):
    """A queue that codes with the stand-in, and is stopped after the test."""
    queue = CodingQueue(store, Nearby())
    queue.start()
    yield queue
    queue.stop()


@pytest.fixture
def ann(store):
    return new_person(store, "ann", "coder")


def done(store, key):
    """Wait until a batch is read and coded; how it ended."""
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        with store.read() as tx:
            progress = visits.batch_progress(tx, key)
        if progress["done"]:
            return progress
        time.sleep(0.01)
    raise AssertionError("the batch was not done in time")


def all_of(store):
    with store.read() as tx:
        return list(tx.session.scalars(select(Visit).order_by(Visit.id)))


def reviewed(folder, written=TABLE):
    """Leave a table and what a review run of it keeps about itself; the table."""
    table, run = folder / "march.csv", folder / "run"
    table.write_text(written)
    run.mkdir()
    order = ReviewOrder([str(table)], run, desk=FrontDesk(None, None, "PT"))
    (run / MANIFEST).write_text(json.dumps({"asked": order.identity()}))
    return table


def test_an_upload_becomes_visits_and_rejected_rows(store, queue, ann):
    progress = done(store, add_upload(queue, ann, "march.csv", io.BytesIO(TABLE.encode())))
    [visit] = all_of(store)
    assert (progress["coded"], [row["reason"] for row in progress["rejected"]]) == (1, ["empty-note", "duplicate-id"])
    assert (visit.note_id, visit.payer, visit.therapist, visit.day, visit.state) == ("n1", "medicare", "T1", DAY, "open")


def test_an_uploaded_note_without_an_id_is_named_after_its_file(store, queue, ann):
    done(store, add_upload(queue, ann, "../x/visit 7.txt", io.BytesIO(NOTES[0].encode())))
    assert [visit.note_id for visit in all_of(store)] == ["visit 7"]


def test_a_file_that_cannot_be_read_says_so(store, queue, ann):
    progress = done(store, add_upload(queue, ann, "scan.docx", io.BytesIO(b"\x00\x01nothing")))
    assert len(progress["rejected"]) == 1
    assert progress["rejected"][0]["source"] == "scan.docx"


def test_the_queue_of_a_review_run_holds_its_notes(store, queue, tmp_path):
    reviewed(tmp_path)
    progress = done(store, add_review_run(queue, tmp_path / "run"))
    [visit] = all_of(store)
    assert progress["coded"] == 1
    assert (visit.note_id, visit.discipline) == ("n1", "PT")


def test_the_queue_of_a_review_run_is_taken_in_once(store, queue, tmp_path):
    reviewed(tmp_path)
    keys = [add_review_run(queue, tmp_path / "run") for _ in range(2)]
    assert keys[0] == keys[1]
    done(store, keys[0])
    assert len(all_of(store)) == 1


def test_a_review_run_that_broke_off_is_taken_in_to_its_end(store, queue, tmp_path):
    reviewed(tmp_path, TABLE.replace("n1,NMR", "n3,NMR"))
    key = add_review_run(queue, tmp_path / "run")
    done(store, key)
    with store.write() as tx:  # as it stands after a stop in the middle
        tx.session.execute(delete(Visit).where(Visit.note_id == "n3"))
        tx.session.execute(update(Batch).values(reading=True))
    queue.recover()
    assert add_review_run(queue, tmp_path / "run") == key
    done(store, key)
    assert [visit.note_id for visit in all_of(store)] == ["n1", "n3"]


def test_a_folder_without_a_run_is_refused(queue, tmp_path):
    with pytest.raises(ServeRefused, match="holds no review run"):
        add_review_run(queue, tmp_path)


def test_a_run_whose_inputs_are_gone_is_refused(queue, tmp_path):
    table = reviewed(tmp_path)
    table.unlink()
    with pytest.raises(UnreadableInput):
        add_review_run(queue, tmp_path / "run")


def test_a_note_that_someone_waits_for_is_coded_before_the_batch(store, ann):
    class Remembering(Nearby):
        def _ask(self, notes, policies):
            order.extend(note.id for note in notes)
            return super()._ask(notes, policies)

    order: list[str] = []
    queue = CodingQueue(store, Remembering())
    with store.write() as tx:
        visits.add(tx, visits.add_batch(tx, "large", ann), [Note(f"n{number}", NOTES[0]) for number in range(40)])
    queue.add_note(ann, Note("pasted", NOTES[1]))
    while queue._code_some():
        pass
    assert order[0] == "pasted"
    assert len(order) == 41


def test_a_note_that_cannot_be_coded_costs_no_other(store, ann):
    queue = CodingQueue(store, Breaking())
    with store.write() as tx:
        visits.add(tx, visits.add_batch(tx, "x", ann), [Note("a", NOTES[0]), Note("b", "RAISE"), Note("c", NOTES[1])])
    while queue._code_some():
        pass
    assert {visit.note_id: (visit.state, visit.trouble) for visit in all_of(store)} == {
        "a": ("open", None),
        "b": ("failed", "internal error (ZeroDivisionError)"),
        "c": ("open", None),
    }


class Breaking(CodingProcess):
    """Codes as the process does, here, and with the stand-in."""

    def _ask(self, notes, policies):
        return coding_process.code_notes(notes, policies, None, "fast")


@pytest.fixture(autouse=True)
def _stand_in(monkeypatch):
    monkeypatch.setattr(coding_process, "_opened", lambda *_: (Pipeline(), HouseLayer.load()))


def test_what_waits_is_coded_after_the_next_start(store, ann):
    with store.write() as tx:
        batch = visits.add_batch(tx, "left", ann)
        visits.add(tx, batch, [Note("a", NOTES[0])])
        batch.reading = False
    queue = CodingQueue(store, Nearby())
    queue.start()
    assert done(store, batch.key)["coded"] == 1
    queue.stop()


def test_coding_goes_on_when_the_database_is_back(store, ann, monkeypatch, capsys):
    with store.write() as tx:
        visits.add(tx, visits.add_batch(tx, "x", ann, urgent=True), [Note("a", NOTES[0])])
    queue, found = CodingQueue(store, Nearby()), []
    code_some = queue._code_some

    def away_at_first():
        found.append(1)
        if len(found) == 1:
            raise OSError("SLS on foam")
        return code_some()

    monkeypatch.setattr(queue, "_code_some", away_at_first)
    monkeypatch.setattr(coding_queue, "REST_SECONDS", 0.01)
    queue.start()
    ends = time.monotonic() + 30
    while all_of(store)[0].state == "waiting" and time.monotonic() < ends:
        time.sleep(0.01)
    queue.stop()
    assert all_of(store)[0].state == "open"
    assert "foam" not in capsys.readouterr().err


def test_words_that_are_longer_than_their_column_are_cut(make_store, either_url):
    store = make_store(either_url)
    with store.write() as tx:
        visits.add(tx, visits.add_batch(tx, "x", None), [Note("n" * 900, "x", payer="p\0" * 300, therapist="t" * 900)])
    [visit] = all_of(store)
    assert (len(visit.note_id), len(visit.payer), len(visit.therapist)) == (400, 200, 200)


def test_a_sign_that_no_database_keeps_moves_nothing_in_a_note(store, queue, ann):
    key = queue.add_note(ann, Note("a", "TherEx 15 min:\0squats."))
    with store.read() as tx:
        assert visits.get(tx, key).text == "TherEx 15 min: squats."
