"""The committer: one connection on which groups of changes are committed, each with its number."""

from collections.abc import Callable, Sequence
from typing import Any

from ringback.kernel.errors import Unavailable
from ringback.store.connection import Connection
from ringback.store.counts import Gathered, upsert_for
from ringback.store.driver import Driver
from ringback.store.mark import Mark
from ringback.store.unit import Unit, fail
from ringback.store.writing import Later, Writing


class Committer:
    """Used by one thread, but for `watch`."""

    def __init__(self, driver: Driver, mark: Mark) -> None:
        self._driver = driver
        self._mark = mark
        self._upsert = upsert_for(driver.is_sqlite)
        self._connection: Connection | None = None
        self.commits = 0
        #: what the last transaction leaves to do on the event loop
        self.committed: set[Callable[[], None]] = set()
        #: whether the last connection was cut for being silent
        self._was_cut = False
        self._identity: tuple[Any, ...] | None = None

    def mark(self, *, patience: float | None = None) -> int:
        """The number of the last group that is kept. ``patience``: seconds to wait for locks from here on.

        Raises the driver's errors.
        """
        try:
            connection = self._connected(patience)
            connection.be_patient(self._driver.patience if patience is None else patience)
            return self._mark.read(connection)
        except Exception:
            self._roll_back(broken=True)
            raise

    def commit(self, units: Sequence[Unit], number: int) -> None:
        """Commits ``units``, each with its result or its own error, as the group ``number``.

        Raises the driver's error when the database is in trouble: whether they are kept `mark` says, one day.
        """
        try:
            self._commit(units, number)
        except Exception as error:
            passing = self._driver.is_passing(error)
            self._roll_back(broken=not passing or self._driver.breaks(error))
            if passing:
                raise
            fail(units, self._driver.translated(error))
        self.commits += 1

    def may_reconnect(self, error: BaseException) -> bool:
        """Whether a new connection, at once, may do better than the one that ``error`` broke."""
        return not self._driver.is_sqlite and self._driver.is_passing(error) and not self._was_cut

    def close(self) -> None:
        if self._connection is not None:
            self._connection.drop()

    def watch(self, patience: float) -> None:
        """Cuts the connection when the database was silent for so many seconds. From the event loop's thread."""
        if (connection := self._connection) is not None:
            connection.cut_when_silent(patience)

    def _connected(self, patience: float | None = None) -> Connection:
        if self._connection is not None and self._connection.is_stale():
            self._roll_back(broken=True)
        if self._connection is None:
            self._connection = self._driver.connect(patience=patience)
            try:
                self._end_last(self._connection)
            except Exception:
                self._roll_back(broken=True)
                raise
        return self._connection

    def _end_last(self, connection: Connection) -> None:
        """What the last connection had begun is over when this returns: committed, or not."""
        last, patience = self._identity, self._driver.patience / 2
        if last is not None and not connection.end_other(last, patience):
            raise Unavailable("the database does not end a connection that broke")
        self._identity = connection.identity()

    def _commit(self, units: Sequence[Unit], number: int) -> None:
        try:
            self._transaction(units, number, together=True)
        except Exception as error:
            if self._driver.is_passing(error):
                raise
            self._clear()
            self._transaction(units, number, together=False)

    def _clear(self) -> None:
        """Ends the open transaction; a connection that cannot do even that is good for nothing."""
        try:
            self._connected().say("ROLLBACK")
        except Exception:
            self._roll_back(broken=True)

    def _transaction(self, units: Sequence[Unit], number: int, *, together: bool) -> None:
        connection = self._connected()
        connection.say(self._driver.begin)
        self.committed = set()
        writing = Writing(connection, self.committed)
        if together:
            with connection.pipelined():
                for unit in units:
                    unit.results, unit.error = [change(writing) for change in unit.changes], None
                self._mark.set(connection, number)
            for unit in units:
                unit.results = _finished(unit.results)
        else:
            for unit in units:
                unit.results, unit.error = [], None
                self._alone(unit, connection, writing.gathered)
            self._mark.set(connection, number)
        writing.gathered.write(connection, self._upsert)
        connection.say("COMMIT")

    def _alone(self, unit: Unit, connection: Connection, gathered: Gathered) -> None:
        """A bad change fails alone."""
        writing = Writing(connection, self.committed)
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
        if broken:
            self._connection = None
            self._was_cut = connection.was_cut
            connection.drop()
            return
        try:
            connection.say("ROLLBACK")
        except Exception:
            pass


def _finished(results: list[Any]) -> list[Any]:
    return [result.finish() if isinstance(result, Later) else result for result in results]
