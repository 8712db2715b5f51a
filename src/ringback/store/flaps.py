"""Flaps: outages that are over at the first attempt, again and again, and are told of ever less often.

So it is where a disk is full: what is small finds room, what a program asks for does not. Two lines each time would
hide all others. One that goes on is told of when an attempt to end it fails.
"""

from ringback.kernel.clock import Clock
from ringback.store.outage import Outage

#: seconds in which nothing is told after a short outage that was told of; twice as many each time, up to a limit
_QUIET, _QUIET_MOST = 60.0, 3600.0


class Flaps:
    """Belongs to the writer's thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._pause = _QUIET
        self._quiet_until = float("-inf")
        self._untold = 0

    def begins(self, outage: Outage) -> None:
        """Tells of ``outage`` now, or not."""
        now = self._clock.now()
        if now < self._quiet_until:
            self._untold += 1
            outage.hushed = True
            return
        self._pause = min(2 * self._pause, _QUIET_MOST) if now < self._quiet_until + self._pause else _QUIET
        self._quiet_until = now + self._pause
        outage.begin(self._untold)
        self._untold = 0

    def ended(self, outage: Outage) -> None:
        """After one that was more than a flap the next is told of at once."""
        if outage.lasts:
            self._quiet_until = float("-inf")
