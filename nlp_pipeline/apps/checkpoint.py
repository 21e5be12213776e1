"""How far a bulk run has come, kept beside its results, so that it can go on after whatever stopped it."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from nlp_pipeline.errors import ResultsInTheWay
from nlp_pipeline.reporting.summary import Tally

NAME = "checkpoint.json"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A moment between two chunks: rows consumed and their seal, length of each result in bytes, counts, and what run this is."""

    run: dict[str, Any]
    rows: int = 0
    digest: str = ""
    lengths: dict[str, int] = field(default_factory=dict)
    tally: dict[str, dict[str, int]] = field(default_factory=dict)
    seconds: float = 0.0

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """Read the checkpoint of a folder; None where there is none."""
        try:
            return cls(**json.loads((folder / NAME).read_text("utf-8")))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError):
            raise ResultsInTheWay(str(folder), f"its {NAME} is damaged", "Start again with --overwrite.") from None

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
