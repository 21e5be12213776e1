"""What was asked of a bulk review, and which part of it decides the results."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from nlp_pipeline.intake.notes import FrontDesk
from nlp_pipeline.intake.profiles import Profile
from nlp_pipeline.intake.sources import STANDARD_INPUT
from nlp_pipeline.records.coded_note import ReaderName
from nlp_pipeline.records.schema import SCHEMA_VERSION
from nlp_pipeline.rulebook.digest import rulebook_digest


@dataclass(frozen=True, slots=True)
class Page:
    """What the summary page shows: whole notes or their evidence alone, names or numbers in their place."""

    with_text: bool = False
    surrogate_ids: bool = False


@dataclass(frozen=True, slots=True)
class Engine:
    """What the notes are coded on: processes of this machine, or Spark with its settings. The results are the same."""

    name: Literal["local", "spark"] = "local"
    settings: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ReviewOrder:
    """What was asked for on the command line."""

    inputs: Sequence[str]
    output: Path
    form: str = "jsonl"
    workers: int = 1
    resume: bool = False
    overwrite: bool = False
    model: Path | None = None
    desk: FrontDesk = field(default_factory=FrontDesk)
    fail_on: Sequence[str] = ()
    reader: ReaderName = "careful"
    profile: Profile = field(default_factory=Profile)
    dry_run: bool = False
    page: Page = field(default_factory=Page)
    engine: Engine = field(default_factory=Engine)

    def identity(self) -> dict[str, Any]:
        """Say what must be the same for a run to be the same run."""
        return {
            "inputs": [name if name == STANDARD_INPUT else str(Path(name).resolve()) for name in self.inputs],
            "format": self.form,
            "model": str(self.model.resolve()) if self.model else None,
            "reader": self.reader,
            "date": self.desk.date_of_service.isoformat() if self.desk.date_of_service else None,
            "payer": self.desk.payer,
            "discipline": self.desk.discipline,
            "profile": self.profile.to_toml(),
            "with text": self.page.with_text,
            "surrogate ids": self.page.surrogate_ids,
            "rules": rulebook_digest(),
            "schema_version": SCHEMA_VERSION,
        }

    def command(self) -> list[str]:
        """Write the command anew, without what does not touch the results: where they go, how many processes, whether it was resumed."""
        return ["unitwise", "review", *self.inputs, *self._options()]

    def _options(self) -> Iterator[str]:
        desk = self.desk
        said = {
            "--format": self.form,
            "--reader": self.reader,
            "--payer": desk.payer,
            "--date": desk.date_of_service.isoformat() if desk.date_of_service else None,
            "--discipline": desk.discipline,
            "--model": str(self.model) if self.model else None,
        }
        for option, value in said.items():
            if value is not None:
                yield from (option, value)
        yield from (option for option, asked in (("--with-text", self.page.with_text), ("--surrogate-ids", self.page.surrogate_ids)) if asked)
