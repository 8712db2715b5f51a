"""The guard: whoever guesses tokens waits longer with each wrong one, and is locked out at last.

Wrong answers are counted for the source (an address) and for the account that was named. A source that has lately shown
the right token of an account is never locked out from it by what others do.
"""

from dataclasses import dataclass
from typing import Final

from ringback.kernel.clock import Clock
from ringback.kernel.errors import Refusal

#: wrong answers before the first delay, and before an account or a source is locked
PATIENCE: Final = 5
MOST_FOR_ACCOUNT: Final = 20
MOST_FOR_SOURCE: Final = 60
#: seconds: the first delay and the longest; the first lock and the longest; after which a count is forgotten
FIRST_DELAY, LONGEST_DELAY = 0.1, 2.0
FIRST_LOCK, LONGEST_LOCK = 30.0, 900.0
FORGOTTEN_AFTER: Final = 900.0
_MOST_KNOWN = 20_000


class LockedOut(Refusal):
    """Too many wrong tokens."""

    status = 429

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Too many wrong tokens; ask again in {seconds:.0f} s.", code=20429)
        self.headers = ((b"retry-after", b"%d" % (int(seconds) + 1)),)


@dataclass(slots=True)
class _Count:
    wrong: int = 0
    last: float = 0.0
    locked_until: float = 0.0


class Guard:
    """Counts in memory; a restart forgets."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._counts: dict[tuple[str, str], _Count] = {}
        self._trusted: dict[tuple[str, str], float] = {}

    async def admit(self, source: str, account: str) -> None:
        """Waits as long as this source must, or raises `LockedOut`."""
        now = self._clock.now()
        if self._trusted.get((source, account), 0.0) > now:
            return
        counts = [self._count("source", source), self._count("account", account)]
        locked = max(count.locked_until for count in counts) - now
        if locked > 0:
            raise LockedOut(locked)
        excess = max(count.wrong for count in counts) - PATIENCE
        if excess >= 0:
            await self._clock.sleep(min(LONGEST_DELAY, FIRST_DELAY * 2 ** min(excess, 10)))

    def was_wrong(self, source: str, account: str) -> None:
        self._trusted.pop((source, account), None)
        self._add("source", source, MOST_FOR_SOURCE)
        self._add("account", account, MOST_FOR_ACCOUNT)

    def was_right(self, source: str, account: str) -> None:
        if len(self._trusted) >= _MOST_KNOWN:
            self._trusted.clear()
        self._trusted[source, account] = self._clock.now() + FORGOTTEN_AFTER
        for key in (("source", source), ("account", account)):
            self._counts.pop(key, None)

    def _add(self, kind: str, name: str, most: int) -> None:
        if len(self._counts) >= _MOST_KNOWN:
            self._forget_old()
        count = self._counts.setdefault((kind, name), _Count())
        now = self._clock.now()
        count.wrong = count.wrong + 1 if now - count.last < FORGOTTEN_AFTER else 1
        count.last = now
        if count.wrong >= most:
            count.locked_until = now + min(LONGEST_LOCK, FIRST_LOCK * 2 ** min(count.wrong - most, 10))

    def _count(self, kind: str, name: str) -> _Count:
        count = self._counts.get((kind, name))
        if count is None or self._clock.now() - count.last >= FORGOTTEN_AFTER:
            return _Count()
        return count

    def _forget_old(self) -> None:
        now = self._clock.now()
        for key in [key for key, count in self._counts.items() if now - count.last >= FORGOTTEN_AFTER]:
            del self._counts[key]
        if len(self._counts) >= _MOST_KNOWN:
            self._counts.clear()
