"""A sealed audit: what it was made of, with the hash of each part, and what a replay found of each."""

from dataclasses import dataclass
from typing import Literal

CAPSULE_FORM = 1
Role = Literal["input", "result", "decision", "report"]
Step = Literal["findings", "sample", "estimate", "report"]
Outcome = Literal["identical", "differs", "not run"]


@dataclass(frozen=True, slots=True)
class Part:
    """One file of an audit; `held` says whether the capsule carries it or only its hash."""

    name: str
    role: Role
    sha256: str
    size: int
    held: bool = True


@dataclass(frozen=True, slots=True)
class MadeWith:
    """The program, the model and the rules that an audit was made with."""

    unitwise: str
    model: str = ""
    model_digests: dict[str, str] | None = None
    rules: tuple[str, ...] = ()
    rules_sha256: str = ""
    libraries: dict[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Capsule:
    """What stands in a capsule beside its parts. `counsel` is the heading of a privileged audit, empty where it is not one."""

    form: int
    parts: tuple[Part, ...]
    made_with: MadeWith
    seed: str = ""
    counsel: str = ""
    without_quotes: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a replay found of one part: identical, or where it differs, or why it was not made again."""

    step: Step
    name: str
    outcome: Outcome
    told: str = ""


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay found: the seal, what the program is now, and every part made again."""

    seal: str
    surroundings: tuple[str, ...]
    compared: tuple[Comparison, ...]

    @property
    def identical(self) -> bool:
        """Say whether everything was made again and came out the same, byte for byte."""
        return all(each.outcome == "identical" for each in self.compared)
