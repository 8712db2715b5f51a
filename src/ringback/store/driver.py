"""The two database drivers, made alike: how to connect, and what errors mean."""

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from ringback.kernel.errors import Conflict, SettingError, Unavailable
from ringback.store.connection import Connection

#: pages of the write-ahead log (4 KiB each) after which it is copied into the database
_CHECKPOINT = 4000
#: KiB of pages that each SQLite connection keeps
_CACHE = 8_192
_SQLITE_PASSING = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
}
#: of these, what leaves the connection as good as it was
_SQLITE_WHOLE = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL}
#: PostgreSQL's "read_only_sql_transaction": the server has become a standby
_STANDBY = "25006"


class AlreadyThere(Conflict):
    """A row with the same unique value exists."""


class Driver:
    """Opens connections to the database that ``url`` names. Raises `SettingError` when the URL makes no sense.

    ``patience``: seconds that SQLite waits for another process's lock, and PostgreSQL's server may be silent.
    """

    def __init__(self, url: str, *, read_only: bool = False, patience: float = 5.0) -> None:
        self.patience = patience
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
        patience = self.patience if patience is None else patience
        if self.is_sqlite:
            path = Path(self.url.database or "").absolute()
            return Connection(self._sqlite(path, patience, "ro" if self._read_only else "rw"), self.dialect, path)
        return Connection(self._postgresql(patience), self.dialect)

    def make(self) -> None:
        """Makes an SQLite file, with its write-ahead log, when there is none; else it only connects."""
        if self.is_sqlite:
            self._sqlite(Path(self.url.database or "").absolute(), self.patience, "rwc").close()
        else:
            self.connect().close()

    def _sqlite(self, path: Path, patience: float, mode: str) -> sqlite3.Connection:
        """``mode``: ``ro``, ``rw``, or ``rwc``, which alone makes the file: one that is lost is not made anew."""
        raw = sqlite3.connect(
            f"{path.as_uri()}?mode={mode}",
            timeout=patience,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=512,
            uri=True,
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

    def _postgresql(self, patience: float) -> Any:
        _, arguments = self.dialect.create_connect_args(self.url)
        return self.engine.dialect.loaded_dbapi.connect(
            **{"connect_timeout": max(2, int(patience)), "application_name": "ringback", **arguments}, autocommit=True
        )

    def is_passing(self, error: BaseException) -> bool:
        """Whether ``error`` is the database's trouble, which may pass (locked, full, gone), and not the statement's."""
        if isinstance(error, Unavailable):
            return True
        if isinstance(error, sqlite3.Error):
            return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF in _SQLITE_PASSING
        if self.is_sqlite:
            return False
        module = self.dialect.loaded_dbapi
        return (
            isinstance(error, (module.OperationalError, module.InterfaceError))
            or getattr(error, "sqlstate", None) == _STANDBY
        )

    def breaks(self, error: BaseException) -> bool:
        """Whether a passing ``error`` may have left the connection broken."""
        return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF not in _SQLITE_WHOLE

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
