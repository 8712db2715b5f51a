"""The writer in trouble: locked, full and lost databases cost nothing but time; too much is refused; order is kept."""

import asyncio
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from ringback.kernel.config import Settings
from ringback.kernel.errors import Unavailable
from ringback.store import writer
from ringback.store.store import Store
from ringback.store.where import equal
from ringback.store.writer import Writing
from tests.store.conftest import OpenStore, settings_for
from tests.store.postgresql import PostgreSQL
from tests.store.records import ACCOUNT, Log, call, client

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Log:
    log = Log()
    monkeypatch.setattr(writer, "_log", log)
    return log


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "_PAUSE", 0.01)
    monkeypatch.setattr("ringback.store.driver._PATIENCE", 1.0)


async def kept(store: Store) -> int:
    return await store.calls.count(equal("account_sid", ACCOUNT))


@on_sqlite
async def test_a_locked_database_costs_time_alone(
    settings: Settings, open_store: OpenStore, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ringback.store.driver._PATIENCE", 0.01)
    monkeypatch.setattr(writer, "_GIVE_UP", 0.1)
    store = await open_store()
    with closing(sqlite3.connect(store.files.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        records = [call(second) for second in range(3)]
        futures = [store.calls.put(record) for record in records]
        with pytest.raises(Unavailable, match="takes no changes at present"):
            await store.clients.insert(client("carol"))
        assert not any(future.done() for future in futures)
        assert await store.calls.get(records[0].sid) is None  # reading goes on
        other.execute("ROLLBACK")
    await asyncio.gather(*futures)

    assert await kept(store) == 3
    assert log.said == ["the database is in trouble; changes wait in memory", "the database takes changes again"]


@on_sqlite
async def test_a_full_disk_costs_time_alone(store: Store, log: Log) -> None:
    def limit_pages(writing: Writing, pages: int) -> Any:
        return writing._connection._raw.execute(f"PRAGMA max_page_count={pages}").fetchone()

    ((most,),) = await store.database.write(lambda writing: limit_pages(writing, 1))
    records = [call(second, caller_name="x" * 1000) for second in range(200)]
    futures = [store.calls.put(record) for record in records]
    await asyncio.to_thread(log.spoke.wait, 10)
    assert not futures[-1].done()

    with closing(sqlite3.connect(store.files.database)):
        thread_connection = store.database._writing._connection
        assert thread_connection is not None
        thread_connection._raw.execute(f"PRAGMA max_page_count={most + 10_000}")
    await asyncio.gather(*futures)

    assert await kept(store) == 200
    assert log.said == ["the database is in trouble; changes wait in memory", "the database takes changes again"]


@on_postgresql
async def test_a_lost_server_costs_time_alone(
    postgresql: PostgreSQL, settings: Settings, open_store: OpenStore, log: Log
) -> None:
    store = await open_store()
    before = call(0)
    await store.calls.insert(before)
    await asyncio.to_thread(postgresql.pause)
    try:
        futures = [store.calls.put(call(second)) for second in range(1, 4)]
        futures.append(store.calls.amend(before.sid, status="completed"))
        with pytest.raises(Unavailable, match="does not answer"):
            await store.calls.get(before.sid)
        await asyncio.to_thread(log.spoke.wait, 10)
    finally:
        await asyncio.to_thread(postgresql.resume)
    await asyncio.gather(*futures)

    assert await kept(store) == 4
    assert (await store.calls.get(before.sid)).status == "completed"  # type: ignore[union-attr]
    assert log.said == ["the database is in trouble; changes wait in memory", "the database takes changes again"]


@on_sqlite
async def test_writers_wait_for_room_and_the_rest_is_refused(
    settings: Settings, open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "ROOM", 5)
    monkeypatch.setattr(writer, "HARD_LIMIT", 8)
    store = await open_store()

    futures = [store.calls.put(call(second)) for second in range(6)]
    waiting = asyncio.ensure_future(store.clients.insert(client("carol")))
    await asyncio.sleep(0)
    assert store.database.waiting == 6
    futures += [store.calls.put(call(second)) for second in range(6, 8)]
    with pytest.raises(Unavailable, match="cannot keep up"):
        store.calls.put(call(9))
    await waiting

    assert all(future.done() for future in futures)
    assert await kept(store) == 8


@on_sqlite
async def test_closing_commits_what_is_queued(settings: Settings, open_store: OpenStore) -> None:
    store = await open_store()
    for second in range(2500):
        store.calls.put(call(second))

    await store.close()

    assert await kept(await open_store()) == 2500


async def test_who_stops_waiting_does_not_harm_the_others(store: Store) -> None:
    waiting = asyncio.ensure_future(store.calls.insert(call(1)))
    await asyncio.sleep(0)
    waiting.cancel()

    await store.calls.insert(call(2))

    assert await kept(store) == 2


async def test_a_record_that_cannot_be_kept_is_logged(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody awaits a queued record, so its failure must not pass in silence."""
    log = Log()
    monkeypatch.setattr("ringback.store.rows._log", log)
    record = call()
    store.calls.put(record)
    store.calls.put(record)

    await store.calls.insert(call(1))

    assert log.said == ["a record was not kept"]


async def test_a_change_that_breaks_is_told_and_alone(store: Store) -> None:
    def broken(_: Writing) -> None:
        raise ZeroDivisionError

    results = await asyncio.gather(
        store.calls.insert(call(1)), store.database.write(broken), store.calls.insert(call(2)), return_exceptions=True
    )

    assert [type(result) for result in results] == [type(None), ZeroDivisionError, type(None)]
    assert await kept(store) == 2


async def test_a_database_gone_for_good_does_not_hold_up_the_end(
    tmp_path: Any, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ringback.store.driver._PATIENCE", 0.01)
    monkeypatch.setattr(writer, "_GIVE_UP", 0.1)
    store = await Store.open(settings_for(tmp_path))
    with closing(sqlite3.connect(store.files.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        lost = store.calls.put(call())
        await asyncio.wait_for(store.close(), 5)

    with pytest.raises(Unavailable):
        await lost
    assert "changes are lost: the database is in trouble at the end" in log.said
