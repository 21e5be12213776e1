"""How disagreements of an audit's two reviewers were ruled, and the house policies that were made of rulings: each must give what was ruled."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from nlp_pipeline.apps.coder_tool import audit_places, audits, visits
from nlp_pipeline.apps.coder_tool.audits import Reading, ReviewedUnit
from nlp_pipeline.apps.coder_tool.database import Transaction
from nlp_pipeline.apps.coder_tool.house import IN_FORCE
from nlp_pipeline.apps.coder_tool.tables import Audit, AuditPlace, Decision, Policy, PolicyRuling, User, Visit
from nlp_pipeline.errors import PolicyRefused
from nlp_pipeline.house_layer import keeps_ruling, proposal_of_ruling
from nlp_pipeline.records.audit_papers import RuledPolicy
from nlp_pipeline.records.facts import Intervention
from nlp_pipeline.records.policy import HousePolicy, RuledActivity, policy_from_json


@dataclass(frozen=True, slots=True)
class Ruled:
    """A ruling about one activity, by its number among those that were read, of a visit that two reviewers judged."""

    audit: str
    unit: ReviewedUnit
    line: int
    reading: Reading
    activity: RuledActivity

    @property
    def mark(self) -> str:
        """Name it for a form."""
        return f"{self.unit.visit}:{self.line}"

    @property
    def citation(self) -> str:
        """Tell where it was decided, without a word that names the patient: by the number in the frame."""
        return f"Audit {self.audit}, claim {self.unit.number} of its frame, ruled by {self.reading.reviewer} on {self.reading.at.date()}"


@dataclass(frozen=True, slots=True)
class Made:
    """A version of a policy and the ruling that it was made of; None where that ruling was undone or another has taken its place."""

    policy: Policy
    decision: int
    line: int
    ruled: Ruled | None

    @property
    def kept(self) -> bool:
        """Say whether the policy gives what was ruled."""
        return self.ruled is not None and keeps_ruling(policy_from_json(self.policy.body), self.ruled.activity)


def ruled_of(tx: Transaction, who: User, mark: str) -> Ruled:
    """Find the ruling that a form names, or say that there is none for whoever asks."""
    key, _, line = mark.partition(":")
    visit = visits.get(tx, key)
    found = None if visit is None or audit_places.closed_to(tx, who, visit) or not line.isdecimal() else _ruled(tx, visit, int(line))
    if found is None:
        raise PolicyRefused("?", "the ruling that it should be made of is not there any more")
    return found


def draft_of(ruled: Ruled, tx: Transaction) -> dict[str, Any]:
    """Lay out a first draft of a policy: the words of the activity, the ruled code, and the ruling as its citation."""
    return {**proposal_of_ruling(ruled.activity, tx.now.date()), "citation": ruled.citation, "decided_by": ruled.reading.reviewer}


def link(tx: Transaction, who: User, row: Policy, ruled: Ruled) -> None:
    """Enter that a version of a policy was made of a ruling."""
    decision = ruled.reading.decision
    assert decision is not None
    if tx.session.get(PolicyRuling, (row.id, decision, ruled.line)) is None:
        tx.session.add(PolicyRuling(policy_id=row.id, decision_id=decision, line=ruled.line))
    tx.log("policy.ruled", who, row.key, {"name": row.name, "version": row.version, "visit": ruled.unit.visit, "decision": decision, "activity": ruled.line})


def made_of(tx: Transaction, rows: Iterable[Policy]) -> dict[int, list[Made]]:
    """Give the rulings that policies were made of, by the policy's number."""
    found: dict[int, list[Made]] = {}
    known = {row.id: row for row in rows}
    links = select(PolicyRuling, Visit).join(Decision, Decision.id == PolicyRuling.decision_id).join(Visit, Visit.id == Decision.visit_id)
    for each, visit in tx.session.execute(links.where(PolicyRuling.policy_id.in_(known)).order_by(PolicyRuling.decision_id, PolicyRuling.line)):
        ruled = _ruled(tx, visit, each.line)
        standing = ruled if ruled and ruled.reading.decision == each.decision_id else None
        found.setdefault(each.policy_id, []).append(Made(known[each.policy_id], each.decision_id, each.line, standing))
    return found


def refuse_if_against(policy: HousePolicy, made: Iterable[Made]) -> None:
    """Refuse a policy whose ruling does not stand any more, or that does not give for the audited activity what was ruled."""
    for each in made:
        if each.ruled is None:
            raise PolicyRefused(policy.id, "a ruling that it was made of was undone, or another has taken its place")
        if not each.kept:
            raise PolicyRefused(
                policy.id,
                f"of claim {each.ruled.unit.number} of the audit {each.ruled.audit}, {each.ruled.activity.ruled} was ruled, and it does not give that",
            )


def newest(tx: Transaction, decisions: Iterable[int]) -> list[Made]:
    """Give the policies that were made of some rulings: of each the version in force, or else the newest."""
    chosen = select(Policy).where(Policy.id.in_(select(PolicyRuling.policy_id).where(PolicyRuling.decision_id.in_([*decisions]))))
    latest: dict[str, Policy] = {}
    for row in sorted(tx.session.scalars(chosen), key=lambda each: (each.state == IN_FORCE, each.version)):
        latest[row.name] = row
    return [made for rows in made_of(tx, latest.values()).values() for made in rows]


def told_of(tx: Transaction, mark: str) -> list[RuledPolicy]:
    """Give the house policies that were made of an audit's rulings, as the audit keeps them."""
    rulings = (
        select(Decision.id).join(AuditPlace, AuditPlace.visit_id == Decision.visit_id).join(Audit, Audit.id == AuditPlace.audit_id).where(Audit.mark == mark)
    )
    found = [_told(each.policy, each.ruled) for each in newest(tx, tx.session.scalars(rulings)) if each.ruled and _of(tx, each.ruled, mark)]
    return sorted(found, key=lambda each: (each.unit, each.policy, each.ruled))


def _of(tx: Transaction, ruled: Ruled, mark: str) -> bool:
    visit = visits.get(tx, ruled.unit.visit)
    audit = audit_places.audit_of(tx, visit) if visit else None
    return audit is not None and audit.mark == mark


def _ruled(tx: Transaction, visit: Visit, line: int) -> Ruled | None:
    unit, audit = audits.reviewed(tx, visit), audit_places.audit_of(tx, visit)
    rows: list[Mapping[str, Any]] = json.loads(visit.coded)["coded"]["interventions"] if visit.coded else []
    if unit is None or audit is None or unit.adjudicated is None or unit.second is None or line >= len(rows):
        return None
    note, row = visits.note_of(visit), rows[line]
    activity = Intervention(note.span(row["start"], row["end"]), row["status"], row["status_confidence"], row["stated_code"])
    suggested = (row.get("house_policy") or {}).get("original") or row["code"]
    return Ruled(audit.name, unit, line, unit.adjudicated, RuledActivity(note, activity, suggested, unit.adjudicated.codes[line]))


def _told(row: Policy, ruled: Ruled) -> RuledPolicy:
    policy = policy_from_json(row.body)
    return RuledPolicy(
        unit=ruled.unit.unit,
        ruled=ruled.activity.ruled,
        adjudicator=ruled.reading.reviewer,
        ruled_at=ruled.reading.at.isoformat(timespec="seconds"),
        policy=row.name,
        version=row.version,
        title=policy.title,
        since=policy.since,
        citation=policy.citation,
        outcome=policy.outcome,
        state=row.state,
        sha256=hashlib.sha256(json.dumps(row.body, ensure_ascii=False, sort_keys=True).encode()).hexdigest(),
        until=policy.until,
    )
