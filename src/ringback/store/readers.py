"""Readers: threads with a connection each, for queries that may take longer than the event loop may wait."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any, TypeVar

from ringback.store.driver import Connection, Driver
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

    async def run(self, job: Callable[[Reading], Result], *, snapshot: bool) -> Result:
        """Runs ``job`` in a thread; with ``snapshot`` all its statements see one state."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._run, job, snapshot)

    def _run(self, job: Callable[[Reading], Result], snapshot: bool) -> Result:
        for last in (False, True):
            connection = self._idle.get()
            try:
                connection = connection or self._driver.connect()
                return self._attempt(job, connection, snapshot)
            except Exception as error:
                if connection is not None:
                    connection.drop()
                connection = None
                if last or not self._driver.is_passing(error):
                    raise self._driver.translated(error) from error
            finally:
                self._idle.put(connection)
        raise AssertionError("unreachable")

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
