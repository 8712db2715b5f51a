"""Long hostile values are judged in a time that grows with their length only."""

import time

import pytest

from ringback.sip.address import NameAddress
from ringback.sip.digest import parse_digest
from ringback.sip.framing import Framer
from ringback.sip.message import BadMessage, parse_message
from ringback.sip.multipart import sdp_of
from ringback.sip.syntax import parse_params, split_list
from ringback.sip.uri import Uri
from ringback.sip.via import Via

N = 60_000
JUDGES = {
    "address": NameAddress.parse,
    "uri": Uri.parse,
    "via": Via.parse,
    "params": parse_params,
    "list": split_list,
    "digest": parse_digest,
    "message": lambda text: parse_message(text.encode()),
    "header": lambda text: parse_message(b"OPTIONS sip:a SIP/2.0\r\nTo: " + text.encode() + b"\r\n\r\n"),
    "frame": lambda text: Framer(100_000).feed(text.encode() + b"\r\n\r\n"),
    "multipart": lambda text: sdp_of("multipart/mixed;" + text, text.encode()),
}
VALUES = [
    " " * N + "x",
    "a" + " " * N + "b",
    "a" + " " * N + "<b",
    "<sip:a" + " " * N + "x",
    '"' + "\\" * N,
    '"' * N,
    "<" * N,
    "," * N,
    ";" * N,
    "=" * N,
    ":" * N,
    "@" * N,
    "sip:" + ":" * N + "@",
    "sip:" + "a:" * (N // 2),
    "SIP/2.0/UDP h" + " " * N + "x",
    "Digest " + "a=" * (N // 2),
    "Digest a=" + " " * N + "x",
    "a: " + " " * N + "\r\n b",
    "l:" + "9" * N,
    "l" + " " * N + "x",
    "\r\n" * (N // 2),
    "\n " * (N // 2),
    "a: b\r\n" * (N // 6),
    "boundary=" + " " * N,
    '--x\r\nContent-Type: multipart/mixed;boundary="x' * (N // 45),
]


@pytest.mark.parametrize("judge", JUDGES)
def test_time_is_bounded(judge: str) -> None:
    slowest = 0.0
    for value in VALUES:
        start = time.process_time()
        try:
            JUDGES[judge](value)  # type: ignore[no-untyped-call]
        except (ValueError, BadMessage):
            pass
        slowest = max(slowest, time.process_time() - start)
    assert slowest < 0.5


def test_depth_of_parts_is_bounded() -> None:
    body = b"v=0"
    kind = b"application/sdp"
    for number in range(900):
        boundary = b"b%d" % number
        body = b"--" + boundary + b"\r\nContent-Type: " + kind + b"\r\n\r\n" + body + b"\r\n--" + boundary + b"--"
        kind = b"multipart/mixed;boundary=" + boundary
    assert sdp_of(kind.decode(), body) is None
