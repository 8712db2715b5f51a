"""A datagram that nobody takes: the network says so, and the attempt fails at once or goes to the next address."""

import asyncio
import socket
import sys

import pytest
import uvloop

from ringback.kernel.clock import SystemClock
from ringback.sip.message import parse_message
from ringback.sip.net.endpoint import Endpoint
from ringback.sip.net.resolver import Resolver
from ringback.sip.session import CallRefused
from ringback.sip.uri import Uri
from tests.sip.people import ANSWER, OFFER, New, Person
from tests.sip.test_endpoint import until
from tests.sip.test_refusals import message
from tests.sip.test_resolver import Srv, World

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
#: seconds in which it must be over; timer B would take 32
SOON = 15


def dead_port(host: str = "127.0.0.1") -> int:
    """A port that nobody listens on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as one, socket.socket(family, socket.SOCK_DGRAM) as other:
        one.bind((host, 0))
        other.bind((host, 0))
        return int(other.getsockname()[1])


def nobody_at(host: str = "127.0.0.1") -> Uri:
    return Uri.parse(f"sip:bob@{f'[{host}]' if ':' in host else host}:{dead_port(host)}")


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_a_call_to_a_dead_port_fails_at_once(new: New, host: str) -> None:
    a = await new(host=host)
    call = a.endpoint.invite(nobody_at(host), sdp=OFFER, from_=a.me)
    async with asyncio.timeout(SOON):
        with pytest.raises(CallRefused) as refused:
            await call.answered()
        assert (refused.value.response.status, refused.value.response.local) == (503, True)
        assert (await call.ended).cause == "connection-lost"
    assert a.endpoint.counters.unreachable == 1
    assert not a.endpoint.stack.client_transactions
    assert not a.endpoint.stack._towards


def test_under_uvloop() -> None:
    """libuv would stop to watch a socket with an error: later datagrams must still be heard."""

    async def live() -> None:
        a, b = await Person.at(), await Person.at()
        async with asyncio.timeout(SOON):
            for _ in range(3):
                response = await a.endpoint.request("OPTIONS", nobody_at(), from_=a.me)
                assert (response.status, response.local) == (503, True)
                await a.invites(b).answered()
        await a.leaves()
        await b.leaves()

    uvloop.run(live())


async def test_others_are_not_hit(new: New) -> None:
    """Linux reports an error at the next sending, to whomever: that one still goes out."""
    a, b = await new(), await new()
    deaf = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    deaf.bind(("127.0.0.1", 0))
    waits = a.endpoint.invite(Uri.parse(f"sip:x@127.0.0.1:{deaf.getsockname()[1]}"), sdp=OFFER, from_=a.me)
    dead = [a.endpoint.invite(nobody_at(), sdp=OFFER, from_=a.me) for _ in range(10)]
    living = [a.invites(b) for _ in range(10)]
    async with asyncio.timeout(SOON):
        assert [(await call.answered()).sdp for call in living] == [ANSWER] * 10
        assert [(await call.ended).cause for call in dead] == ["connection-lost"] * 10
    assert not waits.over
    waits.end()
    deaf.close()


async def test_one_that_was_heard_goes_on(new: New) -> None:
    """After a provisional response an ICMP error says nothing of the call: it is easily forged."""
    a = await new()
    loop = asyncio.get_running_loop()
    phone = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    phone.setblocking(False)
    phone.bind(("127.0.0.1", 0))
    call = a.endpoint.invite(Uri.parse(f"sip:x@127.0.0.1:{phone.getsockname()[1]}"), sdp=OFFER, from_=a.me)
    invite = parse_message(await loop.sock_recv(phone, 65_535))
    host, port = phone.getsockname()
    ringing = invite.response(180, to_tag="t")  # type: ignore[union-attr]
    phone.sendto(ringing.serialize(), ("127.0.0.1", a.endpoint.port))
    await asyncio.wait_for(call.rang.wait(), SOON)
    phone.close()
    a.endpoint.stack.unreachable(host, port)
    assert not call.over
    call.end()


async def test_an_answer_that_comes_back_harms_nobody(new: New) -> None:
    b = await new()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.bind(("127.0.0.1", 0))
        host, port = phone.getsockname()
        via = f"SIP/2.0/UDP {host}:{port};branch=z9hG4bK-gone"
        phone.connect(("127.0.0.1", b.endpoint.port))
        octets = message(method="REGISTER", Via=via)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.sendto(octets, ("127.0.0.1", b.endpoint.port))
    request = await asyncio.wait_for(b.requests.get(), SOON)
    request.reply(200)
    await until(lambda: b.endpoint.counters.unreachable)
    assert b.endpoint.counters.defects == 0


async def failing_over(a: Person, world: World) -> None:
    a.endpoint._resolver = Resolver(world)
    call = a.endpoint.invite(Uri.parse("sip:bob@example.com"), sdp=OFFER, from_=a.me)
    async with asyncio.timeout(SOON):
        assert (await call.answered()).sdp == ANSWER
    call.end()


async def test_the_next_address_is_tried_when_one_is_dead(new: New) -> None:
    """RFC 3263 §4.3, with SRV records: the first by priority is dead."""
    a, b = await new(), await new()
    world = World()
    world.known["SRV", "_sip._udp.example.com"] = [
        Srv(20, 0, "127.0.0.1", b.endpoint.port),
        Srv(10, 0, "127.0.0.1", dead_port()),
    ]
    await failing_over(a, world)
    assert b.calls.qsize() == 1
    assert a.endpoint.counters.unreachable == 1


async def test_the_next_address_is_tried_after_503(new: New) -> None:
    a, b = await new(), await new()

    class Overloaded(Person):
        def on_invite(self, call: object) -> None:
            call.refuse(503)  # type: ignore[attr-defined]

    full = Overloaded()
    full.endpoint = await Endpoint.open("127.0.0.1", 0, handler=full, clock=SystemClock(), user_agent="full")
    world = World()
    world.known["SRV", "_sip._udp.example.com"] = [
        Srv(10, 0, "127.0.0.1", full.endpoint.port),
        Srv(20, 0, "127.0.0.1", b.endpoint.port),
    ]
    await failing_over(a, world)
    assert b.calls.qsize() == 1
    await full.leaves()


async def test_a_dead_tcp_port_is_followed_by_the_next(new: New) -> None:
    a, b = await new(), await new()
    world = World()
    world.known["SRV", "_sip._tcp.example.com"] = [
        Srv(10, 0, "127.0.0.1", dead_port()),
        Srv(20, 0, "127.0.0.1", b.endpoint.port),
    ]
    a.endpoint._resolver = Resolver(world)
    call = a.endpoint.invite(Uri.parse("sip:bob@example.com;transport=tcp"), sdp=OFFER, from_=a.me)
    async with asyncio.timeout(SOON):
        await call.answered()
    call.end()


async def test_all_dead_is_503(new: New) -> None:
    a = await new()
    world = World()
    world.known["SRV", "_sip._udp.example.com"] = [Srv(10, 0, "127.0.0.1", dead_port()) for _ in range(3)]
    a.endpoint._resolver = Resolver(world)
    call = a.endpoint.invite(Uri.parse("sip:bob@example.com"), sdp=OFFER, from_=a.me)
    async with asyncio.timeout(SOON):
        assert (await call.ended).status == 503


async def test_after_all_of_udp_tcp_is_tried(new: New) -> None:
    """RFC 3263 §4.1: both are offered; the connection is opened when it is needed, and is the call's from then on."""
    a, b = await new(), await new()
    world = World()
    world.known["SRV", "_sip._udp.example.com"] = [Srv(10, 0, "127.0.0.1", dead_port()) for _ in range(2)]
    world.known["SRV", "_sip._tcp.example.com"] = [
        Srv(10, 0, "127.0.0.1", dead_port()),
        Srv(20, 0, "127.0.0.1", b.endpoint.port),
    ]
    a.endpoint._resolver = Resolver(world)
    call = a.endpoint.invite(Uri.parse("sip:bob@example.com"), sdp=OFFER, from_=a.me)
    async with asyncio.timeout(SOON):
        await call.answered()
        came = await b.calls.get()
        assert came.source.startswith("tcp:")
        call.end()
        assert (await came.ended).cause == "bye"
    assert len(a.endpoint._streams) == 1


async def test_a_connection_opened_later_is_lost_as_any(new: New) -> None:
    a = await new()
    hangs_up = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    port = hangs_up.sockets[0].getsockname()[1]
    world = World()
    world.known["SRV", "_sip._udp.example.com"] = [Srv(10, 0, "127.0.0.1", dead_port())]
    world.known["SRV", "_sip._tcp.example.com"] = [Srv(10, 0, "127.0.0.1", port)]
    a.endpoint._resolver = Resolver(world)
    call = a.endpoint.invite(Uri.parse("sip:bob@example.com"), sdp=OFFER, from_=a.me)
    async with asyncio.timeout(SOON):
        assert (await call.ended).status == 503
    assert not a.endpoint.stack.client_transactions
    hangs_up.close()
    await hangs_up.wait_closed()
