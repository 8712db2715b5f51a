"""Outages that come and go: a full database that has room for what is small, and the lines of the log about it."""

import asyncio
import sqlite3

import pytest

from ringback.kernel.clock import ManualClock
from ringback.kernel.config import Settings
from ringback.kernel.errors import Unavailable
from ringback.store import outage, writer
from ringback.store.store import Store
from tests.store.conftest import OpenStore
from tests.store.outages import PATIENCE, Said
from tests.store.records import call, client

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Full:
    """A store whose database has no page left, and asking it for what needs many."""

    def __init__(self, store: Store, clock: ManualClock) -> None:
        self.store = store
        self.clock = clock
        self._over = asyncio.Event()
        store.database.when_over = lambda outage: self._over.set()

    async def limit(self, pages: int) -> None:
        def change(_: object) -> None:
            self._raw.execute(f"PRAGMA max_page_count={pages}").fetchone()

        await self.store.database.write(change)

    @property
    def _raw(self) -> sqlite3.Connection:
        connection = self.store.database._writing._committer._connection
        assert connection is not None
        raw: sqlite3.Connection = connection._raw
        return raw

    async def is_asked(self, times: int = 1) -> None:
        """Each time it is refused, an outage begins, and ends by itself."""
        for _ in range(times):
            self._over.clear()
            with pytest.raises(Unavailable, match="full"):
                await self.store.clients.insert(client("carol", friendly_name="x" * 300_000))
            async with asyncio.timeout(PATIENCE):
                await self._over.wait()


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Said:
    said = Said()
    monkeypatch.setattr(outage, "_log", said)
    monkeypatch.setattr(writer, "_PAUSE", 0.01)
    return said


@pytest.fixture
async def full(settings: Settings, open_store: OpenStore, said: Said) -> Full:
    clock = ManualClock()
    full = Full(await open_store(settings, clock), clock)
    await full.store.calls.insert(call())
    await full.limit(1)
    return full


async def test_they_are_told_of_ever_less_often(full: Full, said: Said) -> None:
    await full.is_asked(30)
    assert len(said.lines) == 2

    for untold, seconds in ((29, 60), (10, 120), (10, 240), (10, 480)):
        full.clock.advance(seconds + 1)
        await full.is_asked()
        assert f"so it was {untold} times before" in said.lines[-2]
        await full.is_asked(10)
    assert len(said.lines) == 10

    full.clock.advance(10_000)
    await full.is_asked(5)
    full.clock.advance(61)
    await full.is_asked()
    assert len(said.lines) == 14  # after a long peace it begins anew


async def test_one_that_goes_on_is_told_of(full: Full, said: Said) -> None:
    """Nothing was told of it when it began."""
    await full.is_asked(3)
    record = call(1, caller_name="x" * 300_000)
    await full.store.calls.put(record)
    await said.hear_more(2)
    assert "full" in said.lines[2]
    assert full.store.database.outage is not None

    await asyncio.to_thread(full._raw.execute, "PRAGMA max_page_count=1000000")
    await said.hear_more(3)
    assert said.lines[3].endswith("1 records were brought over")
    assert await full.store.calls.get(record.sid) == record
