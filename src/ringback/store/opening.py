"""Opening the database: migrations first, and a clear word for whatever makes it impossible."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from ringback.kernel.clock import Clock
from ringback.kernel.config import Settings
from ringback.kernel.errors import SettingError
from ringback.store.database import Database
from ringback.store.driver import Driver
from ringback.store.files import Files
from ringback.store.migrations import check, migrate, revision
from ringback.store.spool import Spool


def database_url(settings: Settings, files: Files) -> str:
    """The setting, or SQLite in the data directory."""
    return settings.database_url or f"sqlite:///{files.database}"


async def open_database(settings: Settings, files: Files, clock: Clock, *, read_only: bool = False) -> Database:
    """The database with the newest schema. Raises `SettingError`."""
    driver = Driver(database_url(settings, files), read_only=read_only, patience=settings.outage.patience)
    try:
        with _explaining(driver):
            await asyncio.to_thread(_check if read_only else migrate, driver)
            return Database(driver, clock, None if read_only else Spool(files.spool, settings.outage.spool_bytes))
    finally:
        driver.engine.dispose()


async def start_database(database: Database) -> None:
    """Brings over what the last run left in the spool; then changes are taken. Raises `SettingError`."""
    with _explaining(database.driver):
        await database.start()


@contextmanager
def _explaining(driver: Driver) -> Iterator[None]:
    try:
        yield
    except (DBAPIError, sqlite3.Error, driver.dialect.loaded_dbapi.Error) as error:
        raise SettingError(_explained(driver, error)) from error


def _check(driver: Driver) -> None:
    with driver.engine.connect() as connection:
        present = revision(connection)
    if present is None:
        raise SettingError(f"database_url: {_shown(driver)} holds no tables yet; start the server once")
    check(present)


def _explained(driver: Driver, error: Exception) -> str:
    cause = error.orig if isinstance(error, DBAPIError) else error
    text = str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
    advice = "name a file that can be written" if driver.is_sqlite else "check that the server runs and lets us in"
    if "not a database" in text or "malformed" in text:
        advice = "the file is damaged or no database: put a backup in its place, or move it away to begin anew"
    return f"database_url: {_shown(driver)} cannot be used ({text}); {advice}"


def _shown(driver: Driver) -> str:
    return driver.url.render_as_string(hide_password=True)
