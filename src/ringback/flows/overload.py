"""Overload: when the machine is behind, new calls are refused, so that those that were taken stay whole.

Three things are watched: how late the event loop does what is due, how long a SIP datagram waited to be read, and how
late the media workers' ticks are, or how full. What belongs to a call that was taken always goes on.
"""

from collections.abc import Callable

import structlog

from ringback.kernel.admitted_rate import AdmittedRate
from ringback.kernel.clock import Clock
from ringback.kernel.pressure import Pressure
from ringback.kernel.settings import Overloads

_log = structlog.get_logger("ringback.overload")

#: seconds between two looks at how late the loop is
EVERY = 0.05


class Overload:
    """Decides about each new call. ``told`` hears once when calls begin to be refused, with a sentence."""

    def __init__(self, settings: Overloads, clock: Clock) -> None:
        self._clock = clock
        self._enabled = settings.enabled
        self.rate = AdmittedRate(settings.floor, clock.now())
        self.pressure = Pressure(settings.late, clock.now())
        self.told: Callable[[str], object] = lambda sentence: None

    def refuses(self, crowded: bool = False) -> int:
        """Asked for each new call: 0 when it is taken, else the seconds after which its caller may try again.

        ``crowded``: its source has many calls under way that are not answered, and stands back for others.
        """
        if not self._enabled or self.rate.admit(self._clock.now(), crowded=crowded):
            return 0
        return self.rate.retry_after()

    async def watch(self, waited: Callable[[], float], strain: Callable[[], float]) -> None:
        """Runs while the server does. ``waited``: seconds that a datagram waited since it was asked last; ``strain`` of
        the media workers, of which 1 is as much as they should have."""
        while True:
            due = self._clock.now() + EVERY
            await self._clock.sleep(EVERY)
            self.look(max(self._clock.now() - due, waited()), strain())

    def look(self, lateness: float, strain: float) -> None:
        """What was due ``lateness`` seconds ago is done now."""
        now = self._clock.now()
        if not self.pressure.add(lateness, now, other=strain):
            return
        before = self.rate.limit
        self.rate.window_ended(now, severity=self.pressure.severity, lasting=self.pressure.lasting)
        self._tell(before, self.rate.limit)

    def _tell(self, before: float | None, limit: float | None) -> None:
        if before is None and limit is not None:
            sentence = (
                f"This server cannot keep up: it takes {limit:.0f} new calls a second, and refuses the others with 503."
            )
            _log.warning(
                "overload: new calls are refused",
                calls_a_second=round(limit),
                severity=round(self.pressure.severity, 1),
            )
            self.told(sentence)
        elif before is not None and limit is None:
            _log.info("the overload is over: every new call is taken", refused=self.rate.refused)
