"""The writer: too much is refused, a bad change fails alone, and what is queued is committed at the end."""

import asyncio

import pytest

from ringback.kernel.config import Settings
from ringback.kernel.errors import Unavailable
from ringback.store import writer
from ringback.store.store import Store
from ringback.store.where import equal
from ringback.store.writing import Writing
from tests.store.conftest import OpenStore
from tests.store.records import ACCOUNT, Log, call, client

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


async def kept(store: Store) -> int:
    return await store.calls.count(equal("account_sid", ACCOUNT))


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
