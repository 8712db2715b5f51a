"""An allowance: so many a minute under each name; of what is more, only how many there were is told when it is over."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ringback.kernel.clock import Clock, Timer

SECONDS: Final = 60.0
_MOST_NAMES: Final = 10_000


@dataclass(slots=True)
class _Minute:
    ends: float
    taken: int = 0
    others: int = 0
    timer: Timer | None = None


class Allowance:
    """``tell`` is called with a name and how many others there were, a minute after the first under that name."""

    def __init__(self, clock: Clock, most: int, tell: Callable[[str, int], object]) -> None:
        self._clock = clock
        self._most = most
        self._tell = tell
        self._minutes: dict[str, _Minute] = {}

    def take(self, name: str) -> bool:
        """Whether there is one left under ``name``."""
        minute = self._minute(name)
        if minute.taken < self._most:
            minute.taken += 1
            return True
        minute.others += 1
        if minute.timer is None:
            minute.timer = self._clock.call_later(minute.ends - self._clock.now(), lambda: self._end(name))
        return False

    def close(self) -> None:
        """Tells at once what is to be told."""
        for name in list(self._minutes):
            self._end(name)

    def _minute(self, name: str) -> _Minute:
        now = self._clock.now()
        minute = self._minutes.get(name)
        if minute is not None and minute.ends <= now:
            self._end(name)
            minute = None
        if minute is None:
            if len(self._minutes) >= _MOST_NAMES:
                self._make_room(now)
            minute = self._minutes[name] = _Minute(now + SECONDS)
        return minute

    def _end(self, name: str) -> None:
        minute = self._minutes.pop(name, None)
        if minute is None:
            return
        if minute.timer is not None:
            minute.timer.cancel()
        if minute.others:
            self._tell(name, minute.others)

    def _make_room(self, now: float) -> None:
        """Forgets who is done, or else everybody."""
        over = [name for name, minute in self._minutes.items() if minute.ends <= now]
        for name in over or list(self._minutes):
            self._end(name)
