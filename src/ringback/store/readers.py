"""Readers: threads with a connection each, for queries that may take longer than the event loop may wait."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any, TypeVar

from ringback.store.connection import Connection
from ringback.store.driver import Driver
from ringback.store.prepared import Prepared

Result = TypeVar("Result")


class Reading:
    """One consistent state of the database, as a query of several statements sees it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def rows(self, statement: Prepared, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        return self._connection.rows(statement, parameters)


class Readers:
    """``count`` threads; a connection that broke is replaced, and its query tried once again."""

    def __init__(self, driver: Driver, count: int) -> None:
        self._driver = driver
        self._idle: SimpleQueue[Connection | None] = SimpleQueue()
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="store-reader")
        for _ in range(count):
            self._idle.put(None)
        self._count = count
        #: connections at work
        self._busy: set[Connection] = set()

    def watch(self, patience: float) -> None:
        """Cuts the connections to which the database was silent for so many seconds. From the event loop's thread."""
        for connection in self._busy.copy():
            connection.cut_when_silent(patience)

    async def run(self, job: Callable[[Reading], Result], *, snapshot: bool) -> Result:
        """Runs ``job`` in a thread; with ``snapshot`` all its statements see one state."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._run, job, snapshot)

    def _run(self, job: Callable[[Reading], Result], snapshot: bool) -> Result:
        for last in (False, True):
            connection = self._idle.get()
            try:
                if last:  # others that are idle may have broken with the one before
                    self._drop(connection)
                    connection = None
                connection = connection or self._driver.connect()
                self._busy.add(connection)
                return self._attempt(job, connection, snapshot)
            except Exception as error:
                was_cut = connection is not None and connection.was_cut
                self._drop(connection)
                connection = None
                if last or was_cut or not self._driver.is_passing(error):
                    raise self._driver.translated(error) from error
            finally:
                if connection is not None:
                    self._busy.discard(connection)
                self._idle.put(connection)
        raise AssertionError("unreachable")

    def _drop(self, connection: Connection | None) -> None:
        if connection is not None:
            self._busy.discard(connection)
            connection.drop()

    def _attempt(self, job: Callable[[Reading], Result], connection: Connection, snapshot: bool) -> Result:
        if not snapshot:
            return job(Reading(connection))
        connection.say(self._driver.begin_reading)
        result = job(Reading(connection))
        connection.say("COMMIT")
        return result

    def close(self) -> None:
        self._threads.shutdown(wait=True)
        for _ in range(self._count):
            if (connection := self._idle.get()) is not None:
                connection.drop()
