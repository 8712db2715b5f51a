"""Freshness: RFC 9111 §4.2 and §5."""

from datetime import UTC, datetime

import pytest

from ringback.web.fetched import Fetched
from ringback.web.freshness import Freshness, freshness_of

NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)
DATE = ("Date", "Thu, 01 Jan 2026 12:00:00 GMT")


@pytest.mark.parametrize(
    ("headers", "seconds", "stale"),
    [
        ([], 0, True),
        ([("Cache-Control", "max-age=60")], 60, True),
        ([("Cache-Control", 'public, MAX-AGE="60"')], 60, True),
        ([("Cache-Control", "max-age=60"), ("Age", "50")], 10, True),
        ([("Cache-Control", "max-age=60"), ("Age", "70")], 0, True),
        ([("Cache-Control", "max-age=60, must-revalidate")], 60, False),
        ([("Cache-Control", "max-age=60, no-cache")], 0, False),
        ([("Cache-Control", "no-store, max-age=60")], 0, False),
        ([("Cache-Control", "max-age=abc")], 0, True),
        ([("Cache-Control", "max-age=99999999999999")], 31_536_000, True),
        ([DATE, ("Expires", "Thu, 01 Jan 2026 12:05:00 GMT")], 300, True),
        ([DATE, ("Expires", "Thu, 01 Jan 2026 11:00:00 GMT")], 0, True),
        ([("Expires", "0")], 0, True),
        ([DATE, ("Expires", "Thu, 01 Jan 2026 12:05:00 GMT"), ("Cache-Control", "max-age=1")], 1, True),
        ([DATE, ("Last-Modified", "Thu, 01 Jan 2026 11:50:00 GMT")], 60, True),
        ([DATE, ("Last-Modified", "Thu, 01 Jan 2015 11:50:00 GMT")], 3600, True),
        ([DATE, ("Last-Modified", "Fri, 02 Jan 2026 11:50:00 GMT")], 0, True),
        ([("Date", "rubbish"), ("Last-Modified", "rubbish")], 0, True),
    ],
)
def test_freshness(headers: list[tuple[str, str]], seconds: float, stale: bool) -> None:
    answer = Fetched("http://h/", 200, tuple(headers), "audio/wav", None, b"", 1)
    assert freshness_of(answer, NOW) == Freshness(seconds, stale)
