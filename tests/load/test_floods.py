"""INVITEs that nobody acknowledges, connections on which nobody says anything: a telephone's calls are whole meanwhile,
and what is kept is bounded."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest
import pytest_asyncio

from ringback.app import Ringback
from ringback.kernel.source import Trusted
from ringback.kernel.source_count import SourceCount
from ringback.media.engine import Engine
from ringback.testing import CustomerServer, Phone
from tests.conftest import settings_for_tests
from tests.load.flood import addresses, half_open, silent_connections
from tests.stories.rest import Rest
from tests.stories.sounds import spoken

pytestmark = pytest.mark.asyncio(loop_scope="module")
#: whoever is at this address is no stranger; all others of the loopback network are
FRIEND = Trusted(["127.0.0.1"], loopback=False)
NUMBER = "+15558881234"


@dataclass
class World:
    """A server to which a telephone is known, and no other address."""

    server: Ringback
    phone: Phone
    customer: CustomerServer

    @property
    def port(self) -> int:
        return self.server.house.sip.port

    async def calls_are_whole(self) -> None:
        """Two at once."""
        await asyncio.gather(*(self._one_is_whole() for _ in range(2)))

    async def _one_is_whole(self) -> None:
        call = await self.phone.dials(NUMBER, within=30)
        await call.hears_whole("/prompt.wav", within=30)
        await call.is_hung_up(within=30)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with AsyncExitStack() as parts:
        folder = tmp_path_factory.mktemp("load")
        server = await Ringback.start(settings_for_tests(folder, **{"limits.half_open_of_one": 250}))
        parts.push_async_callback(server.stop)
        engine = await Engine.start(host="127.0.0.1", first_port=0, ports=8, workers=1)
        parts.push_async_callback(engine.stop)
        customer = await CustomerServer.start()
        parts.push_async_callback(customer.close)
        address = f"{server.house.sip.host}:{server.house.sip.port}"
        phone = await Phone.start(engine, server=address, sounds=customer.sounds)
        parts.push_async_callback(phone.close)
        api = Rest(server.house.own_url)
        parts.push_async_callback(api.close)
        customer.sound("/prompt.wav", spoken(1.5, seed=30))
        url = customer.answers("/app", "<Response><Play>/prompt.wav</Play></Response>")
        await api.post("IncomingPhoneNumbers.json", PhoneNumber=NUMBER, VoiceUrl=url)
        house = server.house
        house.sip.stack.half_open = SourceCount(20_000, 250, FRIEND)
        yield World(server, phone, customer)


async def until_received(world: World, count: int) -> None:
    """Until the server has read as many messages."""
    while world.server.house.sip.counters.received < count:  # noqa: ASYNC110 (what is waited for happens in the kernel)
        await asyncio.sleep(0.02)


async def flooded(world: World, sources: list[str], each: int) -> None:
    """Calls are made while INVITEs wait for acknowledgement; a source beyond its share is turned away."""
    stack = world.server.house.sip.stack
    before, held_before, turned_away = stack.counters.received, len(stack.half_open), stack.counters.turned_away
    target = f"sip:nobody@127.0.0.1:{world.port}"
    async with half_open(world.port, sources, each, target):
        await until_received(world, before + int(0.9 * len(sources) * each))
        most = min(each, 250) * len(sources)
        held, refused = len(stack.half_open) - held_before, stack.counters.turned_away - turned_away
        assert held <= most
        assert held + refused >= 0.85 * each * len(sources)
        await world.calls_are_whole()
    assert stack.counters.defects == 0


async def test_a_thousand_half_open_invites(world: World) -> None:
    await flooded(world, addresses(3, network=1), 340)


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_ten_thousand_half_open_invites(world: World) -> None:
    await flooded(world, addresses(50, network=2), 220)


async def crowded(world: World, sources: int, each: int, most: int) -> None:
    """Calls are made, over TCP too, while connections are silent; those beyond what may be are closed at once."""
    streams = world.server.house.sip._streams
    streams._others = SourceCount(most, 100, FRIEND)
    before = world.server.house.sip.counters.unwelcome
    expected = max(0, sources * each - most)
    async with silent_connections(world.port, addresses(sources, network=3), each):
        while world.server.house.sip.counters.unwelcome - before < expected:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        assert len(streams._others) <= most
        await world.calls_are_whole()
    while len(streams._others):  # noqa: ASYNC110 (they are closed by the kernel, one after the other)
        await asyncio.sleep(0.02)


async def test_a_thousand_silent_connections(world: World) -> None:
    await crowded(world, 10, 100, 600)


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_ten_thousand_silent_connections(world: World) -> None:
    """Half of them are let in, as many as may be; the rest find nobody. Both ends are in this process."""
    await crowded(world, 100, 100, 5000)


async def test_without_a_descriptor_left_the_server_goes_on(world: World) -> None:
    """The limit of connections is below that of files; but if others took them all, calls over UDP go on."""
    held: list[socket.socket] = []
    try:
        while True:
            held.append(socket.socket())
    except OSError:
        pass
    for one in held[-64:]:  # what a call, a fetch and the database need
        one.close()
    del held[-64:]
    try:
        await world.calls_are_whole()
    finally:
        for one in held:
            one.close()
