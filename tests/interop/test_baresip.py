"""baresip as a phone that we did not write: registers with digest as alice, is called by the curl call, dials 1234."""

import asyncio
import json
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ringback.app import Ringback
from ringback.testing import CustomerServer
from ringback.testing.recognise import Hearing, KnownSound, find
from ringback.testing.samples import samples_of
from tests.conftest import MakeNumber
from tests.interop.programs import Program, running
from tests.stories.ports import free_port, until_bound
from tests.stories.rest import Rest
from tests.stories.sounds import spoken

MODULES = next((path for path in Path("/usr/lib").glob("**/baresip/modules") if path.is_dir()), None)
pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.interop,
    pytest.mark.skipif(
        shutil.which("baresip") is None or MODULES is None, reason="baresip (Debian: baresip-core) is not installed"
    ),
]
#: sound that its jitter buffer may swallow at the beginning and at the end, and its resampling none
MISSING_MS = 100
CONFIG = """\
poll_method epoll
sip_listen 127.0.0.1:{port}
call_max_calls 4
audio_source aufile,{folder}/said.wav
audio_player aubridge,nil
audio_alert aubridge,nil
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
audio_buffer 20-160
rtp_ports {rtp}-{rtp_end}
jitter_buffer_delay 2-4
module_path {modules}
module g711.so
module aubridge.so
module aufile.so
module sndfile.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{control}
snd_path {folder}
"""


class Baresip:
    """baresip as alice; it answers by itself. ``program.output`` is there when it has ended."""

    def __init__(self, folder: Path, server: str) -> None:
        self.folder = folder
        self.server = server
        self.program: Program
        self._control = free_port()

    @asynccontextmanager
    async def runs(self, password: str = "1234") -> AsyncIterator[None]:
        """Until the block ends."""
        rtp = free_port() // 2 * 2
        config = CONFIG.format(
            port=free_port(), rtp=rtp, rtp_end=rtp + 20, modules=MODULES, folder=self.folder, control=self._control
        )
        (self.folder / "config").write_text(config)
        (self.folder / "said.wav").write_bytes(spoken(20, seed=32))
        account = f"<sip:alice@{self.server}>;auth_user=alice;auth_pass={password};regint=60;answermode=auto\n"
        (self.folder / "accounts").write_text(account)
        async with running("baresip", "-f", str(self.folder), "-t", "30", folder=self.folder) as self.program:
            await until_bound(self._control, "tcp", within=15)
            yield
            await self.command("quit")
            await self.program.ends(3)

    async def command(self, name: str, parameters: str = "") -> None:
        """A command of its menu, as JSON in a netstring."""
        text = json.dumps({"command": name, "params": parameters}).encode()
        reader, writer = await asyncio.open_connection("127.0.0.1", self._control)
        writer.write(b"%d:%s," % (len(text), text))
        await writer.drain()
        if name != "quit":
            await asyncio.wait_for(reader.readuntil(b"}"), 5)
        writer.close()

    async def dials(self, number: str) -> None:
        await self.command("dial", f"sip:{number}@{self.server}")

    def heard(self, sound: bytes) -> Hearing:
        """How much of ``sound`` is in what it recorded of its last call."""
        recording = max(self.folder.glob("dump-*-dec.wav"), key=lambda path: path.stat().st_mtime)
        hearing = find(KnownSound(samples_of(sound)), samples_of(recording))
        assert hearing is not None, f"{recording} holds something else"
        return hearing


@pytest.fixture
def baresip(ringback: Ringback, tmp_path: Path) -> Baresip:
    return Baresip(tmp_path, f"127.0.0.1:{ringback.house.sip.port}")


async def test_it_registers_and_is_called(
    baresip: Baresip, api: Rest, customer: CustomerServer, ringback: Ringback
) -> None:
    customer.sound("/prompt.wav", spoken(2, seed=30))
    url = customer.answers("/app", "<Response><Play>/prompt.wav</Play></Response>")
    async with baresip.runs():
        await until(lambda: ringback.house.store.registrations.bindings_of("alice"))
        sid = await api.calls("client:alice", url)
        await api.call_is(sid, "completed", within=10)
    assert baresip.heard(customer.sounds["/prompt.wav"]).missed_ms <= MISSING_MS
    assert "200 OK" in baresip.program.output


async def test_it_dials_1234(baresip: Baresip, api: Rest) -> None:
    """Its INVITE is challenged, since it comes from a known login."""

    async def completed() -> bool:
        calls = (await api.get("Calls.json?From=alice&To=1234"))["calls"]
        return bool(calls) and calls[0]["status"] == "completed"

    async with baresip.runs():
        await baresip.dials("1234")
        await until(completed)
    prompt = await api.ask_octets("/restcomm/audio/demo-prompt.wav")
    assert baresip.heard(prompt).missed_ms <= MISSING_MS
    assert re.search(r"Call with sip:1234@\S+ terminated \(duration: [345] secs\)", baresip.program.output)


async def test_it_presses_keys(baresip: Baresip, new_number: MakeNumber, customer: CustomerServer) -> None:
    """Telephone-events of another maker."""
    customer.sound("/long.wav", spoken(20, seed=31))
    customer.answers("/chosen", "<Response><Hangup/></Response>")
    number = await new_number(
        customer.answers(
            "/menu", '<Response><Gather numDigits="2" action="/chosen"><Play>/long.wav</Play></Gather></Response>'
        )
    )
    async with baresip.runs():
        await baresip.dials(number)
        await customer.is_asked("/long.wav")
        for key in "42":
            await asyncio.sleep(0.4)
            await baresip.command("sndcode", key)
        assert (await customer.is_asked("/chosen", within=6)).form["Digits"] == "42"


async def test_a_wrong_password(baresip: Baresip) -> None:
    async with baresip.runs(password="wrong"):
        await asyncio.sleep(1)
    assert "403 Forbidden" in baresip.program.output


async def until(look: Callable[[], Awaitable[object]], within: float = 10.0) -> None:
    """Looks until there is something."""
    deadline = asyncio.get_running_loop().time() + within
    while not await look():
        assert asyncio.get_running_loop().time() < deadline, f"nothing after {within:g} s"
        await asyncio.sleep(0.05)
