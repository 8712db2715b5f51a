"""Compressed bodies in any pieces: the same octets come out, none of them in a piece that is large."""

import gzip
import zlib

from ringback.web.content import PIECE, BadContent, decoder_for
from tests.fuzz.octets import Octets
from tests.fuzz.target import Target

_CODINGS = ("gzip", "deflate", "", "x-gzip")
_MOST = 1 << 20
_TEXT = b"<Response><Say>Hello</Say></Response>" * 3


def _take(octets: bytes) -> None:
    given = Octets(octets)
    coding, step = _CODINGS[given.number() % len(_CODINGS)], 1 + given.number()
    body = given.rest()
    whole = _decoded(coding, body, len(body) or 1)
    assert _decoded(coding, body, step) == whole
    try:
        decoder_for(body.decode("latin-1"))
    except BadContent:
        pass


def _decoded(coding: str, body: bytes, step: int) -> bytes | None:
    """None: it is no such coding."""
    decoder, found = decoder_for(coding), b""
    try:
        for at in range(0, len(body), step):
            for piece in decoder.feed(body[at : at + step]):
                assert len(piece) <= max(PIECE, step)
                found += piece
                if len(found) > _MOST:
                    return found[:_MOST]
        decoder.finish()
    except BadContent:
        return None
    return found


TARGET = Target(
    _take,
    lambda: (
        b"\x00\x03" + gzip.compress(_TEXT) + gzip.compress(b"more") + bytes(8),
        b"\x01\x00" + zlib.compress(_TEXT),
        b"\x01\x20" + zlib.compress(_TEXT)[2:-4],
        b"\x00\xff" + gzip.compress(bytes(200_000)),
        b"\x02\x07" + _TEXT,
    ),
    (b"\x1f\x8b\x08", b"\x78\x9c"),
    2000,
)
