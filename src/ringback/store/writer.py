"""The writer: one thread that commits whatever queued while its last commit ran, as one transaction.

While the database takes nothing, records wait in a spool (`shelter`), and whoever can ask again is told to.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import structlog

from ringback.kernel.clock import Clock
from ringback.kernel.errors import Unavailable
from ringback.store.committer import Committer
from ringback.store.flaps import Flaps
from ringback.store.outage import Outage
from ringback.store.shelter import Shelter
from ringback.store.unit import Unit, fail
from ringback.store.unit_queue import UnitQueue
from ringback.store.writing import Change, Recorded

#: most units of one transaction: bounds how long the first of them waits for the last
_MOST = 1000
#: units that may wait before writers must wait, and before even calls' records are refused
ROOM = 10_000
HARD_LIMIT = 200_000
#: seconds between attempts during an outage, and that `write` waits
_PAUSE = 0.5
_GIVE_UP = 10.0
#: seconds that an attempt during an outage waits for a lock: records come meanwhile
_IMPATIENCE = 0.05
_log = structlog.get_logger("ringback.store")


class Writer:
    """Commits in the order of submission. Loop-side methods belong to the thread of the event loop.

    ``over`` is called in that thread when an outage is over.
    """

    def __init__(self, committer: Committer, shelter: Shelter, clock: Clock, over: Callable[[Outage], None]) -> None:
        self._committer = committer
        self._clock = clock
        self._shelter = shelter
        self._over = over
        self._loop = asyncio.get_running_loop()
        self._flaps = Flaps(clock)
        self._queue = UnitQueue()
        self._room = asyncio.Event()
        self._room.set()
        self._number = 0
        self._closing = False
        self._next_attempt = 0.0
        self._thread = threading.Thread(target=self._work, name="store-writer", daemon=True)
        #: who waits: units submitted, and neither committed nor put by
        self._waiting: set[Unit] = set()
        #: why nothing is written any more, should that ever be
        self._dead: Unavailable | None = None
        #: the outage that goes on
        self.outage: Outage | None = None

    @property
    def waiting(self) -> int:
        """Units submitted, and neither committed nor put by."""
        return len(self._waiting)

    @property
    def sheltered(self) -> int:
        """Units that wait for the end of an outage, in the spool or in memory."""
        return self._shelter.count

    @property
    def commits(self) -> int:
        return self._committer.commits

    async def start(self) -> None:
        """Brings over what waits since the last run; then changes are taken. Raises the driver's errors."""
        await asyncio.to_thread(self._begin)
        self._thread.start()

    async def write(self, changes: Sequence[Change]) -> list[Any]:
        """Results of ``changes`` once they are committed; raises what the first failing one raised.

        `Unavailable` at once during an outage, or when it takes long; what was asked for may then still happen.
        """
        self.must_take_changes()
        if not self._room.is_set():
            await self._wait_for_room()
        done = self._put(Unit(changes))
        timer = self._loop.call_later(_GIVE_UP, _give_up, done)
        try:
            return await done
        finally:
            timer.cancel()

    async def _wait_for_room(self) -> None:
        try:
            async with asyncio.timeout(_GIVE_UP):
                while not self._room.is_set():
                    await self._room.wait()
        except TimeoutError:
            raise _too_long() from None

    def must_take_changes(self) -> None:
        """Raises `Unavailable` during an outage."""
        if self._dead is not None:
            raise self._dead
        if self.outage is not None:
            raise self.outage.refusal()

    def submit(self, changes: Sequence[Recorded]) -> "asyncio.Future[list[Any]]":
        """Queues at once what must not be lost; resolves when it is committed, or on the disk until it can be.

        Raises `Unavailable` when far too many wait.
        """
        if self.waiting >= HARD_LIMIT:
            raise Unavailable("The database cannot keep up. Try again later.")
        return self._put(Unit(changes, recorded=True))

    async def close(self) -> None:
        """Commits what is queued, or puts it by, and ends."""
        self._closing = True
        if self._thread.ident is not None:
            self._queue.end()
            await asyncio.to_thread(self._thread.join)
        self._committer.close()
        self._shelter.spool.close()

    def _put(self, unit: Unit) -> "asyncio.Future[list[Any]]":
        unit.done = self._loop.create_future()
        if self._dead is not None:
            unit.done.set_exception(self._dead)
            return unit.done
        self._waiting.add(unit)
        if self.waiting >= ROOM:
            self._room.clear()
        self._queue.put(unit)
        return unit.done

    def _resolve(self, units: Sequence[Unit]) -> None:
        self._waiting.difference_update(units)
        if self.waiting < ROOM:
            self._room.set()
        for unit in units:
            unit.resolve()

    def _bury(self, error: BaseException) -> None:
        """The writer's thread is dead: nobody waits in vain, and nobody begins to."""
        self._dead = Unavailable(f"Nothing is written to the database any more ({_why(error)}): restart the server.")
        fail(self._waiting, self._dead)
        self._resolve(list(self._waiting))

    # the writer's thread

    def _begin(self) -> None:
        self._number = max(self._committer.mark(), self._shelter.spool.last)
        if self._shelter.spool.count:
            outage = Outage(self._shelter.spool, "the last run ended during an outage", self._clock)
            self._bring_over(outage, heed=lambda: None)
            outage.end()

    def _work(self) -> None:
        try:
            while (units := self._queue.take(_MOST, self._pause())) is not None:
                self._turn(units)
            if self.outage is not None:
                self._tell(self._shelter.give_up(self.outage))
        except BaseException as error:
            self._loop.call_soon_threadsafe(self._bury, error)
            _log.critical("nothing is written to the database any more: restart the server", exc_info=error)

    def _pause(self) -> float | None:
        """Seconds until the next attempt, during an outage."""
        return max(0.0, self._next_attempt - time.monotonic()) if self.outage is not None else None

    def _turn(self, units: list[Unit]) -> None:
        if self.outage is None:
            self._commit(units)
            return
        self._put_by(units, self.outage)
        if time.monotonic() >= self._next_attempt and not self._closing:
            with self._surviving([]):
                self._try_again(self.outage)

    @contextmanager
    def _surviving(self, units: list[Unit]) -> Iterator[None]:
        """What should not happen, a mistake of ours or a driver's whim, costs ``units``, not all that come after."""
        try:
            yield
        except Exception as error:
            fail(units, error)
            self._tell(units)
            with suppress(Exception):
                _log.error("changes failed for a reason that was not foreseen", changes=len(units), exc_info=error)

    def _commit(self, units: list[Unit]) -> None:
        self._number += 1
        with self._surviving(units):
            try:
                self._attempt(units)
            except Exception as error:
                self._begin_outage(units, error)
            else:
                self._tell_committed(units)

    def _begin_outage(self, units: list[Unit], error: Exception) -> None:
        self.outage = Outage(self._shelter.spool, _why(error), self._clock)
        self._next_attempt = time.monotonic() + _PAUSE
        self._flaps.begins(self.outage)
        self._tell(self._shelter.put_by(units, self._number, self.outage, doubtful=True))

    def _attempt(self, units: list[Unit]) -> None:
        """A connection that was lost is made anew once, and what it may have committed is not committed again."""
        try:
            self._committer.commit(units, self._number)
        except Exception as error:
            if not self._committer.may_reconnect(error):
                raise
            if self._committer.mark() < self._number:
                self._committer.commit(units, self._number)

    def _put_by(self, units: list[Unit], outage: Outage) -> None:
        if units:
            self._number += 1
            with self._surviving(units):
                self._tell(self._shelter.put_by(units, self._number, outage, doubtful=False))

    def _try_again(self, outage: Outage) -> None:
        started = time.monotonic()
        try:
            self._bring_over(outage, heed=lambda: self._put_by(self._queue.take_waiting(_MOST // 2), outage))
        except Exception as error:
            now = time.monotonic()
            self._next_attempt = now + max(_PAUSE, now - started)
            outage.go_on(_why(error))
        else:
            self.outage = None
            self._loop.call_soon_threadsafe(self._over, outage)
            outage.end()
            self._flaps.ended(outage)

    def _bring_over(self, outage: Outage, heed: Callable[[], None]) -> None:
        """Empties the spool in order, ``heed``ing some of what comes meanwhile. Raises the driver's errors."""
        mark = self._committer.mark(patience=_IMPATIENCE)
        while load := self._shelter.oldest(_MOST, mark):
            self._committer.commit(load.units, load.number)
            self._shelter.took(load, outage)
            self._tell_committed([])
            if self._shelter.spool.count:  # else it is done: heeding would go on for as long as changes come
                heed()
        for number, units in self._shelter.held():
            self._committer.commit(units, number)
            self._shelter.took_held(outage)
            self._tell_committed(units)
        self._number += 1
        self._committer.commit([], self._number)
        self._committer.mark()  # with its usual patience from here on

    def _tell_committed(self, units: Sequence[Unit]) -> None:
        for act in self._committer.committed:
            self._loop.call_soon_threadsafe(act)
        self._tell(units)

    def _tell(self, units: Sequence[Unit]) -> None:
        if units:
            self._loop.call_soon_threadsafe(self._resolve, units)


def _why(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _give_up(done: "asyncio.Future[Any]") -> None:
    if not done.done():
        done.set_exception(_too_long())


def _too_long() -> Unavailable:
    return Unavailable("The database takes no changes at present. Try again later.")
