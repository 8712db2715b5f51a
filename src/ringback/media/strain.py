"""How near a worker is to what it can carry, from what it says of its ticks each second."""

from ringback.media import messages
from ringback.media.timer import PERIOD

#: seconds after which a tick is late
LATE = 0.01


class Strain:
    """``share``, 0 to 1: the greater of the late ticks among all that were due, and of the time that ticks took."""

    def __init__(self) -> None:
        self._before: messages.Pong | None = None
        self.share = 0.0

    def hear(self, pong: messages.Pong) -> None:
        """What the worker says of all its ticks so far."""
        before, self._before = self._before, pong
        if before is None or (ticks := pong.ticks - before.ticks) <= 0:
            return
        busy = (pong.busy_s - before.busy_s) / (ticks * PERIOD)
        self.share = min(1.0, max((pong.late - before.late) / ticks, busy))
