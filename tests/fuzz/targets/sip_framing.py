"""A stream cut at any place gives the same messages, and never holds more than one."""

from ringback.sip.framing import Framer
from ringback.sip.message import BadMessage
from tests.fuzz.octets import Octets
from tests.fuzz.target import Target
from tests.sip.test_refusals import message
from tests.sip.wire import OFFER

_MOST = 1000


def _take(octets: bytes) -> None:
    given = Octets(octets)
    steps = [1 + step for step in given.some(4)] or [1]
    stream = given.rest()
    whole, pieces = Framer(_MOST), Framer(_MOST)
    expected = whole.feed(stream)
    found: list[bytes | BadMessage] = []
    at = turn = 0
    while at < len(stream) and not (found and isinstance(found[-1], BadMessage)):
        step = steps[turn % len(steps)]
        found += pieces.feed(stream[at : at + step])
        assert len(pieces._buffer) <= _MOST + 256
        at, turn = at + step, turn + 1
    assert list(map(_shown, found)) == list(map(_shown, expected))
    if not any(isinstance(one, BadMessage) for one in found):
        assert pieces.pings == whole.pings
    for one in found:
        assert isinstance(one, BadMessage) or len(one) <= _MOST


def _shown(one: bytes | BadMessage) -> object:
    return ("bad", one.code) if isinstance(one, BadMessage) else one


TARGET = Target(
    _take,
    lambda: (
        b"\x05\x09\x01\x30" + message(body=OFFER, Content_Type="application/sdp") + b"\r\n\r\n" + message("OPTIONS"),
        b"\x00\x00\x00\x00\r\n\r\n\r\n" + message("BYE"),
        b"\xff\x01\x02\x03" + message().replace(b"Content-Length: 0", b"l: 5") + b"12345" + message(),
    ),
    (b"\r\n\r\n", b"Content-Length: 5\r\n", b"l:3\r\n", b"\r\n"),
    1500,
)
