"""The two database drivers, made alike: connections that commit by themselves until BEGIN; what errors mean."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.engine import URL, Dialect
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from ringback.kernel.errors import Conflict, SettingError, Unavailable
from ringback.store.prepared import Prepared

#: seconds that SQLite waits for another process's lock
_PATIENCE = 5.0
#: pages of the write-ahead log (4 KiB each) after which it is copied into the database
_CHECKPOINT = 4000
#: KiB of pages that each SQLite connection keeps
_CACHE = 65_536
_SQLITE_PASSING = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
}


class AlreadyThere(Conflict):
    """A row with the same unique value exists."""


class Cursor(Protocol):
    """As much of a DB-API cursor as is used."""

    rowcount: int
    description: Any

    def execute(self, text: str, parameters: Any = ..., /) -> Any: ...
    def executemany(self, text: str, parameters: Any, /) -> Any: ...
    def fetchall(self) -> list[Any]: ...


class Outcome:
    """What a statement of `Connection.ask` gave; known at once, or after `Connection.pipelined` ends."""

    __slots__ = ("_cursor", "_known")

    def __init__(self, cursor: Cursor, *, known: bool) -> None:
        self._cursor = cursor
        self._known = _result(cursor) if known else None

    @property
    def rows(self) -> list[tuple[Any, ...]]:
        return self._settled[0]

    @property
    def count(self) -> int:
        """How many rows were changed."""
        return self._settled[1]

    @property
    def _settled(self) -> tuple[list[tuple[Any, ...]], int]:
        if self._known is None:
            self._known = _result(self._cursor)
        return self._known


def _result(cursor: Cursor) -> tuple[list[tuple[Any, ...]], int]:
    return (cursor.fetchall() if cursor.description is not None else [], cursor.rowcount)


class Connection:
    """One connection, used by one thread at a time."""

    def __init__(self, raw: Any, dialect: Dialect) -> None:
        self._raw = raw
        self._dialect = dialect
        self._cursor: Cursor = raw.cursor()
        self._pipeline: Any = None

    @contextmanager
    def pipelined(self) -> Iterator[None]:
        """What is asked inside is sent without waiting for what came before, where the driver can.

        Raises the first error of a statement at the end.
        """
        if self._dialect.name != "postgresql":
            yield
            return
        with self._raw.pipeline() as self._pipeline:
            try:
                yield
                self._pipeline.sync()
            finally:
                self._pipeline = None

    def ask(self, statement: Prepared, parameters: Mapping[str, Any]) -> Outcome:
        """Runs ``statement`` after those before it; what it gave may be looked at when the pipeline has ended."""
        cursor = self._cursor if self._pipeline is None else self._raw.cursor()
        cursor.execute(*statement.call(self._dialect, parameters))
        return Outcome(cursor, known=self._pipeline is None)

    def rows(self, statement: Prepared, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Runs ``statement``; its rows, when it has any."""
        return self._run(statement, parameters).rows

    def run(self, statement: Prepared, parameters: Mapping[str, Any]) -> int:
        """Runs ``statement``; how many rows it changed."""
        return self._run(statement, parameters).count

    def _run(self, statement: Prepared, parameters: Mapping[str, Any]) -> Outcome:
        self._cursor.execute(*statement.call(self._dialect, parameters))
        if self._pipeline is not None:
            self._pipeline.sync()
        return Outcome(self._cursor, known=True)

    def run_each(self, statement: Prepared, parameters: Sequence[Mapping[str, Any]]) -> None:
        """Runs ``statement``, which has no constants, once for each of ``parameters``."""
        self._cursor.executemany(statement.compiled(self._dialect)[0], parameters)

    def say(self, text: str) -> None:
        """Runs a command: BEGIN, COMMIT …"""
        self._cursor.execute(text)

    def close(self) -> None:
        self._raw.close()

    def drop(self) -> None:
        """Closes a connection that may be broken."""
        try:
            self._raw.close()
        except Exception:
            pass


class Driver:
    """Opens connections to the database that ``url`` names. Raises `SettingError` when the URL makes no sense."""

    def __init__(self, url: str, *, read_only: bool = False) -> None:
        self.url = _checked_url(url)
        self._read_only = read_only
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _engine(self.url)
        self.dialect = self.engine.dialect
        #: takes the write lock at once, so that a transaction never fails half-way for want of it
        self.begin = "BEGIN IMMEDIATE" if self.is_sqlite else "BEGIN"
        #: all statements up to COMMIT see one state
        self.begin_reading = "BEGIN" if self.is_sqlite else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

    def connect(self, *, patience: float | None = None) -> Connection:
        """A connection in autocommit mode that waits so many seconds for locks. Raises the driver's errors."""
        raw = self._sqlite(_PATIENCE if patience is None else patience) if self.is_sqlite else self._postgresql()
        return Connection(raw, self.dialect)

    def _sqlite(self, patience: float) -> sqlite3.Connection:
        path = Path(self.url.database or "").absolute()
        source = f"{path.as_uri()}?mode=ro" if self._read_only else str(path)
        raw = sqlite3.connect(
            source,
            timeout=patience,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=512,
            uri=self._read_only,
        )
        for pragma in (
            *(() if self._read_only else ("journal_mode=WAL", "synchronous=FULL")),
            f"wal_autocheckpoint={_CHECKPOINT}",
            f"cache_size=-{_CACHE}",
            "case_sensitive_like=ON",
            "temp_store=MEMORY",
        ):
            raw.execute(f"PRAGMA {pragma}").fetchall()
        return raw

    def _postgresql(self) -> Any:
        _, arguments = self.dialect.create_connect_args(self.url)
        return self.engine.dialect.loaded_dbapi.connect(
            **{"connect_timeout": int(_PATIENCE), "application_name": "ringback", **arguments}, autocommit=True
        )

    def is_passing(self, error: BaseException) -> bool:
        """Whether ``error`` is the database's trouble, which may pass (locked, full, gone), and not the statement's."""
        if isinstance(error, sqlite3.Error):
            return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF in _SQLITE_PASSING
        if self.is_sqlite:
            return False
        module = self.dialect.loaded_dbapi
        return isinstance(error, (module.OperationalError, module.InterfaceError))

    def translated(self, error: BaseException) -> BaseException:
        """What callers are told: a `Conflict` for a value that must be unique, `Unavailable` for trouble."""
        if isinstance(error, self.dialect.loaded_dbapi.IntegrityError):
            return AlreadyThere(f"It is already there: {str(error).splitlines()[0]}.")
        if self.is_passing(error):
            return Unavailable(f"The database does not answer: {str(error).splitlines()[0]}. Try again later.")
        return error


def _checked_url(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise SettingError(f"database_url = {url!r}: this is no SQLAlchemy URL") from error
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername in ("sqlite", "sqlite+pysqlite") and parsed.database not in (None, "", ":memory:"):
        return parsed
    if parsed.drivername == "postgresql+psycopg":
        return parsed
    shown = parsed.render_as_string(hide_password=True)
    raise SettingError(
        f"database_url = {shown!r}: write sqlite:///folder/file.db or postgresql+psycopg://user:password@host/database"
    )


def _engine(url: URL) -> Engine:
    """SQLite's is told to begin transactions as asked, so that a migration is made whole or not at all."""
    try:
        if url.get_backend_name() == "sqlite":
            engine = create_engine(url, paramstyle="named")
            event.listen(engine, "connect", lambda raw, _: setattr(raw, "isolation_level", None))
            event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
            return engine
        return create_engine(url)
    except (ImportError, NoSuchModuleError) as error:
        raise SettingError(
            f"database_url = {url.render_as_string()!r}: PostgreSQL needs psycopg: pip install 'ringback[postgres]'"
        ) from error
