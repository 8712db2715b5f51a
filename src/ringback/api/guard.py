"""The guard: whoever guesses tokens waits longer with each wrong one, and is locked out at last.

Wrong answers are counted for the source (an IPv4 address, a /64 of IPv6), for the account that was named, and for the
pair of both. A source with too many is locked, whatever it names. An account with too many is locked for every source
that has guessed at it, and for none that has not: or anyone could lock the owner out by guessing. So a fresh source has
one answer, late if others guess, and the right one opens; a wrong one locks it at once. A source that has lately shown
the right token of an account is trusted with it: it neither waits nor is locked by what others do.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from ringback.kernel.clock import Clock
from ringback.kernel.errors import Refusal
from ringback.kernel.turns import Turns

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
    under_way: int = 0


#: of nobody who is known
_NONE: Final = _Count()


class Guard:
    """Counts in memory; a restart forgets."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._counts: dict[tuple[str, str], _Count] = {}
        self._trusted: dict[tuple[str, str], float] = {}
        self._turns = Turns()

    @asynccontextmanager
    async def attempt(self, source: str, account: str) -> AsyncIterator[None]:
        """While an answer is looked at: one of a source and an account at a time, after as long as it must wait.

        Raises `LockedOut`.
        """
        if self._trusts(source, account):
            yield
            return
        at_source = self._known(source, "")
        at_source.under_way += 1
        try:
            async with self._turns.of(f"{source} {account}"):
                if not self._trusts(source, account):
                    await self._admit(source, account)
                yield
        finally:
            at_source.under_way -= 1

    def _trusts(self, source: str, account: str) -> bool:
        return self._trusted.get((source, account), 0.0) > self._clock.now()

    async def _admit(self, source: str, account: str) -> None:
        here, there, both = self._count(source, ""), self._count("", account), self._count(source, account)
        now = self._clock.now()
        locked = max(here.locked_until, there.locked_until if both.wrong else 0.0) - now
        if locked > 0:
            raise LockedOut(locked)
        if here.wrong + here.under_way > MOST_FOR_SOURCE:
            raise LockedOut(LONGEST_DELAY)
        excess = max(here.wrong, there.wrong) - PATIENCE
        if excess >= 0:
            await self._clock.sleep(min(LONGEST_DELAY, FIRST_DELAY * 2 ** min(excess, 10)))

    def was_wrong(self, source: str, account: str) -> None:
        self._trusted.pop((source, account), None)
        self._add(source, "", MOST_FOR_SOURCE)
        self._add("", account, MOST_FOR_ACCOUNT)
        self._add(source, account, MOST_FOR_ACCOUNT)

    def was_right(self, source: str, account: str) -> None:
        """The source is trusted with the account. What it did to others, and others did, stays counted."""
        if len(self._trusted) >= _MOST_KNOWN:
            self._trusted.clear()
        self._trusted[source, account] = self._clock.now() + FORGOTTEN_AFTER
        self._counts.pop((source, account), None)

    def _add(self, source: str, account: str, most: int) -> None:
        count = self._known(source, account)
        now = self._clock.now()
        count.wrong = count.wrong + 1 if now - count.last < FORGOTTEN_AFTER else 1
        count.last = now
        if count.wrong >= most:
            count.locked_until = now + min(LONGEST_LOCK, FIRST_LOCK * 2 ** min(count.wrong - most, 10))

    def _known(self, source: str, account: str) -> _Count:
        if len(self._counts) >= _MOST_KNOWN:
            self._forget_old()
        return self._counts.setdefault((source, account), _Count())

    def _count(self, source: str, account: str) -> _Count:
        count = self._counts.get((source, account), _NONE)
        if self._clock.now() - count.last >= FORGOTTEN_AFTER:
            return _Count(under_way=count.under_way)
        return count

    def _forget_old(self) -> None:
        now = self._clock.now()
        old = [key for key, count in self._counts.items() if now - count.last >= FORGOTTEN_AFTER]
        for key in old or list(self._counts):
            if not self._counts[key].under_way:
                del self._counts[key]
