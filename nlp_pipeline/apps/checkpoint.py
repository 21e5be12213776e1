"""How far a bulk run has come, kept beside its working papers, so that it can go on after whatever stopped it."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, Self

from nlp_pipeline.errors import ResultsInTheWay
from nlp_pipeline.reporting.summary import Tally

NAME = "checkpoint.json"
LAYOUT = 2  # of the papers; the first had no number

Stage = Literal["coding", "coded", "compared"]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A moment of a run: what run it is, which stage it is in and, between two chunks, rows consumed and their seal, lengths in bytes, and counts.

    `inputs` seals the files as they were when the run began, `seconds` is the time spent so far, by stage; `made_with` what the workers tell of
    themselves; `changed` names inputs that changed while they were read.
    """

    run: dict[str, Any]
    inputs: str
    stage: Stage = "coding"
    rows: int = 0
    digest: str = ""
    lengths: dict[str, int] = field(default_factory=dict)
    tally: dict[str, dict[str, int]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    made_with: dict[str, Any] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)
    layout: int = LAYOUT

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """Read the checkpoint of a folder; None where there is none."""
        try:
            found = cls(**{"layout": 1, **json.loads((folder / NAME).read_text("utf-8"))})
        except FileNotFoundError:
            return None
        except (ValueError, TypeError):
            raise ResultsInTheWay(str(folder.parent), f"its {NAME} is damaged", "Start again with --overwrite.") from None
        if found.layout != LAYOUT:
            raise ResultsInTheWay(str(folder.parent), "its run was started with another version of unitwise", "Start again with --overwrite.")
        return found

    def write(self, folder: Path) -> None:
        """Put this checkpoint in the place of the one before, in one step."""
        new = folder / f"{NAME}.new"
        with new.open("w", encoding="utf-8") as file:
            file.write(json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":")))
            file.flush()
            os.fsync(file.fileno())
        new.replace(folder / NAME)

    def counts(self) -> Tally:
        """Take up the counts where they stood."""
        return Tally.from_json(self.tally)
