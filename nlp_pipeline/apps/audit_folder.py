"""The folder of an audit: which file is what, and how each is read and written."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from nlp_pipeline.audit_layer import frame_of
from nlp_pipeline.errors import AuditRefused
from nlp_pipeline.intake.audit_sheets import Basis, judgements_of, units_of_audit, units_of_table
from nlp_pipeline.records.audit_papers import RuledPolicy, Rulings
from nlp_pipeline.records.sample import Sample, UnitJudgement, Universe
from nlp_pipeline.records.storage import plain, record_of

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AuditFolder:
    """Where an audit lies."""

    path: Path

    @property
    def findings(self) -> Path:
        """The visits with their discrepancies, one a line."""
        return self.path / "audit.jsonl"

    @property
    def summary(self) -> Path:
        """What was run on what."""
        return self.path / "summary.json"

    @property
    def frame(self) -> Path:
        """What can be drawn."""
        return self.path / "frame.csv"

    @property
    def universe(self) -> Path:
        """What was handed over, and what of it was left out."""
        return self.path / "universe.json"

    @property
    def sample(self) -> Path:
        """What was drawn."""
        return self.path / "sample.json"

    @property
    def worksheet(self) -> Path:
        """What reviewers are to fill in."""
        return self.path / "worksheet.csv"

    @property
    def memo(self) -> Path:
        """How the sample was drawn, in words."""
        return self.path / "sampling_memo.md"

    @property
    def decisions(self) -> Path:
        """What reviewers have filled in."""
        return self.path / "decisions.csv"

    @property
    def rulings(self) -> Path:
        """Which rulings of what two reviewers differed on became house policy."""
        return self.path / "rulings.json"

    @property
    def estimate(self) -> Path:
        """What the sample says."""
        return self.path / "estimate.json"

    def frame_universe(self, table: Path | None, basis: Basis) -> Universe:
        """Make the frame of the audit's own visits, or of a table of claims."""
        return frame_of(units_of_table(table) if table is not None else units_of_audit(self.findings, basis))

    def drawn_universe(self) -> Universe:
        """Read the frame again that a sample was drawn from."""
        return frame_of(units_of_table(self.frame))

    def drawn_universe_told(self) -> Universe:
        """Read the frame again, with what was told of the claims handed over when it was made."""
        told = read_record(Universe, self.universe, "Draw the sample again: unitwise audit sample.")
        return replace(told, units=self.drawn_universe().units)

    def read_sample(self) -> Sample:
        """Read the sample."""
        return read_record(Sample, self.sample, "Draw it first: unitwise audit sample.")

    def read_decisions(self, given: Path | None) -> tuple[UnitJudgement, ...]:
        """Read what reviewers have filled in."""
        return judgements_of(given or self.decisions)

    def read_rulings(self) -> tuple[RuledPolicy, ...]:
        """Read which rulings became house policy; none where nothing was collected."""
        return read_record(Rulings, self.rulings, "Collect again: unitwise audit collect.").policies if self.rulings.exists() else ()

    def findings_of(self, ids: Iterable[str]) -> list[dict[str, Any]]:
        """Give the visits of some ids as they lie in the results; none where the claims came from a table."""
        if not self.findings.exists():
            return []
        wanted = set(ids)
        return [row for row in map(json.loads, self.findings.read_text("utf-8").splitlines()) if row["id"] in wanted]


def read_record(kind: type[T], path: Path, remedy: str) -> T:
    """Read a record that lies in a file of its own."""
    try:
        return record_of(kind, json.loads(path.read_text("utf-8")))
    except OSError as trouble:
        raise AuditRefused(str(path), (trouble.strerror or "it cannot be read").lower(), remedy) from None
    except (ValueError, TypeError, KeyError):
        raise AuditRefused(str(path), "it is not what this program writes", remedy) from None


def write_record(path: Path, record: object) -> None:
    """Write a record, the same bytes each time."""
    write(path, json.dumps(plain(record), ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".part")
    beside.write_text(text, "utf-8", newline="\n")
    beside.replace(path)
