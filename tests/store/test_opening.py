"""Opening the store: what makes it impossible is said in words that help; the schema is what the records need."""

import asyncio
import importlib
import sqlite3
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, delete, select, text

from ringback.kernel.config import Settings
from ringback.kernel.errors import SettingError
from ringback.store.counts import COUNTS
from ringback.store.driver import Driver
from ringback.store.migrations import migrate, newest
from ringback.store.opening import database_url
from ringback.store.prepared import Prepared
from ringback.store.store import Store
from ringback.store.table import METADATA
from tests.store.conftest import OpenStore, settings_for
from tests.store.postgresql import PostgreSQL
from tests.store.records import at, call, client

_OF_VALUES = COUNTS.c.kind.like("calls.to%") | COUNTS.c.kind.like("calls.from%")
_COUNTED = select(COUNTS).where(_OF_VALUES, COUNTS.c.n > 0)


async def test_what_was_kept_is_there_after_a_restart(open_store: OpenStore) -> None:
    store = await open_store()
    record = client("carol")
    await store.clients.insert(record)
    secret = store.secret("digest")
    await store.close()

    store = await open_store()

    assert await store.clients.get(record.sid) == record
    assert store.secret("digest") == secret
    assert len(secret) == 32
    assert store.secret("other") != secret


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
def test_the_migrations_make_what_the_records_need(settings: Settings, postgresql: PostgreSQL, tmp_path: Path) -> None:
    for url in (f"sqlite:///{tmp_path / 'new.db'}", postgresql.database()):
        driver = Driver(url)
        assert migrate(driver) == (None, newest())
        assert migrate(driver) == (newest(), newest())
        with driver.engine.connect() as connection:
            compared = MigrationContext.configure(connection, opts={"include_object": _can_be_compared})
            assert compare_metadata(compared, METADATA) == []
        driver.engine.dispose()


async def test_the_counts_are_made_for_the_calls_that_are_there(store: Store, settings: Settings) -> None:
    """What migration 0002 counts is what is counted as calls change."""
    for number, status in enumerate(["completed", "busy", "queued", "completed"]):
        await store.calls.insert(
            call(number, status=status, to="alice", from_=f"+1{number % 2}", start_time=at(number))
        )
    counted = await store.database.read(_COUNTED)
    await store.database.write(lambda writing: writing.run(Prepared(delete(COUNTS).where(_OF_VALUES)), {}))
    assert await store.database.read(_COUNTED) == []

    def count(connection: Connection) -> None:
        with Operations.context(MigrationContext.configure(connection)):
            for field in ("to", "from"):
                importlib.import_module("ringback.store.migrations.versions.0002_lists_of_calls")._count(field)

    with store.database.driver.engine.begin() as connection:
        count(connection)
    assert sorted(await store.database.read(_COUNTED)) == sorted(counted)


def _can_be_compared(_item: object, name: str | None, *_: object) -> bool:
    """SQLite does not tell of indexes of expressions."""
    return name not in ("calls_by_duration", "calls_by_price")


async def test_two_servers_on_one_data_directory_are_refused(store: Store, settings: Settings) -> None:
    with pytest.raises(SettingError, match=r"data_dir = .*another server uses it \(process \d+\).*RINGBACK_DATA_DIR"):
        await Store.open(settings)


async def test_a_killed_server_leaves_no_lock(settings: Settings, open_store: OpenStore) -> None:
    script = f"""
import os, sys
from pathlib import Path
from ringback.store.files import Files
from ringback.store.lock import Lock
files = Files(Path({str(settings.data_dir)!r}))
files.make()
lock = Lock(files.lock)
print("locked", flush=True)
sys.stdin.read()
"""
    pipe = asyncio.subprocess.PIPE
    other = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdin=pipe, stdout=pipe)
    assert other.stdout is not None
    assert await other.stdout.readline() == b"locked\n"
    with pytest.raises(SettingError, match=str(other.pid)):
        await Store.open(settings)
    other.kill()
    await other.wait()

    await open_store()


async def test_a_reader_works_beside_the_server(store: Store, open_store: OpenStore) -> None:
    await store.clients.insert(client("carol"))

    reader = await open_store(read_only=True)

    assert await reader.clients.count() == 1
    assert (await reader.clients.page()).total == 1
    assert await reader.clients.first(login="carol") is not None
    with pytest.raises(AssertionError, match="reading only"):
        await reader.clients.insert(client("dave"))


async def test_a_reader_of_nothing_is_told_so(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    with pytest.raises(SettingError, match=r"cannot be used|holds no tables"):
        await Store.open(settings, read_only=True)


async def test_a_newer_schema_is_refused(settings: Settings, open_store: OpenStore) -> None:
    store = await open_store()
    await store.close()
    driver = Driver(database_url(settings, store.files))
    with driver.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    try:
        with pytest.raises(SettingError, match=r"newer Ringback.*9999"):
            await Store.open(settings)
        await asyncio.sleep(0)
    finally:
        with driver.engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :newest"), {"newest": newest()})
        driver.engine.dispose()
    await open_store()


@pytest.mark.parametrize("content", [b"this is no database, but a text that is quite long" * 100, None])
async def test_a_damaged_database_is_named(tmp_path: Path, content: bytes | None) -> None:
    settings = settings_for(tmp_path)
    path = tmp_path / "ringback.db"
    if content is None:
        await (await Store.open(settings)).close()
        content = path.read_bytes()[:100] + b"\xff" * 8000
    path.write_bytes(content)

    with pytest.raises(SettingError, match=r"ringback.db.*(not a database|malformed).*backup"):
        await Store.open(settings)


async def test_a_data_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SettingError, match=r"data_dir = .*file/data.*cannot be written.*RINGBACK_DATA_DIR"):
        await Store.open(settings_for(tmp_path / "file" / "data"))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "no SQLAlchemy URL"),
        ("mysql://u:secret@h/d", r"mysql://u:\*\*\*@h/d.*write sqlite:///"),
        ("sqlite://", "write sqlite:///"),
        ("postgresql://nobody:secret@127.0.0.1:1/x", r"nobody:\*\*\*@127.0.0.1:1/x cannot be used .*check that"),
        ("sqlite:////proc/none/x.db", "unable to open database file.*can be written"),
    ],
)
async def test_a_database_that_cannot_be_opened_is_named(tmp_path: Path, url: str, said: str) -> None:
    with pytest.raises(SettingError, match=f"database_url.*{said}") as refusal:
        await Store.open(settings_for(tmp_path, url))
    assert "secret" not in str(refusal.value)


async def test_sqlite_is_durable(tmp_path: Path) -> None:
    """WAL, and each commit is on the disk before it is reported."""
    store = await Store.open(settings_for(tmp_path))

    ((mode, synchronous),) = await store.database.write(
        lambda writing: (_pragma(writing, "journal_mode"), _pragma(writing, "synchronous"))
    )

    assert (mode, synchronous) == ("wal", 2)
    await store.close()
    with sqlite3.connect(tmp_path / "ringback.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def _pragma(writing: object, name: str) -> object:
    return writing._connection._raw.execute(f"PRAGMA {name}").fetchone()[0]  # type: ignore[attr-defined]
