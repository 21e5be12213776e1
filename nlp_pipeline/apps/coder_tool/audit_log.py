"""The audit log: each line sealed together with the line before it, so that no line can be changed, taken out, moved or cut off unseen."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from nlp_pipeline.apps.coder_tool.keys import Keys
from nlp_pipeline.apps.coder_tool.tables import Decision, LogEntry, LogHead

START = "0" * 64
HEAD_FILE = "coder_tool.log_head"
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Line:
    """What is written: who did what to which subject, and details that never hold words of a note."""

    at: datetime
    who: str | None
    action: str
    subject: str | None
    details: Mapping[str, Any]


def append(session: Session, keys: Keys, line: Line) -> tuple[int, str]:
    """Write a line in the transaction of what it tells; give the log's new head."""
    head = session.execute(select(LogHead.number, LogHead.seal).where(LogHead.id == 1).with_for_update()).one()
    number = head.number + 1
    at, details = line.at.isoformat(), json.dumps(line.details, sort_keys=True)
    seal = keys.seal("log", _message(head.seal, number, (at, line.who, line.action, line.subject, details)))
    session.execute(insert(LogEntry).values(number=number, at=at, who=line.who, action=line.action, subject=line.subject, details=details, seal=seal))
    session.execute(update(LogHead).where(LogHead.id == 1).values(number=number, seal=seal))
    return number, seal


def decision_digest(row: Decision) -> str:
    """Condense a decision as its log line keeps it."""
    what = [row.visit_id, row.number, row.verdict, row.reason, row.ops, row.answer, row.suggested, row.model, row.rules]
    rest = [row.blind, row.milliseconds, row.user_id, row.at.isoformat(), row.undoes]
    return hashlib.sha256(json.dumps([*what, *rest], sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class HeadFile:
    """The end of the log as it was last seen, kept outside the database: who cuts the log and its head there is found out here."""

    path: Path
    keys: Keys

    def note(self, number: int, seal: str) -> None:
        """Write the head down, whole or not at all."""
        new = self.path.with_suffix(f".{os.getpid()}")
        new.touch(mode=0o600)
        new.write_text(f"{number} {seal} {self.keys.seal('head', f'{number} {seal}')}\n", "ascii")
        os.replace(new, self.path)

    def read(self) -> tuple[int, str] | None:
        """Read the head; None where none was written, (-1, '') where it is not one of ours."""
        try:
            number, seal, mark = self.path.read_text("ascii").split()
            return (int(number), seal) if mark == self.keys.seal("head", f"{number} {seal}") else (-1, "")
        except FileNotFoundError:
            return None
        except ValueError:
            return -1, ""


@dataclass(slots=True)
class Verification:
    """What a walk along the log found: how many lines, where it ends, and every breach in words."""

    lines: int
    head: str
    breaches: list[str]


def verify(session: Session, keys: Keys, file: HeadFile, noted: str | None = None) -> Verification:
    """Walk along the log from its first line to its end, and lay its lines beside the decisions they tell of."""
    result = Verification(0, START, [])
    kept, wanted = file.read(), {noted} if noted else set()
    decided: dict[int, str] = {}
    found_seal = ""
    for line, is_ours in _walk(session, keys, result):
        wanted.discard(line.seal)
        if kept and line.number == kept[0]:
            found_seal = line.seal
        if is_ours and line.action.startswith("decision."):
            details = json.loads(line.details)
            decided[details["decision"]] = details["digest"]
    result.breaches += _at_the_end(session, result, kept, found_seal)
    result.breaches += [f"the head noted as {seal} is no line of this log" for seal in wanted]
    result.breaches += _decisions(session, decided)
    return result


def _walk(session: Session, keys: Keys, result: Verification) -> Iterator[tuple[LogEntry, bool]]:
    """Check number and seal of line after line; each line comes with whether it is as it was written."""
    before = 0
    for line in session.scalars(select(LogEntry).order_by(LogEntry.number).execution_options(yield_per=_AT_ONCE)):
        sealed = line.seal == keys.seal("log", _message(result.head, line.number, (line.at, line.who, line.action, line.subject, line.details)))
        if line.number != before + 1:
            missing = f"line {before + 1} is" if line.number == before + 2 else f"lines {before + 1} to {line.number - 1} are"
            result.breaches.append(f"{missing} missing")
        elif not sealed:
            result.breaches.append(f"line {line.number} ({line.at}, {line.action}) is not what was written")
        result.lines, result.head, before = result.lines + 1, line.seal, line.number
        yield line, sealed


def _at_the_end(session: Session, result: Verification, kept: tuple[int, str] | None, found_seal: str) -> Iterator[str]:
    """Compare where the log ends with where the database and the file beside it say that it ends."""
    head = session.execute(select(LogHead.number, LogHead.seal).where(LogHead.id == 1)).one_or_none()
    last = session.scalar(select(LogEntry.number).order_by(LogEntry.number.desc()).limit(1)) or 0
    if head is None:
        yield "the log's head is missing"
    elif head.number > last:
        yield f"lines {last + 1} to {head.number} are missing at the end"
    elif (head.number, head.seal) != (last, result.head):
        yield f"the log's head (line {head.number}) is not its last line ({last})"
    if kept is None:
        yield "the file that keeps the log's head outside the database is missing"
    elif kept[0] < 0:
        yield "the file that keeps the log's head outside the database was changed"
    elif kept[0] > last:
        yield f"the log ended at line {kept[0]} when it was last written, and now ends at line {last}"
    elif kept[0] and found_seal != kept[1]:
        yield f"line {kept[0]} is another than the one that was last written down outside the database"


def _decisions(session: Session, decided: dict[int, str]) -> Iterator[str]:
    """Hold the decisions against the log."""
    seen = set()
    for row in session.scalars(select(Decision).order_by(Decision.id).execution_options(yield_per=_AT_ONCE)):
        seen.add(row.id)
        if row.id not in decided:
            yield f"decision {row.id} is not in the log"
        elif decision_digest(row) != decided[row.id]:
            yield f"decision {row.id} is not what was decided"
    for number in sorted(decided.keys() - seen):
        yield f"decision {number} is in the log and no longer among the decisions"


def _message(before: str, number: int, what: tuple[str | None, ...]) -> str:
    return json.dumps([before, number, *what])
