"""SIPp as a phone that we did not write: it registers, is called, is busy, and calls; over UDP and over TCP."""

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
import pytest_asyncio

from ringback.app import Ringback
from ringback.testing import CustomerServer
from ringback.testing.recognise import KnownSound, find
from ringback.testing.samples import samples_of
from tests.conftest import MakeClient, MakeNumber
from tests.interop.audio_port import AudioPort
from tests.interop.programs import Program, running
from tests.stories.ports import free_port, until_bound
from tests.stories.rest import Rest
from tests.stories.sounds import spoken

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.interop,
    pytest.mark.skipif(shutil.which("sipp") is None, reason="SIPp (Debian: sip-tester) is not installed"),
]
SCENARIOS = Path(__file__).parent / "sipp"
PROMPT = spoken(1.5, seed=20)
Sipp = Callable[..., AbstractAsyncContextManager[Program]]


@pytest.fixture
def sipp(ringback: Ringback, tmp_path: Path) -> Sipp:
    """Starts SIPp with one of our scenarios, for one call."""

    def start(scenario: str, port: int, transport: str = "udp", **keys: object) -> AbstractAsyncContextManager[Program]:
        words = [word for name, value in keys.items() for word in ("-key", name, str(value))]
        return running(
            "sipp",
            f"127.0.0.1:{ringback.house.sip.port}",
            *("-sf", str(SCENARIOS / f"{scenario}.xml"), "-i", "127.0.0.1", "-p", str(port)),
            *("-t", "t1" if transport == "tcp" else "u1", "-m", "1", "-nostdin", "-timeout", "15s"),
            *("-au", str(keys.get("login", "")), "-ap", "1234"),
            *("-timeout_error", "-trace_err", "-error_file", "errors.txt"),
            *words,
            folder=tmp_path,
        )

    return start


@pytest_asyncio.fixture(loop_scope="session")
async def audio() -> AsyncIterator[AudioPort]:
    port = await AudioPort.open()
    yield port
    port.close()


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_it_registers_and_is_called(
    sipp: Sipp,
    audio: AudioPort,
    new_client: MakeClient,
    api: Rest,
    customer: CustomerServer,
    ringback: Ringback,
    transport: str,
) -> None:
    """The curl call rings the registered contact; the prompt arrives as A-law, whole."""
    login, port = await new_client(), free_port()
    async with sipp("register", port, transport, login=login) as phone:
        await phone.ends_well(10)
    assert len(await ringback.house.store.registrations.bindings_of(login)) == 1
    customer.sound("/prompt.wav", PROMPT)
    url = customer.answers("/app", "<Response><Play>/prompt.wav</Play></Response>")
    async with sipp("called", port, transport, rtp=audio.port) as phone:
        await until_bound(port, transport)
        sid = await api.calls(f"client:{login}", url)
        await phone.ends_well(15)
    await api.call_is(sid, "completed")
    assert {kind for _, _, kind, _ in audio.packets} == {8}
    hearing = find(KnownSound(samples_of(PROMPT)), audio.heard())
    assert hearing is not None
    assert hearing.whole, str(hearing)


async def test_it_is_busy(sipp: Sipp, api: Rest, customer: CustomerServer) -> None:
    port = free_port()
    async with sipp("busy", port) as phone:
        await until_bound(port, "udp")
        sid = await api.calls(f"sip:sipp@127.0.0.1:{port}", customer.url("/app"))
        await phone.ends_well(15)
    await api.call_is(sid, "busy")


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_it_calls_hears_and_presses_a_key(
    sipp: Sipp, audio: AudioPort, new_number: MakeNumber, customer: CustomerServer, transport: str
) -> None:
    customer.sound("/long.wav", spoken(20, seed=21))
    customer.sound("/prompt.wav", PROMPT)
    customer.answers("/chosen", "<Response><Play>/prompt.wav</Play></Response>")
    number = await new_number(
        customer.answers(
            "/menu", '<Response><Gather numDigits="1" action="/chosen"><Play>/long.wav</Play></Gather></Response>'
        )
    )
    async with sipp("caller", free_port(), transport, rtp=audio.port, number=number) as phone:
        assert (await customer.is_asked("/chosen")).form["Digits"] == "5"
        await phone.ends_well(15)
    heard = audio.heard()
    long = find(KnownSound(samples_of(customer.sounds["/long.wav"])), heard)
    prompt = find(KnownSound(samples_of(PROMPT)), heard)
    assert long is not None
    assert prompt is not None
    assert 0.8 < long.seconds < 2.5
    assert prompt.whole, str(prompt)
