"""A connection to the database: it commits by itself until BEGIN, and is alike for both databases."""

import math
import os
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy.engine import Dialect

from ringback.store.prepared import Prepared
from ringback.store.text import storable

_END = "SELECT pg_terminate_backend(pid, %s) FROM pg_stat_activity WHERE pid = %s AND backend_start = %s"


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
    """One connection, used by one thread at a time, but for `cut_when_silent`. ``path``: the file of SQLite."""

    def __init__(self, raw: Any, dialect: Dialect, path: Path | None = None) -> None:
        self._raw = raw
        self._dialect = dialect
        self._cursor: Cursor = raw.cursor()
        self._pipeline: Any = None
        self._path = path
        self._file = _file_at(path)
        #: since when an answer is waited for (monotonic seconds); infinity: none is
        self._asked_at = math.inf
        self._was_cut = False

    @property
    def was_cut(self) -> bool:
        return self._was_cut

    def identity(self) -> tuple[Any, ...] | None:
        """What tells PostgreSQL's process of this connection from every other."""
        if self._path is not None:
            return None
        self.say("SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()")
        return tuple(self._cursor.fetchall()[0])

    def end_other(self, identity: tuple[Any, ...], patience: float) -> bool:
        """Ends PostgreSQL's process of a connection that broke: it commits nothing any more. False: it lives on.

        A server that was silent still has our COMMIT before it, and would act on it as soon as it wakes.
        """
        self._cursor.execute(_END, (round(1000 * patience), *identity))
        return all(ended for (ended,) in self._cursor.fetchall())

    def is_stale(self) -> bool:
        """Whether SQLite's file is no longer the one that was opened: what is written would be lost with it."""
        return self._path is not None and _file_at(self._path) != self._file

    def be_patient(self, patience: float) -> None:
        """SQLite waits so many seconds for locks from here on."""
        if self._path is not None:
            self.say(f"PRAGMA busy_timeout = {round(1000 * patience)}")

    def cut_when_silent(self, patience: float) -> None:
        """Ends the wait for an answer that has lasted so many seconds, with an error in the thread that waits.

        A server that was stopped, or a network that swallows everything, says nothing that would end it otherwise.
        """
        if self._path is not None or time.monotonic() - self._asked_at <= patience:
            return
        self._was_cut = True
        try:
            with socket.socket(fileno=os.dup(self._raw.fileno())) as wire:
                wire.shutdown(socket.SHUT_RDWR)
        except Exception:  # it is closed already
            pass

    @contextmanager
    def pipelined(self) -> Iterator[None]:
        """What is asked inside is sent without waiting for what came before, where the driver can.

        Raises the first error of a statement at the end.
        """
        if self._dialect.name != "postgresql":
            yield
            return
        self._asked_at = time.monotonic()
        try:
            with self._raw.pipeline() as self._pipeline:
                try:
                    yield
                    self._pipeline.sync()
                finally:
                    self._pipeline = None
        finally:
            self._asked_at = math.inf

    def ask(self, statement: Prepared, parameters: Mapping[str, Any]) -> Outcome:
        """Runs ``statement`` after those before it; what it gave may be looked at when the pipeline has ended."""
        if self._pipeline is None:
            return self._run(statement, parameters)
        self._asked_at = time.monotonic()
        cursor = self._raw.cursor()
        cursor.execute(*statement.call(self._dialect, storable(parameters)))
        return Outcome(cursor, known=False)

    def rows(self, statement: Prepared, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Runs ``statement``; its rows, when it has any."""
        return self._run(statement, parameters).rows

    def run(self, statement: Prepared, parameters: Mapping[str, Any]) -> int:
        """Runs ``statement``; how many rows it changed."""
        return self._run(statement, parameters).count

    def _run(self, statement: Prepared, parameters: Mapping[str, Any]) -> Outcome:
        self._asked_at = time.monotonic()
        try:
            self._cursor.execute(*statement.call(self._dialect, storable(parameters)))
            if self._pipeline is not None:
                self._pipeline.sync()
            return Outcome(self._cursor, known=True)
        finally:
            self._asked_at = math.inf

    def run_each(self, statement: Prepared, parameters: Sequence[Mapping[str, Any]]) -> None:
        """Runs ``statement``, which has no constants, once for each of ``parameters``."""
        self._asked_at = time.monotonic()
        try:
            self._cursor.executemany(statement.compiled(self._dialect)[0], [storable(row) for row in parameters])
        finally:
            self._asked_at = math.inf

    def say(self, text: str) -> None:
        """Runs a command: BEGIN, COMMIT …"""
        self._asked_at = time.monotonic()
        try:
            self._cursor.execute(text)
        finally:
            self._asked_at = math.inf

    def close(self) -> None:
        self._raw.close()

    def drop(self) -> None:
        """Closes a connection that may be broken."""
        try:
            self._raw.close()
        except Exception:
            pass


def _file_at(path: Path | None) -> tuple[int, int] | None:
    """What tells a file from another of the same name."""
    try:
        found = os.stat(path) if path is not None else None
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if found is not None else None
