"""An audit of a quarter's first visits, with its sample in the coder tool and two people who may review it."""

import csv
import json
import shutil
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select

from nlp_pipeline.apps.audit_collection import CollectOrder, collect
from nlp_pipeline.apps.audit_queue import QueueOrder, queue
from nlp_pipeline.apps.coder_tool import audits, blind, coding_process, decisions, visits
from nlp_pipeline.apps.coder_tool.api_records import DecisionIn
from nlp_pipeline.apps.coder_tool.coding_queue import CodingQueue
from nlp_pipeline.apps.coder_tool.rulings import ruling_of
from nlp_pipeline.apps.coder_tool.server import create_app
from nlp_pipeline.apps.coder_tool.tables import AuditPlace, Visit
from nlp_pipeline.apps.retro_audit import AuditOrder, audit
from nlp_pipeline.apps.sampling import SampleOrder, sample
from nlp_pipeline.intake.profiles import Profile
from nlp_pipeline.records.note import Note
from nlp_pipeline.records.sample import Drawn, Wish
from tests.apps.coder_tool.conftest import DAY, NOTES, Nearby, new_person, signed_in

GIVEN = Path(__file__).parents[4] / "notebooks" / "audited_quarter"
GIVEN_NOTES, DRAWN, SEED = 25, 12, "20260302"
PERFORMED = "performed"


class Fast(coding_process.CodingProcess):
    """Codes in this process, with the fast reader."""

    def _ask(self, notes, policies):
        return coding_process.code_notes(notes, policies, None, "fast")


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    """A quarter's first visits, audited."""
    place = tmp_path_factory.mktemp("quarter")
    shutil.copy(GIVEN / "claims.837", place)
    lines = (GIVEN / "notes.jsonl").read_text("utf-8").splitlines(keepends=True)
    (place / "notes.jsonl").write_text("".join(lines[:GIVEN_NOTES]), "utf-8")
    audit(AuditOrder([str(place / "notes.jsonl")], [str(place / "claims.837")], place / "audit", reader="fast"))
    return place


@dataclass
class Audited:
    """An audit with its sample in the tool, and two people who may review it."""

    folder: Path
    notes: Path
    url: str
    data: Path
    store: object
    rules: object
    ann: object
    bea: object

    def queue(self):
        queue(QueueOrder(self.folder, (str(self.notes),), None, Profile(), self.url, self.data))
        coding = CodingQueue(self.store, Fast())
        while coding._code_some():
            pass

    def collect(self):
        collect(CollectOrder(self.folder, self.url, self.data))
        with (self.folder / "decisions.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def write(self, rows):
        """Save the sheet of decisions as a person who wrote into it."""
        with (self.folder / "decisions.csv").open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, rows[0].keys())
            table.writeheader()
            table.writerows(rows)

    def keys(self, *, twice=None):
        """Give the keys of the queue, in order: all, or those that a second reviewer reads or does not."""
        with self.store.read() as tx:
            rows = select(Visit.key).join(AuditPlace, AuditPlace.visit_id == Visit.id).order_by(Visit.id)
            return list(tx.session.scalars(rows if twice is None else rows.where(AuditPlace.second_review.is_(twice))))

    def decide(self, key, who=None, code=None, **more):
        """Decide as the engine would, or with one code for everything that was done."""
        with self.store.write() as tx:
            visit = visits.open_visit(tx, who or self.ann, key).visit
            given = DecisionIn(version=visit.version, verdict="accepted", ops=[*self._ops(visit, code)], **more)
            decisions.decide(tx, who or self.ann, ruling_of(visit, given, self.rules))

    def earning(self):
        """Give the visits of the second reviewer that earn something, as the first decided them."""
        earns = {row["id"] for row in self.collect() if row["supported"] not in ("", "0.00")}
        with self.store.read() as tx:
            return [key for key in self.keys(twice=True) if visits.get(tx, key).note_id in earns]

    def decide_all(self):
        for key in self.keys():
            self.decide(key)

    def read_again(self, key, code=None):
        with self.store.write() as tx:
            visit = visits.get(tx, key)
            codes = {line: code or row["code"] for line, row in _done(visit)}
            blind.keep_second(tx, self.bea, visit, codes)

    def _ops(self, visit, code):
        if visit.blind or code:
            yield from ({"op": "code", "line": line, "code": code or row["code"]} for line, row in _done(visit))


def _done(visit):
    rows = json.loads(visit.coded)["coded"]["interventions"]
    return [(line, row) for line, row in enumerate(rows) if row["status"] == PERFORMED]


@pytest.fixture
def make_audited(given, tmp_path, make_store, rules):
    def make(review="blind", second=0.5, size=DRAWN):
        folder = tmp_path / "audit"
        shutil.copytree(given / "audit", folder)
        sample(SampleOrder(folder, Wish(SEED, size, review=review, second_share=second, spares=2)))
        url = f"sqlite:///{tmp_path / 'coder_tool.db'}"
        store = make_store(url)
        people = (new_person(store, "ann", "coder", "auditor"), new_person(store, "bea", "lead"))
        found = Audited(folder, given / "notes.jsonl", url, tmp_path, store, rules, *people)
        found.queue()
        return found

    return make


@pytest.fixture
def audited(make_audited):
    return make_audited()


@dataclass
class Judged:
    """A visit of an audit that two people judged, over the stand-in: `ann` first, `bea`, a lead, second."""

    tool: object
    app: object
    ann: object
    bea: object
    key: str

    def first(self, *codes, minutes=None):
        ops = [{"op": "code", "line": line, "code": code} for line, code in enumerate(codes)]
        ops += [{"op": "minutes", "code": code, "minutes": typed} for code, typed in (minutes or {}).items()]
        return self.rule(self.ann, ops)

    def rule(self, who, ops):
        version = self.unit_version()
        return who.post(f"/visits/{self.key}/decide", json={"version": version, "verdict": "accepted", "ops": ops})

    def second(self, *codes, step="keep", **more):
        return self.bea.post(f"/second/{self.key}", data={f"code_{line}": code for line, code in enumerate(codes)} | {"step": step} | more)

    def ruled(self, *codes):
        return self.rule(self.bea, [{"op": "code", "line": line, "code": code} for line, code in enumerate(codes)])

    def unit_version(self):
        with self.tool.store.read() as tx:
            return visits.get(tx, self.key).version

    def unit(self):
        with self.tool.store.read() as tx:
            return audits.reviewed(tx, visits.get(tx, self.key))

    def somebody(self, *roles):
        return signed_in(self.tool, self.app, new_person(self.tool.store, f"{'-'.join(roles)} too", *roles))


def judged_over(tool):
    """Put one visit into a blind audit in which everything is read twice."""
    app = create_app(tool)
    ann, bea = (signed_in(tool, app, new_person(tool.store, name, *roles)) for name, *roles in (("ann", "coder", "auditor"), ("bea", "lead")))
    drawn = [(Drawn("all", 1, 7, "MRN-7", "sample", Decimal(1), "", True), Note("MRN-7", NOTES[1], DAY))]
    with tool.store.write() as tx:
        audits.put(tx, audits.AuditPlan("m", "q1", "7", "blind", 1.0), drawn)
    while CodingQueue(tool.store, Nearby())._code_some():
        pass
    with tool.store.read() as tx:
        key = tx.session.scalar(select(Visit.key))
    return Judged(tool, app, ann, bea, key)


@pytest.fixture
def judged(tool):
    return judged_over(tool)
