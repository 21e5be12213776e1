"""What the checks across notes ask of the rules: the joiner answers, so that this room looks up no law itself."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from nlp_pipeline.records.chart import ChartFinding, EpisodeLine, NoteFinding, VisitNews
from nlp_pipeline.records.claim import ThresholdUse
from nlp_pipeline.records.visit import Visit

Found = NoteFinding | ChartFinding | EpisodeLine | VisitNews


class ChartLaw(Protocol):
    """The rules of a visit's own day and payer."""

    def is_timed(self, code: str, visit: Visit) -> bool:
        """Say whether the code is counted in units of time."""
        ...

    def is_one_on_one(self, code: str, visit: Visit) -> bool:
        """Say whether the code's time is given to one patient alone."""
        ...

    def price(self, code: str, visit: Visit) -> Decimal | None:
        """Price one unit in full; None where no price is held."""
        ...

    def follows_medicare(self, visit: Visit) -> bool:
        """Say whether the payer asks for what Medicare asks for in an episode."""
        ...

    def passed(self, visit: Visit) -> tuple[ThresholdUse, ...]:
        """Enter a visit in its patient's year, and name the thresholds that it passes as the first."""
        ...


@dataclass(frozen=True, slots=True)
class NoLaw:
    """Every code is timed and one-on-one but those named, nothing has a price, every payer follows Medicare: for what is asked without rules."""

    untimed: frozenset[str] = frozenset()

    def is_timed(self, code: str, visit: Visit) -> bool:
        """Say that all but the named codes are timed."""
        return code not in self.untimed

    def is_one_on_one(self, code: str, visit: Visit) -> bool:
        """Say that all but the named codes are one-on-one."""
        return code not in self.untimed

    def price(self, code: str, visit: Visit) -> Decimal | None:
        """Hold no price."""
        return None

    def follows_medicare(self, visit: Visit) -> bool:
        """Ask every payer's visits what Medicare asks."""
        return True

    def passed(self, visit: Visit) -> tuple[ThresholdUse, ...]:
        """Keep no ledger."""
        return ()
