"""The database takes nothing: calls go on and begin, customers are told of their end, and all is recorded."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ringback.app import Ringback
from ringback.testing import CustomerServer, Phone, WasRefused
from tests.conftest import MakeClient, MakeNumber
from tests.stories.rest import Rest
from tests.stories.sounds import spoken

#: seconds that something may take which waits for SQLite's patience with a lock
PATIENT = 40.0


_HOLDER = """
import sqlite3, sys
other = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)
other.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.read()
"""


@asynccontextmanager
async def locked(file: Path) -> AsyncIterator[None]:
    """Another process holds the write lock of the SQLite ``file``."""
    pipe = asyncio.subprocess.PIPE
    holder = await asyncio.create_subprocess_exec(sys.executable, "-c", _HOLDER, file, stdin=pipe, stdout=pipe)
    assert holder.stdin is not None
    assert holder.stdout is not None
    try:
        assert (await holder.stdout.readline()).strip() == b"locked"
        yield
    finally:
        holder.stdin.close()
        await holder.wait()


async def told_of_the_end(customer: CustomerServer) -> str:
    """The SID of the call that was announced as completed."""
    while True:
        told = await customer.is_asked("/over", within=PATIENT)
        if told.form["CallStatus"] == "completed":
            return told.form["CallSid"]


async def test_calls_outlive_a_locked_database(
    phone: Phone,
    customer: CustomerServer,
    new_client: MakeClient,
    new_number: MakeNumber,
    api: Rest,
    ringback: Ringback,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    customer.sound("/prompt.wav", spoken(2.5, seed=21))
    url = customer.answers("/app", "<Response><Play>/prompt.wav</Play><Hangup/></Response>")
    number = await new_number(url, StatusCallback=customer.url("/over"))
    login = await new_client("1234")
    sids = []
    over = asyncio.Event()
    monkeypatch.setattr(ringback.house.store.database, "when_over", lambda _outage: over.set())

    call = await phone.dials(number)
    async with locked(ringback.house.store.files.database):
        await call.hears_whole("/prompt.wav")
        await call.is_hung_up()
        sids.append(await told_of_the_end(customer))
        assert ringback.house.store.database.outage is not None

        another = await phone.dials(number)
        await another.hears_whole("/prompt.wav")
        await another.is_hung_up()
        sids.append(await told_of_the_end(customer))

        refused = await api.ask("POST", "Clients.json", {"Login": "nobody", "Password": "1234"})
        assert refused.status == 503
        assert "The database takes no changes at present" in refused.json["message"]
        placed = await api.ask("POST", "Calls.json", {"From": "1", "To": "sip:x@127.0.0.1:9", "Url": url})
        assert placed.status == 503
        assert (await api.ask("GET", "Calls.json")).status == 200
        with pytest.raises(WasRefused) as register:
            await phone.register(login, "1234")
        assert register.value.status == 503

    async with asyncio.timeout(PATIENT):
        await over.wait()
    await phone.register(login, "1234")
    for sid in sids:
        record = await api.call_is(sid, "completed")
        assert record["duration"] >= 2
