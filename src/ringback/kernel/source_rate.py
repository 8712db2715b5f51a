"""How often each source may do something: so many times a second, and so many at once when it was quiet before.

The generic cell rate algorithm (ITU-T I.371): one number a source, the time until which its credit is spent.
"""

from collections.abc import Callable

from ringback.kernel.source import Trusted, source_of

#: sources remembered; beyond, the one that came first is forgotten, and begins with fresh credit
MOST_SOURCES = 20_000


class SourceRate:
    """``rate`` a second, ``burst`` at once, for each source that is not trusted; rate 0: no limit."""

    def __init__(
        self,
        rate: float,
        burst: float,
        now: Callable[[], float],
        trusted: Trusted,
        *,
        most_sources: int = MOST_SOURCES,
    ) -> None:
        self._cost = 1 / rate if rate else 0.0
        self._credit = burst * self._cost + 1e-6
        self._now = now
        self._trusted = trusted
        self._most = most_sources
        self._spent: dict[str, float] = {}

    def __len__(self) -> int:
        """How many sources are remembered."""
        return len(self._spent)

    def take(self, address: str) -> bool:
        """Whether ``address`` may, once more; what it may not costs it nothing."""
        if not self._cost or address in self._trusted:
            return True
        now = self._now()
        source = source_of(address)
        spent = max(self._spent.get(source, now), now) + self._cost
        if spent - now > self._credit:
            return False
        self._keep(source, spent)
        return True

    def charge(self, address: str, times: int) -> float:
        """It was done ``times`` already: the seconds that ``address`` should be made to wait for it; 0: none."""
        if not self._cost or not times or address in self._trusted:
            return 0.0
        now = self._now()
        source = source_of(address)
        spent = max(self._spent.get(source, now), now) + times * self._cost
        self._keep(source, spent)
        return max(0.0, spent - now - self._credit)

    def _keep(self, source: str, spent: float) -> None:
        if source not in self._spent and len(self._spent) >= self._most:
            del self._spent[next(iter(self._spent))]
        self._spent[source] = spent
