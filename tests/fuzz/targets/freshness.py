"""The headers of an answer: how long it may be kept is always a time that is finite and bounded."""

import math
from datetime import UTC, datetime

from ringback.web.fetched import Fetched, media_type
from ringback.web.freshness import freshness_of
from tests.fuzz.target import Target

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_YEAR = 31_536_000


def _take(octets: bytes) -> None:
    lines = [line.partition(": ") for line in octets.decode("latin-1").split("\n")]
    headers = tuple((name, value) for name, _, value in lines)
    fresh = freshness_of(Fetched("http://example.com/", 200, headers, "", None, b"", 1), _NOW)
    assert math.isfinite(fresh.seconds)
    assert 0 <= fresh.seconds <= _YEAR
    for _, value in headers:
        kind, charset = media_type(value)
        assert kind == kind.lower()
        assert charset is None or charset


TARGET = Target(
    _take,
    lambda: (
        b'Cache-Control: max-age=60, private="x", must-revalidate\nAge: 10',
        b"Date: Thu, 01 Jan 2026 00:00:00 GMT\nExpires: Thu, 01 Jan 2026 01:00:00 GMT",
        b'Last-Modified: Wed, 31 Dec 2025 00:00:00 +0100\nContent-Type: text/xml; charset="UTF-8"',
        b"cache-control: no-store\nExpires: 0",
    ),
    (
        b"Cache-Control: ",
        b"max-age=",
        b"Expires: ",
        b"Date: ",
        b"Age: ",
        b"Last-Modified: ",
        b"GMT",
        b"-0000",
        b"no-cache",
    ),
    600,
)
