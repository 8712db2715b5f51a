"""The database: reads that do not hold up the event loop, and one writer that commits groups.

Where SQLite reads: a row that an index finds is read on the event loop's own thread, everything else in a reader's
thread. ``benchmarks/store_reads.py`` shows why: 22 µs against 180 µs a read on a busy machine, the thread's hand-over
being most of it. PostgreSQL always reads in a reader's thread, since it waits for the network.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from sqlalchemy.sql import ClauseElement

from ringback.kernel.clock import Clock, SystemClock
from ringback.store.driver import Driver
from ringback.store.prepared import Prepared
from ringback.store.readers import Readers, Reading
from ringback.store.writer import Change, Writer

if TYPE_CHECKING:
    import asyncio

Row = tuple[Any, ...]
Result = TypeVar("Result")
#: reader threads: SQLite reads hold the interpreter most of the time, PostgreSQL's wait for the network
_SQLITE_READERS = 2
#: seconds that a read on the event loop may wait for a lock, which readers of a write-ahead log hardly ever meet
_POINT_PATIENCE = 0.05
_POSTGRESQL_READERS = 8


class Database:
    """SQLite or PostgreSQL, alike. Made by `open`; belongs to the event loop that opened it."""

    def __init__(self, driver: Driver, clock: Clock, *, read_only: bool) -> None:
        self.driver = driver
        self.clock = clock
        self._point = driver.connect(patience=_POINT_PATIENCE) if driver.is_sqlite else None
        self._readers = Readers(driver, _SQLITE_READERS if driver.is_sqlite else _POSTGRESQL_READERS)
        self._writer = None if read_only else Writer(driver)

    @classmethod
    async def open(cls, url: str, *, clock: Clock | None = None, read_only: bool = False) -> Self:
        """Raises `SettingError` for a URL that makes no sense, and the driver's errors."""
        return cls(Driver(url, read_only=read_only), clock or SystemClock(), read_only=read_only)

    async def close(self) -> None:
        """Commits what is queued, then closes every connection."""
        if self._writer is not None:
            await self._writer.close()
        self._readers.close()
        if self._point is not None:
            self._point.close()
        self.driver.engine.dispose()

    async def read(self, statement: Prepared | ClauseElement, parameters: Mapping[str, Any] | None = None) -> list[Row]:
        """The rows of a query. A `Prepared` one that is ``point`` runs on the spot where that is quickest."""
        prepared = statement if isinstance(statement, Prepared) else Prepared(statement)
        given = parameters or {}
        if prepared.point and self._point is not None:
            try:
                return self._point.rows(prepared, given)
            except Exception as error:
                raise self.driver.translated(error) from error
        return await self._readers.run(lambda reading: reading.rows(prepared, given), snapshot=False)

    async def snapshot(self, job: Callable[[Reading], Result]) -> Result:
        """Runs ``job`` in a reader's thread; all its statements see one state of the database."""
        return await self._readers.run(job, snapshot=True)

    async def write(self, *changes: Change) -> list[Any]:
        """Makes ``changes`` together or not at all; their results, once they are committed."""
        return await self._writing.write(changes)

    def submit(self, *changes: Change) -> "asyncio.Future[list[Any]]":
        """Queues ``changes`` at once, in order with all others; resolves when they are committed."""
        return self._writing.submit(changes)

    @property
    def waiting(self) -> int:
        """Changes that are not yet committed: a measure of overload."""
        return self._writing.waiting

    @property
    def commits(self) -> int:
        """Transactions committed since the start."""
        return self._writing.commits

    @property
    def _writing(self) -> Writer:
        assert self._writer is not None, "this database was opened for reading only"
        return self._writer
