"""How near a worker is to what it can carry, from what it says of its ticks each second."""

from ringback.media import messages
from ringback.media.timer import PERIOD

#: seconds after which a tick is late
LATE = 0.01
#: the shares of late ticks, and of the time that ticks take, that are the most a worker should have
_MOST_LATE, _MOST_BUSY = 0.05, 0.8


class Strain:
    """``degree``: 1 is the most that it should have; the greater of late ticks and of the time that ticks took."""

    def __init__(self) -> None:
        self._before: messages.Pong | None = None
        self.degree = 0.0

    def hear(self, pong: messages.Pong) -> None:
        """What the worker says of all its ticks so far."""
        before, self._before = self._before, pong
        if before is None or (ticks := pong.ticks - before.ticks) <= 0:
            return
        busy = (pong.busy_s - before.busy_s) / (ticks * PERIOD)
        self.degree = max((pong.late - before.late) / ticks / _MOST_LATE, busy / _MOST_BUSY)
