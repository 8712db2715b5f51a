"""The writer: one thread that commits whatever queued while its last commit ran, as one transaction."""

import asyncio
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any

import structlog

from ringback.kernel.errors import Unavailable
from ringback.store.counts import Gathered, Key, upsert_for
from ringback.store.driver import Connection, Driver, Outcome
from ringback.store.prepared import Prepared

#: most units of one transaction: bounds how long the first of them waits for the last
_MOST = 1000
#: seconds that a group waits for others: for each of the last group, at most, and in which another must come
_GATHER_EACH, _GATHER_MOST, _QUIET = 0.001, 0.010, 0.003
#: units that may wait before writers must wait, and before even calls' records are refused
ROOM = 10_000
HARD_LIMIT = 200_000
#: seconds between attempts while the database is in trouble, and that `write` waits for its end
_PAUSE = 0.5
_GIVE_UP = 10.0
_log = structlog.get_logger("ringback.store")


class Writing:
    """The open transaction, as a change sees it."""

    def __init__(self, connection: Connection, committed: "set[Callable[[], None]]") -> None:
        self._connection = connection
        self._committed = committed
        self.gathered = Gathered()

    def when_committed(self, act: Callable[[], None]) -> None:
        """Calls ``act`` on the event loop after the commit, once for all who ask, before anyone knows of it."""
        self._committed.add(act)

    def rows(self, statement: Prepared, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """The rows of a query, or of a change that returns some."""
        return self._connection.rows(statement, parameters)

    def run(self, statement: Prepared, parameters: Mapping[str, Any]) -> int:
        """Makes a change; how many rows it touched."""
        return self._connection.run(statement, parameters)

    def ask(self, statement: Prepared, parameters: Mapping[str, Any]) -> Outcome:
        """The same without waiting; the outcome may be looked at in a `Later`."""
        return self._connection.ask(statement, parameters)

    def count(self, key: Key, n: int, total: int = 0) -> None:
        """Adds to a count, when the transaction ends."""
        self.gathered.add(key, n, total)


#: the rest of a change, once the outcomes of all that was asked are known; its result is the change's
@dataclass(frozen=True, slots=True)
class Later:
    finish: Callable[[], Any]


#: does its work in the transaction it is given, and nothing else: it may be run again
Change = Callable[[Writing], Any]


@dataclass(slots=True, eq=False)
class _Unit:
    """Changes that are made together or not at all, and who waits for them."""

    changes: Sequence[Change]
    done: "asyncio.Future[Any]"
    results: list[Any] = field(default_factory=list)
    error: BaseException | None = None


class Writer:
    """Commits in the order of submission. Loop-side methods belong to the thread of the event loop."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._upsert = upsert_for(driver.is_sqlite)
        self._loop = asyncio.get_running_loop()
        self._queue: SimpleQueue[_Unit | None] = SimpleQueue()
        self._room = asyncio.Event()
        self._room.set()
        self._connection: Connection | None = driver.connect()
        self._in_trouble = False
        self._closing = False
        #: units of the last group
        self._last = 0
        #: what the open transaction leaves to do on the event loop
        self._committed: set[Callable[[], None]] = set()
        self._thread = threading.Thread(target=self._work, name="store-writer", daemon=True)
        #: units submitted and not yet committed
        self.waiting = 0
        self.commits = 0
        self._thread.start()

    async def write(self, changes: Sequence[Change]) -> list[Any]:
        """Results of ``changes`` once they are committed; raises what the first failing one raised.

        `Unavailable` when the database is in trouble for long; what was asked for may then still happen.
        """
        deadline = self._loop.time() + _GIVE_UP
        try:
            while not self._room.is_set():
                await asyncio.wait_for(self._room.wait(), deadline - self._loop.time())
            return await asyncio.wait_for(self.submit(changes), deadline - self._loop.time())
        except TimeoutError:
            raise Unavailable("The database takes no changes at present. Try again later.") from None

    def submit(self, changes: Sequence[Change]) -> "asyncio.Future[list[Any]]":
        """Queues at once. Raises `Unavailable` when far too many wait."""
        if self.waiting >= HARD_LIMIT:
            raise Unavailable("The database cannot keep up. Try again later.")
        unit = _Unit(changes, self._loop.create_future())
        self.waiting += 1
        if self.waiting >= ROOM:
            self._room.clear()
        self._queue.put(unit)
        return unit.done

    async def close(self) -> None:
        """Commits what is queued, and ends."""
        self._closing = True
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    # the writer's thread

    def _work(self) -> None:
        while units := self._take():
            self._commit(units)
            self._loop.call_soon_threadsafe(self._resolve, units, self._committed)
        if self._connection is not None:
            self._connection.close()

    def _take(self) -> list[_Unit]:
        """At least one unit, and all that wait besides; none: the end."""
        first = self._queue.get()
        if first is None:
            return []
        if self._last > 1:
            self._gather()
        units = [first]
        try:
            while len(units) < _MOST:
                unit = self._queue.get_nowait()
                if unit is None:
                    self._queue.put(None)
                    break
                units.append(unit)
        except Empty:
            pass
        self._last = len(units)
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

    def _commit(self, units: list[_Unit]) -> None:
        """Tries until the database took ``units``, each with its result or its own error."""
        together = True
        started = time.monotonic()
        while True:
            try:
                self._transaction(units, together=together)
                break
            except Exception as error:
                passing = self._driver.is_passing(error)
                self._roll_back(broken=passing and not self._driver.is_sqlite)
                if not passing:
                    if not together:
                        return _fail(units, error)
                    together = False
                elif self._closing and time.monotonic() - started > _GIVE_UP:
                    _log.error("changes are lost: the database is in trouble at the end", changes=len(units))
                    return _fail(units, self._driver.translated(error))
                else:
                    self._wait_out(error)
        self.commits += 1
        self._report_recovery()

    def _transaction(self, units: list[_Unit], *, together: bool) -> None:
        if self._connection is None:
            self._connection = self._driver.connect()
        connection = self._connection
        connection.say(self._driver.begin)
        self._committed = set()
        writing = Writing(connection, self._committed)
        if together:
            with connection.pipelined():
                for unit in units:
                    unit.results, unit.error = [change(writing) for change in unit.changes], None
            for unit in units:
                unit.results = _finished(unit.results)
        else:
            for unit in units:
                unit.results, unit.error = [], None
                self._alone(unit, connection, writing.gathered)
        writing.gathered.write(connection, self._upsert)
        connection.say("COMMIT")

    def _alone(self, unit: _Unit, connection: Connection, gathered: Gathered) -> None:
        """A bad change fails alone."""
        writing = Writing(connection, self._committed)
        connection.say("SAVEPOINT unit")
        try:
            unit.results = _finished([change(writing) for change in unit.changes])
        except Exception as error:
            if self._driver.is_passing(error):
                raise
            connection.say("ROLLBACK TO SAVEPOINT unit")
            unit.error = self._driver.translated(error)
        else:
            gathered.take(writing.gathered)
        connection.say("RELEASE SAVEPOINT unit")

    def _roll_back(self, *, broken: bool) -> None:
        """A connection that is broken, or may be, is replaced at the next attempt."""
        connection = self._connection
        if connection is None:
            return
        try:
            connection.say("ROLLBACK")
        except Exception:
            pass
        if broken:
            self._connection = None
            connection.drop()

    def _wait_out(self, error: BaseException) -> None:
        if not self._in_trouble:
            self._in_trouble = True
            _log.error("the database is in trouble; changes wait in memory", error=str(error).strip())
        time.sleep(_PAUSE)

    def _report_recovery(self) -> None:
        if self._in_trouble:
            self._in_trouble = False
            _log.info("the database takes changes again")

    # the loop's thread

    def _resolve(self, units: list[_Unit], committed: set[Callable[[], None]]) -> None:
        for act in committed:
            act()
        self.waiting -= len(units)
        if self.waiting < ROOM:
            self._room.set()
        for unit in units:
            if unit.done.cancelled():
                continue
            if unit.error is not None:
                unit.done.set_exception(unit.error)
            else:
                unit.done.set_result(unit.results)


def _finished(results: list[Any]) -> list[Any]:
    return [result.finish() if isinstance(result, Later) else result for result in results]


def _fail(units: list[_Unit], error: BaseException) -> None:
    for unit in units:
        unit.error = error
