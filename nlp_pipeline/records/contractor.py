"""What a Medicare contractor's request asks for, and how a round of probing would end."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class PacketItem:
    """One paper that a request for records asks for, and what of it is among the notes and claims given; nothing where it must be looked for."""

    item: str
    held: tuple[str, ...]
    source: str
    mark: str


@dataclass(frozen=True, slots=True)
class ProbeRound:
    """One round of probing, played: the claims drawn, those of which something would be denied, the amounts, and how often such a round passes."""

    claims: tuple[str, ...]
    denied: tuple[str, ...]
    charged: Decimal
    lost: Decimal
    passes_up_to: float
    chance_to_pass: float
    too_small: bool
    source: str
    mark: str

    @property
    def error_rate(self) -> float:
        """Give the share of the amounts that would be denied."""
        return float(self.lost / self.charged) if self.charged else 0.0
