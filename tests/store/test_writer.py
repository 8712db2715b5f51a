"""The writer: too much is refused, a bad change fails alone, and what is queued is committed at the end."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from ringback.kernel.config import Settings
from ringback.kernel.errors import Unavailable
from ringback.store import writer
from ringback.store.outage import Outage
from ringback.store.store import Store
from ringback.store.unit import Unit
from ringback.store.where import equal
from ringback.store.writing import Entry, Writing
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


@on_sqlite
async def test_what_nobody_foresaw_costs_one_group(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the writer's thread meets it: who waits is told, the log says it, and the thread goes on."""
    log = Log()
    monkeypatch.setattr(writer, "_log", log)
    for part, name in ((store.database._writing._flaps, "begins"), (store.database._writing._shelter, "put_by")):
        with monkeypatch.context() as patched:
            patched.setattr(store.database._committer, "commit", _broken)
            patched.setattr(part, name, _broken)
            with pytest.raises(ZeroDivisionError):
                await store.calls.put(call(1))
            assert store.database.waiting == 0
        assert log.said.pop() == "changes failed for a reason that was not foreseen"
        async with asyncio.timeout(60):
            while store.database.outage is not None:  # noqa: ASYNC110 (it ends by itself: the database is well)
                await asyncio.sleep(0.01)

    await store.calls.insert(call(2))

    assert await kept(store) == 1


def _broken(*_: object, **__: object) -> None:
    raise ZeroDivisionError


async def test_a_connection_that_is_used_up_is_replaced(store: Store) -> None:
    """The driver's error is none of those that say that the database is in trouble."""
    await store.calls.insert(call(1))
    committer = store.database._committer
    assert committer is not None
    assert committer._connection is not None
    await asyncio.to_thread(committer._connection._raw.close)

    await store.calls.insert(call(2))

    assert await kept(store) == 2


@on_sqlite
async def test_a_record_that_no_file_can_hold_fails_alone(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    good, bad = call(1), call(2)
    shelter = store.database._writing._shelter
    append = shelter.spool.append

    def appended(number: int, units: Sequence[Sequence[Entry]]) -> None:
        if any(entry.values["sid"] == bad.sid for unit in units for entry in unit):
            raise OverflowError
        append(number, units)

    monkeypatch.setattr(shelter.spool, "append", appended)
    units = [Unit([store.calls.inserting(record)], recorded=True) for record in (good, bad, call(3))]
    outage = Outage(shelter.spool, "a test", store.database.clock)

    assert shelter.put_by(units, 1_000_000, outage, doubtful=False) == units
    assert [type(unit.error) for unit in units] == [type(None), OverflowError, type(None)]
    assert shelter.count == shelter.spool.count == 2
    await store.close()


async def test_a_dead_writer_leaves_nobody_waiting(
    settings: Settings, open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Log()
    monkeypatch.setattr(writer, "_log", log)
    store = await open_store()
    writing = store.database._writing
    take, dying = writing._queue.take, threading.Event()

    def fatal(most: int, timeout: float | None) -> list[Unit] | None:
        take(most, timeout)
        dying.wait(60)
        raise SystemExit("a test")

    monkeypatch.setattr(writing._queue, "take", fatal)
    await store.calls.insert(call(1))  # the thread waits in the true one
    waiting = [store.calls.put(call(2)), asyncio.ensure_future(store.clients.insert(client("carol")))]
    await asyncio.sleep(0)
    dying.set()

    async with asyncio.timeout(60):
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    outcomes += await asyncio.gather(
        store.calls.put(call(3)), store.clients.insert(client("carol")), return_exceptions=True
    )

    assert [type(outcome) for outcome in outcomes] == [Unavailable] * 4
    assert {str(outcome) for outcome in outcomes} == {
        "Nothing is written to the database any more (a test): restart the server."
    }
    assert store.database.waiting == 0
    async with asyncio.timeout(60):
        await asyncio.to_thread(log.spoke.wait)
    assert log.said == ["nothing is written to the database any more: restart the server"]
