"""Session descriptions inside of several parts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringback.sip.multipart import parts_of, sdp_of

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


bodies = st.binary(max_size=60).filter(lambda body: b"--b" not in body)


@given(st.lists(st.tuples(st.sampled_from(["text/plain", "application/sdp", "message/sipfrag"]), bodies), max_size=5))
def test_parts_that_are_joined_are_found_again(parts: list[tuple[str, bytes]]) -> None:
    body = b"".join(b"--b\r\nContent-Type: %s\r\n\r\n%s\r\n" % (kind.encode(), part) for kind, part in parts) + b"--b--"
    assert parts_of("multipart/mixed; boundary=b", body) == parts
