"""The database takes nothing: calls go on and begin, customers are told of their end, and all is recorded."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from ringback.app import Ringback
from ringback.media.engine import Engine
from ringback.testing import CustomerServer, Phone, WasRefused
from tests.conftest import settings_for_tests
from tests.store.outages import fill, small_disk
from tests.stories.rest import Rest
from tests.stories.sounds import spoken

NUMBER = "+15557654321"
#: seconds that something may take which waits for the database
PATIENT = 40.0


@dataclass
class Place:
    """A server of its own on SQLite, a program, and a telephone."""

    server: Ringback
    api: Rest
    phone: Phone

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Another connection holds the database."""
        path = self.server.house.store.files.database
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            yield
            other.execute("ROLLBACK")

    async def metrics(self) -> Any:
        return (await self.api.get("Supervisor/metrics.json"))["Metrics"]

    async def journal(self, sid: str) -> list[Any]:
        return await asyncio.to_thread(lambda: list(self.server.house.journals.entries(sid)))

    async def is_refused(self, path: str, **form: str) -> None:
        reply = await self.api.ask("POST", path, form)
        assert (reply.status, reply.retry_after) == (503, "5")
        assert reply.json["message"].startswith("The database takes no changes at present (database is locked).")


@asynccontextmanager
async def opened(folder: Path, engine: Engine, customer: CustomerServer) -> AsyncIterator[Place]:
    settings = settings_for_tests(folder, **{"database_url": "", "outage.patience": 0.3})
    server = await Ringback.start(settings)
    api = Rest(server.house.own_url)
    sip = server.house.sip
    phone = await Phone.start(engine, server=f"{sip.host}:{sip.port}", sounds=customer.sounds)
    try:
        yield Place(server, api, phone)
    finally:
        await phone.close()
        await api.close()
        await server.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def place(tmp_path: Path, engine: Engine, customer: CustomerServer) -> AsyncIterator[Place]:
    async with opened(tmp_path / "data", engine, customer) as place:
        yield place


async def told_of_the_end(customer: CustomerServer) -> dict[str, str]:
    """What was sent when a call was announced as completed."""
    while True:
        told = await customer.is_asked("/over", within=PATIENT)
        if told.form["CallStatus"] == "completed":
            return dict(told.form)


async def test_calls_outlive_a_locked_database(place: Place, customer: CustomerServer) -> None:
    """One begins before, one during the outage; both are heard, and their ends told, while it lasts."""
    customer.sound("/prompt.wav", spoken(2.5, seed=21))
    url = customer.answers("/app", "<Response><Play>/prompt.wav</Play></Response>")
    await place.api.post(
        "IncomingPhoneNumbers.json", PhoneNumber=NUMBER, VoiceUrl=url, StatusCallback=customer.url("/over")
    )
    await place.api.post("Clients.json", Login="carol", Password="1234")
    over = asyncio.Event()
    place.server.house.store.database.when_over = lambda outage: over.set()
    ends = []

    call = await place.phone.dials(NUMBER)
    with place.locked():
        for _ in ("begun before", "begun now"):
            await call.hears_whole("/prompt.wav")
            assert (await call.is_hung_up()).cause == "bye"
            ends.append(await told_of_the_end(customer))
            if len(ends) == 1:
                call = await place.phone.dials(NUMBER)

        await place.is_refused("Clients.json", Login="dave", Password="1234")
        await place.is_refused("Calls.json", From="+1555", To=place.phone.uri, Url=url)
        with pytest.raises(WasRefused) as register:
            await place.phone.register("carol", "1234")
        assert register.value.status == 503
        metrics = await place.metrics()
        assert (metrics["DatabaseOutage"], metrics["RecordsInSpool"] >= 4) == (1, True)
        assert (await place.api.ask("GET", f"Calls/{ends[1]['CallSid']}.json")).status == 404  # it is on the disk

    async with asyncio.timeout(PATIENT):
        await over.wait()
    metrics = await place.metrics()
    assert (metrics["DatabaseOutage"], metrics["RecordsInSpool"]) == (0, 0)
    for end in ends:
        record = await place.api.call(end["CallSid"])
        assert (record["status"], record["direction"], record["to"]) == ("completed", "inbound", NUMBER)
        ended, started = (datetime.fromisoformat(record[name]) for name in ("end_time", "start_time"))
        assert record["duration"] == int(end["CallDuration"]) == int((ended - started).total_seconds())
        assert record["duration"] >= 2  # the prompt, at least
    assert len((await place.api.get("Calls.json"))["calls"]) == 2
    assert len([told for told in customer.all_asked("/over") if told.form["CallStatus"] == "completed"]) == 2
    await place.phone.register("carol", "1234")


async def test_calls_outlive_a_full_disk(tmp_path: Path, engine: Engine, customer: CustomerServer) -> None:
    """Everything that the server keeps is on it: database, spool, journals, sounds."""
    customer.sound("/prompt.wav", spoken(1.5, seed=22))
    url = customer.answers("/app", "<Response><Play>/prompt.wav</Play></Response>")
    with small_disk(tmp_path / "disk", "40m") as disk:
        async with opened(disk / "data", engine, customer) as place:
            over = asyncio.Event()
            place.server.house.store.database.when_over = lambda outage: over.set()
            await place.api.post(
                "IncomingPhoneNumbers.json", PhoneNumber=NUMBER, VoiceUrl=url, StatusCallback=customer.url("/over")
            )
            ends = []
            for full in (False, True):
                if full:
                    await asyncio.to_thread(fill, disk / "filler")
                call = await place.phone.dials(NUMBER)
                await call.hears_whole("/prompt.wav")
                assert (await call.is_hung_up()).cause == "bye"
                ends.append(await told_of_the_end(customer))
            assert (await place.metrics())["DatabaseOutage"] == 1
            (disk / "filler").unlink()

            async with asyncio.timeout(PATIENT):
                await over.wait()
                for end in ends:
                    assert (await place.api.call(end["CallSid"]))["status"] == "completed"
                    while not await place.journal(end["CallSid"]):  # noqa: ASYNC110 (they are tried again each second)
                        await asyncio.sleep(0.05)
