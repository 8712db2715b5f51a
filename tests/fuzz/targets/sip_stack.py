"""Any octets into a whole SIP stack, by datagram and by stream: what is begun is answered and ends, nothing is left."""

import asyncio
from functools import cache

from ringback.sip.framing import Framer
from ringback.sip.message import BadMessage
from tests.fuzz.target import Target
from tests.sip.test_refusals import message
from tests.sip.torture_messages import MESSAGES
from tests.sip.wire import ANSWER, OFFER, Node, Wire, WireFlow


@cache
def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()


def _take(octets: bytes) -> None:
    _loop().run_until_complete(_live(octets))


async def _live(octets: bytes) -> None:
    wire = Wire()
    node = wire.node("10.0.0.2")
    wire.fate = lambda packet: []
    _receive(node, octets)
    for call in node.calls:
        call.ring()
        call._settled = asyncio.get_running_loop().create_future()
        call._accept(ANSWER, ())
        call.end()
    for request in node.requests:
        request.reply(200)
    for _ in range(20):
        wire.clock.advance(4)
        node.stack.timers.run()
    assert node.quiet


def _receive(node: Node, octets: bytes) -> None:
    node.stack.receive(octets, WireFlow(node, "192.0.2.99", 5060, False))
    stream = WireFlow(node, "192.0.2.98", 5060, True)
    for found in Framer().feed(octets):
        if isinstance(found, BadMessage):
            node.stack.receive_malformed(found, stream)
        else:
            node.stack.receive(found, stream)


TARGET = Target(
    _take,
    lambda: (
        *MESSAGES.values(),
        message(body=OFFER, Content_Type="application/sdp"),
        message("OPTIONS"),
        message("CANCEL"),
        message("REGISTER"),
    ),
    (b"Via: ", b"To: ", b"Contact: *\r\n", b"tag=", b"z9hG4bK", b"4294967296", b"sip:", b"[::1]", b"INVITE", b"ACK"),
)
