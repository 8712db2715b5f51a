"""The database: reads that do not hold up the event loop, and one writer that commits groups.

Where SQLite reads: a row that an index finds is read on the event loop's own thread, everything else in a reader's
thread. ``benchmarks/store_reads.py`` shows why: 22 µs against 180 µs a read on a busy machine, the thread's hand-over
being most of it. PostgreSQL always reads in a reader's thread, since it waits for the network.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from sqlalchemy.sql import ClauseElement

from ringback.kernel.clock import Clock
from ringback.store.committer import Committer
from ringback.store.driver import Driver
from ringback.store.mark import Mark
from ringback.store.outage import Outage
from ringback.store.prepared import Prepared
from ringback.store.readers import Readers, Reading
from ringback.store.shelter import Shelter
from ringback.store.spool import Spool
from ringback.store.writer import Writer
from ringback.store.writing import Change, Recorded, Recorder

Row = tuple[Any, ...]
Result = TypeVar("Result")
#: reader threads: SQLite reads hold the interpreter most of the time, PostgreSQL's wait for the network
_SQLITE_READERS = 2
#: seconds that a read on the event loop may wait for a lock, which readers of a write-ahead log hardly ever meet
_POINT_PATIENCE = 0.05
_POSTGRESQL_READERS = 8
#: seconds between looks for connections that are silent
_WATCH = 0.5


class Database:
    """SQLite or PostgreSQL, alike. Made by `open`; belongs to the event loop that opened it."""

    def __init__(self, driver: Driver, clock: Clock, spool: Spool | None) -> None:
        self.driver = driver
        self.clock = clock
        #: by table, who makes changes of entries
        self.recorders: dict[str, Recorder] = {}
        #: what is to be done when an outage is over
        self.when_over: Callable[[Outage], None] = lambda outage: None
        self._point = driver.connect(patience=_POINT_PATIENCE) if driver.is_sqlite else None
        self._readers = Readers(driver, _SQLITE_READERS if driver.is_sqlite else _POSTGRESQL_READERS)
        self._committer = Committer(driver, Mark(spool.name, sqlite=driver.is_sqlite)) if spool is not None else None
        self._writer = self._make_writer(self._committer, spool) if self._committer and spool else None
        self._watch = asyncio.get_running_loop().call_later(_WATCH, self._cut_silent)

    def _make_writer(self, committer: Committer, spool: Spool) -> Writer:
        shelter = Shelter(spool, self.recorders)
        return Writer(committer, shelter, self.clock, lambda outage: self.when_over(outage))

    async def start(self) -> None:
        """Brings over what waits in the spool since the last run; then changes are taken.

        Every table's door must exist by then. Raises the driver's errors.
        """
        await self._writing.start()

    async def close(self) -> None:
        """Commits what is queued, or puts it by, then closes every connection."""
        self._watch.cancel()
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

    def submit(self, *changes: Recorded) -> "asyncio.Future[list[Any]]":
        """Queues what must not be lost at once, in order with all others; resolves when it is kept."""
        return self._writing.submit(changes)

    def must_take_changes(self) -> None:
        """Raises `Unavailable` during an outage: for what is not to begin then."""
        self._writing.must_take_changes()

    @property
    def outage(self) -> Outage | None:
        """The outage that goes on."""
        return self._writing.outage

    @property
    def waiting(self) -> int:
        """Changes that are not yet committed: a measure of overload."""
        return self._writing.waiting

    @property
    def sheltered(self) -> int:
        """Changes that wait for the end of an outage."""
        return self._writing.sheltered

    @property
    def commits(self) -> int:
        """Transactions committed since the start."""
        return self._writing.commits

    @property
    def _writing(self) -> Writer:
        assert self._writer is not None, "this database was opened for reading only"
        return self._writer

    def _cut_silent(self) -> None:
        """A server that says nothing is given up."""
        if self._committer is not None:
            self._committer.watch(self.driver.patience)
        self._readers.watch(self.driver.patience)
        self._watch = asyncio.get_running_loop().call_later(_WATCH, self._cut_silent)
