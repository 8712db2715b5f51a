"""An outage: why the database takes nothing, what became of changes meanwhile, and the lines of the log about it."""

from datetime import datetime

import structlog

from ringback.kernel.clock import Clock
from ringback.kernel.errors import Unavailable
from ringback.store.spool import Spool

_MEGABYTE = 1_000_000
_log = structlog.get_logger("ringback.store")


class Outage:
    """Counts are of records' changes. Belongs to the writer's thread."""

    def __init__(self, spool: Spool, why: str, clock: Clock) -> None:
        self._spool = spool
        self._clock = clock
        self._overflows = False
        #: whether nothing is told of it, because so many have been
        self.hushed = False
        #: whether an attempt to end it has failed
        self.lasts = False
        self.why = why
        self.began_at = clock.utc()
        self.ended_at: datetime | None = None
        self.brought = self.lost = 0

    def begin(self, others: int = 0) -> None:
        """Tells of it, and of how many ``others`` before it nothing was told."""
        self.hushed = False
        more = f"; so it was {others} times before, for less than a second each" if others else ""
        _log.error(f"the database takes nothing: {self.why}; records wait in {self._spool.path}, {self._fill()}{more}")

    def go_on(self, why: str) -> None:
        """An attempt to end it has failed."""
        self.why = why
        self.lasts = True
        if self.hushed:
            self.begin()

    def overflow(self, why: str) -> None:
        """The spool takes no more; said once."""
        if not self._overflows:
            self._overflows, self.hushed = True, False
            _log.error(
                f"the spool takes no more ({why}), and the database nothing ({self.why}): records wait in memory, "
                f"{self._fill()} are on the disk; make room, or bring the database back"
            )

    def lose(self, count: int) -> None:
        """The memory is full as well; said once."""
        if count and not self.lost:
            _log.error(
                "the database takes nothing, and spool and memory are full: changes of records are lost from here"
            )
        self.lost += count

    def end(self) -> None:
        self.ended_at = self._clock.utc()
        if self.hushed:
            return
        lost = f", {self.lost} are lost" if self.lost else ""
        _log.info(f"the database takes changes again: {self.brought} records were brought over{lost}")

    def refusal(self) -> Unavailable:
        return Unavailable(
            f"The database takes no changes at present ({self.why}). Nothing was changed. Try again later."
        )

    def doubt(self) -> Unavailable:
        """For what was asked of the database as it failed."""
        return Unavailable(f"The database does not answer ({self.why}). Look whether it was done, and try again later.")

    def _fill(self) -> str:
        return f"{self._spool.size / _MEGABYTE:.1f} MB of {self._spool.max_bytes / _MEGABYTE:.1f} MB"
