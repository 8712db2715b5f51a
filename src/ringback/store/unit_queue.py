"""The queue of units: from the event loop's thread to the writer's, which takes all that wait at once."""

import time
from queue import Empty, SimpleQueue

from ringback.store.unit import Unit

#: seconds that a group waits for others: for each of the last group, at most, and in which another must come
_GATHER_EACH, _GATHER_MOST, _QUIET = 0.001, 0.010, 0.003


class UnitQueue:
    """In the order of `put`."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[Unit | None] = SimpleQueue()
        #: how many were taken last
        self._last = 0

    def put(self, unit: Unit) -> None:
        self._queue.put(unit)

    def end(self) -> None:
        """Nothing comes behind what waits."""
        self._queue.put(None)

    def take(self, most: int, timeout: float | None) -> list[Unit] | None:
        """At least one unit and all that wait besides, up to ``most``; None: the end.

        After ``timeout`` seconds none. With a time limit nobody waits for others.
        """
        try:
            first = self._queue.get(timeout=timeout)
        except Empty:
            return []
        if first is None:
            return None
        if self._last > 1 and timeout is None:
            self._gather()
        units = [first, *self.take_waiting(most - 1)]
        self._last = len(units)
        return units

    def take_waiting(self, most: int) -> list[Unit]:
        """What waits at the moment, up to ``most``."""
        units: list[Unit] = []
        try:
            while len(units) < most:
                unit = self._queue.get_nowait()
                if unit is None:
                    self.end()
                    break
                units.append(unit)
        except Empty:
            pass
        return units

    def _gather(self) -> None:
        """Lets others come while they come, longer when many came last time: a commit costs the same for many.

        Who writes alone never waits here.
        """
        until = time.monotonic() + min(self._last * _GATHER_EACH, _GATHER_MOST)
        waiting = -1
        while (now := self._queue.qsize()) > waiting and (left := until - time.monotonic()) > 0:
            waiting = now
            time.sleep(min(left, _QUIET))
