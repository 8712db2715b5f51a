"""SIGTERM drains: no new calls, live ones go on to their end or a limit, records are complete; a second one stops."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from ringback.kernel.config import load_settings
from ringback.media.engine import Engine
from ringback.store.store import Store
from ringback.testing import CustomerServer, Phone, WasRefused
from tests.stories.ports import free_port
from tests.stories.rest import Rest
from tests.stories.sounds import spoken


class Served:
    """A `ringback serve` process of our own."""

    def __init__(self, folder: Path, drain_timeout: float) -> None:
        self.http, self.sip = free_port(), free_port()
        self.environment = {
            "PATH": "/usr/bin:/bin",
            "RINGBACK_HTTP_PORT": str(self.http),
            "RINGBACK_SIP_PORT": str(self.sip),
            "RINGBACK_MEDIA_FIRST_PORT": "0",
            "RINGBACK_MEDIA_PORTS": "4",
            "RINGBACK_MEDIA_WORKERS": "1",
            "RINGBACK_DATA_DIR": str(folder),
            "RINGBACK_CALLS_DRAIN_TIMEOUT": str(drain_timeout),
        }
        self.output = ""

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "ringback.cli",
            "serve",
            env=self.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        assert self.process.stdout is not None
        async with asyncio.timeout(20):
            while str(self.sip) not in self.output or "curl" not in self.output:
                line = await self.process.stdout.readline()
                self.output += line.decode()
                assert line, f"it ended: {self.output}"

    async def ends(self, within: float) -> int:
        assert self.process.stdout is not None
        async with asyncio.timeout(within):
            self.output += (await self.process.stdout.read()).decode()
            return await self.process.wait()

    async def record(self, sid: str) -> str | None:
        """What the database says of a call after everything ended."""
        store = await Store.open(load_settings(environment=self.environment))
        try:
            call = await store.calls.get(sid)
            return None if call is None else call.status
        finally:
            await store.close()


@pytest_asyncio.fixture(loop_scope="session")
async def served(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Served]:
    served = Served(tmp_path, getattr(request, "param", 10.0))
    await served.start()
    yield served
    with contextlib.suppress(ProcessLookupError):
        served.process.kill()
    await served.process.wait()


@pytest_asyncio.fixture(loop_scope="session")
async def caller(served: Served, engine: Engine, customer: CustomerServer) -> AsyncIterator[Phone]:
    phone = await Phone.start(engine, server=f"127.0.0.1:{served.sip}", sounds=customer.sounds)
    yield phone
    await phone.close()


async def dial_long_prompt(caller: Phone, served: Served, customer: CustomerServer, seconds: float) -> str:
    """A live call; its SID."""
    customer.sound("/long.wav", spoken(seconds, seed=14))
    customer.answers("/app", "<Response><Play>/long.wav</Play></Response>")
    api = Rest(f"http://127.0.0.1:{served.http}")
    try:
        await api.post("IncomingPhoneNumbers.json", PhoneNumber="+15550001111", VoiceUrl=customer.url("/app"))
    finally:
        await api.close()
    call = await caller.dials("+15550001111")
    await call.hears("/long.wav")
    return (await customer.is_asked("/app")).form["CallSid"]


async def test_a_live_call_ends_by_itself_and_no_new_one_begins(
    served: Served, caller: Phone, customer: CustomerServer
) -> None:
    sid = await dial_long_prompt(caller, served, customer, seconds=3)
    call = caller.calls[-1]
    served.process.send_signal(signal.SIGTERM)
    await asyncio.sleep(0.3)
    with pytest.raises(WasRefused, match="503"):
        await caller.dials("+15550001111")
    assert call.is_up
    assert (await call.is_hung_up(within=8)).cause == "bye"
    assert await served.ends(within=10) == 0
    assert "Traceback" not in served.output
    assert await served.record(sid) == "completed"


@pytest.mark.parametrize("served", [1.0], indirect=True)
async def test_the_limit_ends_what_still_lives(served: Served, caller: Phone, customer: CustomerServer) -> None:
    sid = await dial_long_prompt(caller, served, customer, seconds=60)
    served.process.send_signal(signal.SIGTERM)
    assert (await caller.calls[-1].is_hung_up(within=6)).cause == "bye"
    assert await served.ends(within=10) == 0
    assert await served.record(sid) == "completed"


async def test_a_second_signal_stops_at_once(served: Served, caller: Phone, customer: CustomerServer) -> None:
    sid = await dial_long_prompt(caller, served, customer, seconds=60)
    served.process.send_signal(signal.SIGTERM)
    await asyncio.sleep(0.3)
    served.process.send_signal(signal.SIGTERM)
    await served.ends(within=8)
    assert (await caller.calls[-1].is_hung_up(within=3)).by_remote
    assert await served.record(sid) == "completed"


async def test_without_calls_it_ends_at_once(served: Served) -> None:
    served.process.send_signal(signal.SIGTERM)
    assert await served.ends(within=5) == 0
    assert "Traceback" not in served.output
