"""House policies in the store: drafts, what makes one fit to be in force, and how each fares among the decisions."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from nlp_pipeline.apps.coder_tool import adjudications
from nlp_pipeline.apps.coder_tool.coding_process import CodingProcess
from nlp_pipeline.apps.coder_tool.database import Transaction
from nlp_pipeline.apps.coder_tool.house import DRAFT, IN_FORCE, RETIRED
from nlp_pipeline.apps.coder_tool.tables import Policy, PolicyRuling, User, Visit
from nlp_pipeline.errors import PolicyRefused
from nlp_pipeline.house_layer import trial, weeks
from nlp_pipeline.records.facts import Facts, Intervention
from nlp_pipeline.records.judgement import DecidedVisit
from nlp_pipeline.records.note import Note
from nlp_pipeline.records.policy import HousePolicy, Trial, Week, policy_from_json, policy_to_json
from nlp_pipeline.records.suggestion import Suggestion


@dataclass(frozen=True, slots=True)
class Standing:
    """A policy with its row, who wrote it, and how it fares."""

    row: Policy
    policy: HousePolicy
    written_by: str
    trial: Trial
    weeks: tuple[Week, ...]


def keep(tx: Transaction, who: User, policy: HousePolicy) -> Policy:
    """Keep a draft; the same name again is a new version, and the older ones stay. Rulings that the last was made of bind the new one too."""
    before = tx.session.scalar(select(Policy).where(Policy.name == policy.id).order_by(Policy.version.desc()).limit(1))
    rulings = adjudications.made_of(tx, [before]).get(before.id, []) if before else []
    row = Policy(
        name=policy.id,
        version=before.version + 1 if before else 1,
        since=policy.since,
        until=policy.until,
        body=policy_to_json(policy),
        citation=policy.citation,
        state=DRAFT,
        created_by=who.id,
        created_at=tx.now,
    )
    tx.session.add(row)
    tx.session.flush()
    tx.session.add_all(PolicyRuling(policy_id=row.id, decision_id=each.decision, line=each.line) for each in rulings if each.ruled)
    tx.log("policy.drafted", who, row.key, {"name": row.name, "version": row.version})
    return row


def read_with(process: CodingProcess) -> Callable[[Note], tuple[Facts, tuple[Suggestion, ...]]]:
    """Give what reads the examples of a policy: the process that codes notes, without any policy."""

    def read(note: Note) -> tuple[Facts, tuple[Suggestion, ...]]:
        [answer] = process.code([note])
        if answer.coded is None:
            return Facts(note), ()
        rows = json.loads(answer.coded)["coded"]["interventions"]
        found = tuple(Intervention(note.span(each["start"], each["end"]), each["status"], each["status_confidence"], each["stated_code"]) for each in rows)
        codes = tuple(Suggestion(each["code"], each["confidence"], None, each["needs_review"], "") for each in rows)
        return Facts(note, interventions=found), codes

    return read


def refuse_if_worse(policy: HousePolicy, visits: Sequence[DecidedVisit]) -> None:
    """Refuse a policy that coders have agreed with less than with the suggestion it changes."""
    found = trial(policy, visits)
    if found.worse:
        raise PolicyRefused(
            policy.id, f"of {found.spoken} past decisions that it speaks about, {found.before} agreed with the suggestion and {found.after} would with it"
        )


def enforce(tx: Transaction, who: User, row: Policy) -> None:
    """Take a policy into force in the place of any older version of it; that it keeps its examples must have been seen before."""
    if row.state == IN_FORCE:
        raise PolicyRefused(row.name, "it is in force already")
    for other in tx.session.scalars(select(Policy).where(Policy.name == row.name, Policy.state == IN_FORCE)):
        other.state = RETIRED
        tx.log("policy.retired", who, other.key, {"name": other.name, "version": other.version})
    row.state = IN_FORCE
    tx.log("policy.enforced", who, row.key, {"name": row.name, "version": row.version, "since": row.since.isoformat()})


def retire(tx: Transaction, who: User, row: Policy) -> None:
    """Take a policy out of force; what it changed stays as it was decided."""
    row.state = RETIRED
    tx.log("policy.retired", who, row.key, {"name": row.name, "version": row.version})


def get(tx: Transaction, key: str) -> Policy | None:
    """Find a policy by its key."""
    return tx.session.scalar(select(Policy).where(Policy.key == key))


def listed(tx: Transaction) -> list[tuple[Policy, str]]:
    """List every version of every policy with who wrote it, the newest first."""
    rows = select(Policy, User.name).join(User, User.id == Policy.created_by).order_by(Policy.id.desc())
    return [(row, name) for row, name in tx.session.execute(rows)]


def standing_of(row: Policy, written_by: str, visits: Sequence[DecidedVisit]) -> Standing:
    """Say how a policy fares among the decisions."""
    policy = policy_from_json(row.body)
    return Standing(row, policy, written_by, trial(policy, visits), weeks(policy, visits))


def spoken_where(tx: Transaction, name: str, limit: int = 3) -> tuple[int, list[str]]:
    """Count the visits where a policy changed or flagged what is shown, and give the keys of the newest."""
    spoken = Visit.coded.contains(f'"policy":{json.dumps(name, ensure_ascii=False)}', autoescape=True)
    count = tx.session.scalar(select(func.count()).select_from(Visit).where(spoken)) or 0
    return count, list(tx.session.scalars(select(Visit.key).where(spoken).order_by(Visit.id.desc()).limit(limit))) if count else []
