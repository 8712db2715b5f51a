"""Session descriptions inside of several parts."""

import pytest

from ringback.sip.multipart import sdp_of

BODY = (
    b"preamble\r\n--b1\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b1\r\n"
    b"content-disposition: session\r\nC: application/SDP;x=y\r\n\r\nv=0\r\n\r\n--b1--\r\nepilogue"
)


@pytest.mark.parametrize(
    ("kind", "body", "found"),
    [
        ("application/sdp", b"v=0", b"v=0"),
        ("Application/SDP; charset=x", b"v=0", b"v=0"),
        ("text/plain", b"v=0", None),
        ("multipart/mixed;boundary=b1", BODY, b"v=0\r\n"),
        ('multipart/alternative; boundary="b1"', BODY, b"v=0\r\n"),
        ("multipart/mixed", BODY, None),
        ("multipart/mixed;boundary=b2", BODY, None),
        ("multipart/mixed;boundary=b1", b"--b1\r\nno blank line", None),
        ("", b"v=0", None),
    ],
)
def test_sdp_of(kind: str, body: bytes, found: bytes | None) -> None:
    assert sdp_of(kind, body) == found


def test_a_part_may_have_parts() -> None:
    inner = b"--o\r\nContent-Type: multipart/related;boundary=b1\r\n\r\n" + BODY + b"\r\n--o--"
    assert sdp_of("multipart/mixed;boundary=o", inner) == b"v=0\r\n"


def test_depth_is_bounded() -> None:
    body = b"x"
    for _ in range(3000):
        body = b"--o\r\nContent-Type: multipart/mixed;boundary=o\r\n\r\n" + body[:60_000]
    assert sdp_of("multipart/mixed;boundary=o", body) is None
