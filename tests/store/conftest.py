"""The store's tests run on SQLite and on a real PostgreSQL server alike."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ringback.kernel.clock import Clock
from ringback.kernel.config import Settings, load_settings
from ringback.store.driver import Driver
from ringback.store.files import Files
from ringback.store.migrations import migrate
from ringback.store.store import Store
from tests.store.postgresql import PostgreSQL

OpenStore = Callable[..., Awaitable[Store]]


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    server = PostgreSQL.start()
    yield server
    server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Empty: SQLite in the data directory."""
    return "" if request.param == "sqlite" else str(request.getfixturevalue("postgresql").migrated())


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file that has the newest schema and no rows: copying it is quicker than making it."""
    path = tmp_path_factory.mktemp("migrated") / "ringback.db"
    driver = Driver(f"sqlite:///{path}")
    migrate(driver)
    driver.engine.dispose()
    return path


@pytest.fixture
def settings(tmp_path: Path, database_url: str, migrated_file: Path) -> Settings:
    settings = settings_for(tmp_path / "data", database_url)
    if not database_url:
        settings.data_dir.mkdir()
        shutil.copy(migrated_file, Files(settings.data_dir).database)
    return settings


def settings_for(folder: Path, database_url: str = "", **options: Any) -> Settings:
    given = {"data_dir": str(folder), "database_url": database_url, **options}
    return load_settings(environment={}, options=given)


@pytest.fixture
async def open_store(settings: Settings) -> AsyncIterator[OpenStore]:
    """Opens stores on the same database; what is still open at the end is closed."""
    opened: list[Store] = []

    async def open_one(other: Settings | None = None, clock: Clock | None = None, *, read_only: bool = False) -> Store:
        opened.append(await Store.open(other or settings, clock, read_only=read_only))
        return opened[-1]

    yield open_one
    for store in reversed(opened):
        await store.close()


@pytest.fixture
async def store(open_store: OpenStore) -> Store:
    return await open_store()
