"""What one source, and all together, may do at once: messages, connections, INVITEs that nobody answers."""

import asyncio
import socket
import time

import pytest

from ringback.kernel.clock import ManualClock
from ringback.kernel.source import Trusted
from ringback.kernel.source_count import SourceCount
from ringback.sip.net.endpoint import Limits
from ringback.sip.net.stream import StreamLimits
from ringback.sip.session import CallRefused, ClientCall, ServerCall
from tests.sip.people import ANSWER, New
from tests.sip.test_endpoint import OPTIONS, until
from tests.sip.test_endpoint import Wire as Typed
from tests.sip.test_refusals import message
from tests.sip.wire import Node, Wire

NOBODY = Trusted(loopback=False)
HALF_OPEN = 20


def invite(number: int) -> bytes:
    return message(
        Via=f"SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK-{number}", Call_ID=str(number), From=f"<sip:a@b>;tag={number}"
    )


@pytest.fixture
def small(b: Node) -> Node:
    b.stack.half_open = SourceCount(2 * HALF_OPEN, HALF_OPEN, NOBODY)
    return b


async def test_invites_beyond_what_may_be_half_open_get_503(wire: Wire, a: Node, small: Node) -> None:
    for number in range(HALF_OPEN + 5):
        a.says(small.name, invite(number))
    await wire.settle()
    assert len(small.calls) == HALF_OPEN
    assert wire.count("10.0.0.2→10.0.0.1 503 INVITE") == 5
    assert small.stack.counters.turned_away == 5
    assert len(small.stack.server_transactions) == HALF_OPEN


async def test_the_503_says_when_and_is_the_same_again(wire: Wire, a: Node, small: Node) -> None:
    """§8.2.7: nothing is remembered, and yet a copy gets the same tag; its ACK finds nothing, and harms nothing."""
    for number in range(HALF_OPEN):
        a.says(small.name, invite(number))
    wire.deliver()
    heard: list[bytes] = []
    wire.fate = lambda packet: heard.append(packet.octets) or []  # type: ignore[func-returns-value]
    for _ in range(2):
        a.says(small.name, invite(99))
        wire.deliver()
    assert heard[0] == heard[1]
    assert b"\r\nRetry-After: 5\r\n" in heard[0]
    a.says(small.name, message("ACK", Via="SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK-99", Call_ID="99"))
    wire.deliver()
    assert small.stack.counters.dropped == 1


async def test_another_source_still_has_room(wire: Wire, a: Node, small: Node) -> None:
    for number in range(HALF_OPEN + 5):
        a.says(small.name, invite(number))
    await wire.settle()
    call = wire.node("10.0.0.3").invites("sip:bob@10.0.0.2")
    await wire.settle()
    small.calls[-1].refuse(486)
    await wire.settle()
    with pytest.raises(CallRefused, match="486"):
        await call.answered()


async def test_what_is_answered_and_acknowledged_is_open_no_more(wire: Wire, a: Node, small: Node) -> None:
    """However long its transaction lingers (timer L): a busy carrier is not refused."""
    for _ in range(3 * HALF_OPEN):
        call = a.invites("sip:bob@10.0.0.2")
        await wire.settle()
        answering = asyncio.ensure_future(small.calls[-1].answer(ANSWER))
        await wire.settle()
        await call.answered()
        await answering
        call.end()
        await wire.settle()
    assert len(small.stack.half_open) == 0
    assert len(small.stack.server_transactions) > 3 * HALF_OPEN


async def test_so_is_what_is_refused_and_acknowledged(wire: Wire, a: Node, small: Node) -> None:
    call = a.invites("sip:bob@10.0.0.2")
    await wire.settle()
    assert len(small.stack.half_open) == 1
    small.calls[-1].refuse(486)
    await wire.settle()
    assert call.over
    assert len(small.stack.half_open) == 0


async def test_an_answer_that_nobody_acknowledges_is_open_until_it_is_given_up(
    wire: Wire, a: Node, small: Node
) -> None:
    a.says(small.name, invite(1))
    await wire.settle()
    answering = asyncio.ensure_future(small.calls[-1].answer(ANSWER))
    await wire.passes(31)
    assert len(small.stack.half_open) == 1
    await wire.passes(2)
    assert len(small.stack.half_open) == 0
    assert (await asyncio.gather(answering, return_exceptions=True))[0] is not None


async def test_in_overload_new_calls_are_turned_away_and_others_go_on(wire: Wire, a: Node, b: Node) -> None:
    going = a.invites("sip:bob@10.0.0.2")
    await wire.settle()
    answering = asyncio.ensure_future(b.calls[-1].answer(ANSWER))
    await wire.settle()
    await answering
    await going.answered()
    b.stack._overload = lambda crowded: 7
    refused = a.invites("sip:bob@10.0.0.2")
    going.end()
    await wire.settle()
    response = (await refused.ended).message
    assert response is not None
    assert response.headers.get("Retry-After") == "7"
    assert (await b.calls[0].ended).cause == "bye"
    assert len(b.calls) == 1


async def test_datagrams_of_a_source_beyond_its_rate_are_not_read(new: New) -> None:
    b = await new(limits=Limits(messages=10, trusted=NOBODY), clock=ManualClock())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        for _ in range(50):
            phone.sendto(b"no SIP at all", ("127.0.0.1", b.endpoint.port))
    await until(lambda: b.endpoint.counters.malformed + b.endpoint.counters.unread == 50)
    assert b.endpoint.counters.malformed == 20


async def test_a_connection_beyond_its_rate_is_read_later(new: New) -> None:
    """Nothing is lost: the peer is made to wait."""
    clock = ManualClock()
    b = await new(limits=Limits(messages=10, trusted=NOBODY), clock=clock)
    wire = await Typed.to(b)
    wire.writer.write(b"".join(OPTIONS.replace(b"z9hG4bK-t", b"z9hG4bK-%d" % number) for number in range(30)))
    for _ in range(30):
        await wire.hears()
    wire.writer.write(OPTIONS.replace(b"z9hG4bK-t", b"z9hG4bK-late"))
    connection = next(iter(b.endpoint._streams._connections.values()))
    assert connection._wire is not None
    assert not connection._wire.is_reading()
    clock.advance(1.1)
    await wire.hears()
    await wire.closes()


async def test_connections_of_one_source_are_bounded(new: New) -> None:
    b = await new(limits=Limits(streams=StreamLimits(of_one=2), trusted=NOBODY))
    wires = [await Typed.to(b) for _ in range(3)]
    assert await wires[2].reader.read() == b""
    wires[0].writer.write(OPTIONS)
    assert (await wires[0].hears()).status == 200
    assert b.endpoint.counters.unwelcome == 1
    for one in wires:
        await one.closes()
    await until(lambda: not len(b.endpoint._streams))
    again = await Typed.to(b)
    again.writer.write(OPTIONS.replace(b"z9hG4bK-t", b"z9hG4bK-again"))
    assert (await again.hears()).status in (200, 482)
    await again.closes()


async def test_a_message_must_be_complete_in_time(new: New) -> None:
    """Also one that comes an octet now and then, and also after a whole one."""
    clock = ManualClock()
    b = await new(clock=clock, limits=Limits(streams=StreamLimits(message=30, idle=1000)))
    wire = await Typed.to(b)
    wire.writer.write(OPTIONS)
    await wire.hears()
    connection = next(iter(b.endpoint._streams._connections.values()))
    clock.advance(100)
    assert connection.alive
    for octet in OPTIONS[:3]:
        before = connection._heard_at
        clock.advance(9)
        wire.writer.write(bytes([octet]))
        await until(lambda before=before: connection._heard_at > before)  # type: ignore[misc]
    assert connection.alive
    clock.advance(20)
    assert await wire.reader.read() == b""
    await wire.closes()


async def test_how_long_a_datagram_waited_is_known(new: New) -> None:
    b = await new()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.sendto(OPTIONS, ("127.0.0.1", b.endpoint.port))
        time.sleep(0.3)  # noqa: ASYNC251 (the loop is held up on purpose)
        await until(lambda: b.endpoint.counters.received)
    assert b.endpoint.waited() >= 0.25
    assert b.endpoint.waited() == 0


async def test_the_limits_of_an_endpoint_hold(new: New) -> None:
    async def only_rings(call: ServerCall) -> None:
        call.ring()

    b = await new(takes=only_rings, limits=Limits(half_open=5))
    a = await new()
    calls = [a.invites(b) for _ in range(8)]
    refused = [call for call in calls if await turned_away(call)]
    assert len(refused) == 3
    assert len(b.endpoint.stack.half_open) == 5
    for call in calls:
        call.end()
    await until(lambda: not len(b.endpoint.stack.half_open))


async def turned_away(call: ClientCall) -> bool:
    """Whether it is refused with 503; else it rings."""
    await until(lambda: call.rang.is_set() or call.over)
    return call.over and call.ended.result().status == 503
