"""Visits laid side by side in parts, on any number of processes, show what they show as a whole."""

import pytest

from nlp_pipeline.apps import across_stage
from nlp_pipeline.apps.across_stage import compare_all, read_result
from nlp_pipeline.apps.checkpoint import Checkpoint
from nlp_pipeline.apps.chunks import CodedChunk, keys_of
from nlp_pipeline.apps.visit_shelf import VisitShelf
from nlp_pipeline.apps.work_folder import ACROSS, CHARTS, WorkFolder
from nlp_pipeline.chart_layer import ChartReview
from nlp_pipeline.records import visit as visits_of_a_run
from nlp_pipeline.records.chart import NoteFinding
from nlp_pipeline.records.visit_schema import visit_to_json
from tests.auditing.planted import quarter


@pytest.fixture(scope="module")
def planted():
    return quarter(480, seed=11, faults=0.6)


@pytest.fixture
def compared(planted, tmp_path, monkeypatch):
    """Lay the visits of a quarter side by side, in parts of a size, and give the papers."""
    monkeypatch.setattr(across_stage, "FEWEST_FOR_SEVERAL", 0)

    def compare(workers, size):
        monkeypatch.setattr(visits_of_a_run, "VISITS_IN_A_PART", size)
        work = WorkFolder(tmp_path)
        work.make()
        lines = [f"{visit_to_json(visit)}\n" for visit in planted.visits]
        keys = "".join(keys_of(visit, line) for visit, line in zip(planted.visits, lines, strict=True))
        with work.open(Checkpoint({}, "")):
            work.append(CodedChunk(visits="".join(lines), keys=keys), ())
        compare_all(work, workers)
        with VisitShelf(work) as shelf:
            return work, list(shelf.found())

    return compare


@pytest.mark.parametrize(("workers", "size"), [(1, 10_000), (1, 7), (3, 50)])
def test_parts_and_processes_show_what_the_whole_shows(planted, compared, workers, size):
    review = ChartReview.load()
    found = [each for each in review.review(planted) if isinstance(each, NoteFinding)]
    work, kept = compared(workers, size)
    by_note = {visit.id: [each.finding for each in found if each.note_id == visit.id] for visit in planted.visits}
    assert [list(findings) for findings, _ in kept] == list(by_note.values())
    assert read_result(work) == review.result()


def test_any_number_of_processes_writes_the_same_papers(compared):
    told = []
    for workers, size in ((1, 256), (2, 20), (3, 100)):
        work, kept = compared(workers, size)
        told.append(((work.path / CHARTS).read_bytes(), (work.path / ACROSS).read_bytes(), kept))
    assert told[0] == told[1] == told[2]
