"""How often something may be asked for, counted in this process's memory."""

from dataclasses import dataclass, field

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter


@dataclass(slots=True)
class Rates:
    """Counts requests in this process's memory."""

    store: MemoryStorage = field(default_factory=MemoryStorage)

    def allow(self, rate: str, *whose: str) -> bool:
        """Count a request; False once there were too many."""
        item: RateLimitItem = parse(rate)
        return FixedWindowRateLimiter(self.store).hit(item, *whose)
