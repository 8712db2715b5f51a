"""What a customer's server sends: an answer in bounds that says the same however it was torn, or `BadAnswer`."""

from ringback.web.answer import MOST_HEAD, Answer, BadAnswer, CutShort
from tests.fuzz.target import Target

#: how the same octets are torn
_STEPS = (10_000, 7, 1)


def _take(octets: bytes) -> None:
    told = [_understood(octets, step) for step in _STEPS]
    whole = [one for one in told if one is not None]
    assert all(one == whole[0] for one in whole)


def _understood(octets: bytes, step: int) -> tuple[object, ...] | None:
    """What was understood when all had come; None for what is no answer. That may depend on where it was torn: behind a
    whole answer nothing is read."""
    answer, body = Answer(), bytearray()
    try:
        for begin in range(0, len(octets), step):
            if answer.complete:
                break
            answer.feed(octets[begin : begin + step])
            assert answer.held <= len(octets)
            body += answer.take()
        answer.end()
    except (BadAnswer, CutShort):
        return None
    assert answer.complete
    assert answer.status >= 200
    for name, value in answer.headers:
        assert name.isascii()
        value.encode()
        assert "\n" not in value
    assert sum(len(name) + len(value) for name, value in answer.headers) <= MOST_HEAD
    assert len(body) <= len(octets)
    return answer.status, answer.headers, bytes(body), answer.keeps


_OK = b"HTTP/1.1 200 OK\r\n"

TARGET = Target(
    _take,
    lambda: (
        _OK + b"Content-Type: text/xml\r\nContent-Length: 5\r\n\r\nhello",
        _OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nall\r\n6;x=y\r\n of it\r\n0\r\nX-Sum: 1\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" + _OK + b"Connection: close\r\n\r\nto the end",
        b"HTTP/1.0 404 No\r\nX-Empty:\r\nX-Name: Zo\xeb\r\n\r\n",
        b"HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\n",
        b"HTTP/1.1 101 Up\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nabc",
    ),
    (b"HTTP/1.1 ", b"\r\n\r\n", b"Content-Length: ", b"Transfer-Encoding: chunked", b"0\r\n", b"\r\n", b": ", b"close"),
    600,
)
