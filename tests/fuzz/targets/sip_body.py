"""Bodies of several parts: what is found in one is a piece of it."""

from ringback.sip.multipart import parts_of, sdp_of
from tests.fuzz.octets import Octets, piece
from tests.fuzz.target import Target
from tests.fuzz.text import text_of
from tests.sip.wire import OFFER

_TYPE = b'multipart/mixed; boundary="b"'
_BODY = b"--b\r\nContent-Type: application/sdp\r\n\r\n" + OFFER + b"\r\n--b\r\nc: text/plain\r\n\r\nhello\r\n--b--\r\n"
_NESTED = b"--b\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n" + _BODY + b"\r\n--b--"


def _take(octets: bytes) -> None:
    given = Octets(octets)
    content_type, body = text_of(given.piece()), given.rest()
    parts = parts_of(content_type, body)
    assert len(parts) <= 16
    assert sum(len(part) for _, part in parts) <= len(body)
    found = sdp_of(content_type, body)
    assert found is None or found in body


TARGET = Target(
    _take,
    lambda: (piece(_TYPE) + _BODY, piece(b"multipart/x;boundary=b") + _NESTED, piece(b"application/sdp") + OFFER),
    (b"--b\r\n", b"--b--", b"\r\n\r\n", b"Content-Type: application/sdp", b"multipart/", b"boundary="),
)
