"""The fuzz target of SIP: any octets into a whole stack, by datagram and by stream; only our own faults come out.

``python -m tests.sip.fuzz 60`` mutates the messages of RFC 4475 for 60 seconds; with atheris, `take` is its target.
"""

import asyncio
import random
import sys
import time

from ringback.sip.framing import Framer
from ringback.sip.message import BadMessage
from tests.sip.test_refusals import message
from tests.sip.torture_messages import MESSAGES
from tests.sip.wire import ANSWER, OFFER, Wire, WireFlow

SEEDS = [*MESSAGES.values(), message(body=OFFER, Content_Type="application/sdp"), message("OPTIONS"), message("CANCEL")]
_MARKS = [b"\r\n", b"\r\n ", b";", b",", b'"', b"<", b">", b":", b"=", b"@", b"%", b"\0", b"\xff", b" " * 50]
_WORDS = [
    b"Via: ",
    b"To: ",
    b"Contact: *\r\n",
    b"tag=",
    b"z9hG4bK",
    b"4294967296",
    b"-1",
    b"sip:",
    b"[::1]",
    b"multipart/",
]
_PIECES = [*_MARKS, *_WORDS]


def take(octets: bytes) -> None:
    """One input. Every call that comes of it is answered, every request too; time passes; nothing may be left."""
    wire = Wire()
    node = wire.node("10.0.0.2")
    wire.fate = lambda packet: []
    flow = WireFlow(node, "192.0.2.99", 5060, False)
    node.stack.receive(octets, flow)
    stream = WireFlow(node, "192.0.2.98", 5060, True)
    for found in Framer().feed(octets):
        if isinstance(found, BadMessage):
            node.stack.receive_malformed(found, stream)
        else:
            node.stack.receive(found, stream)
    for call in node.calls:
        call.ring()
        call._settled = asyncio.get_running_loop().create_future()
        call._accept(ANSWER, ())
        call.end()
    for request in node.requests:
        request.reply(200)
    for _ in range(80):
        wire.clock.advance(1)
        node.stack.timers.run()
    assert not node.stack.server_transactions
    assert not node.stack.client_transactions
    assert not node.stack._initial
    assert not node.stack.dialogs


def mutated(luck: random.Random) -> bytes:
    """A seed with a few changes."""
    octets = bytearray(luck.choice(SEEDS))
    for _ in range(luck.randint(1, 6)):
        at = luck.randrange(len(octets) + 1)
        match luck.randrange(4):
            case 0:
                octets[at:at] = luck.choice(_PIECES)
            case 1:
                del octets[at : at + luck.randint(1, 30)]
            case 2:
                octets[at : at + 1] = bytes((luck.randrange(256),))
            case _:
                other = luck.choice(SEEDS)
                start = luck.randrange(len(other))
                octets[at:at] = other[start : start + luck.randint(1, 80)]
    return bytes(octets)


async def run(seconds: float, seed: int) -> int:
    """How many inputs were taken; the one that shows a fault is in the exception's notes."""
    luck, end, taken = random.Random(seed), time.monotonic() + seconds, 0
    while time.monotonic() < end:
        octets = mutated(luck)
        try:
            take(octets)
        except Exception as error:
            error.add_note(f"input: {octets!r}")
            raise
        taken += 1
    return taken


if __name__ == "__main__":
    sys.stdout.write(f"{asyncio.run(run(float(sys.argv[1]), random.randrange(2**32)))} inputs, no fault\n")
