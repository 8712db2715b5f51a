"""Log lines about what may happen thousands of times a second: one a minute at most, with how often it happened."""

from collections.abc import Callable
from typing import Any

EVERY = 60.0


class Seldom:
    """``say`` writes a line. Each thing that is told has its own minute."""

    def __init__(self, say: Callable[..., Any], now: Callable[[], float], every: float = EVERY) -> None:
        self._say = say
        self._now = now
        self._every = every
        self._told_at: dict[str, float] = {}
        self._times: dict[str, int] = {}

    def tell(self, what: str, **facts: Any) -> bool:
        """Counts ``what``; whether a line was written. ``facts`` are those of this time."""
        times = self._times[what] = self._times.get(what, 0) + 1
        now = self._now()
        if now - self._told_at.get(what, float("-inf")) < self._every:
            return False
        self._told_at[what] = now
        self._times[what] = 0
        self._say(what, times=times, **facts)
        return True
