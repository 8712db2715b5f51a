"""Limits for each source: how often, how many at once, whom they do not hold for; and lines that are logged seldom."""

import resource
from collections.abc import Iterator

import pytest

from ringback.kernel.clock import ManualClock
from ringback.kernel.descriptors import MARGIN, raise_limit, shares
from ringback.kernel.seldom import Seldom
from ringback.kernel.source import Trusted, source_of
from ringback.kernel.source_count import SourceCount
from ringback.kernel.source_rate import SourceRate

NOBODY = Trusted(loopback=False)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def test_a_network_of_ipv6_is_one_source() -> None:
    assert source_of("2001:db8:1:2:aaaa::1") == source_of("2001:db8:1:2::9") == "2001:db8:1:2::/64"
    assert source_of("192.0.2.1") == "192.0.2.1"
    assert source_of("fe80::1%eth0") == "fe80::/64"


def test_who_is_trusted() -> None:
    trusted = Trusted(["192.0.2.0/24", "2001:db8::/32"])
    for address in ("127.0.0.1", "127.9.9.9", "::1", "192.0.2.77", "2001:db8:5::1", "::ffff:192.0.2.1"):
        assert address in trusted
    for address in ("192.0.3.1", "2001:db9::1", "", "no address", "::ffff:192.0.3.1"):
        assert address not in trusted
    assert "127.0.0.1" not in NOBODY


def test_a_source_has_its_rate_and_its_burst(clock: ManualClock) -> None:
    rate = SourceRate(10, 20, clock.now, NOBODY)
    assert [rate.take("192.0.2.1") for _ in range(25)] == [True] * 20 + [False] * 5
    assert rate.take("192.0.2.2")
    clock.advance(0.5)
    assert [rate.take("192.0.2.1") for _ in range(7)] == [True] * 5 + [False] * 2
    clock.advance(100)
    assert [rate.take("192.0.2.1") for _ in range(22)] == [True] * 20 + [False] * 2


def test_what_is_refused_costs_nothing(clock: ManualClock) -> None:
    rate = SourceRate(10, 1, clock.now, NOBODY)
    rate.take("192.0.2.1")
    for _ in range(1000):
        rate.take("192.0.2.1")
    clock.advance(0.11)
    assert rate.take("192.0.2.1")


def test_all_of_a_network_of_ipv6_share_one_credit(clock: ManualClock) -> None:
    rate = SourceRate(10, 10, clock.now, NOBODY)
    taken = [rate.take(f"2001:db8::{number:x}") for number in range(1, 16)]
    assert taken == [True] * 10 + [False] * 5
    assert len(rate) == 1


def test_the_trusted_and_no_rate_are_not_limited(clock: ManualClock) -> None:
    assert all(SourceRate(1, 1, clock.now, Trusted()).take("127.0.0.1") for _ in range(100))
    assert all(SourceRate(0, 0, clock.now, NOBODY).take("192.0.2.1") for _ in range(100))


def test_what_was_done_already_is_waited_for(clock: ManualClock) -> None:
    rate = SourceRate(10, 20, clock.now, NOBODY)
    assert rate.charge("192.0.2.1", 20) == 0
    assert rate.charge("192.0.2.1", 5) == pytest.approx(0.5, abs=1e-3)
    assert rate.charge("192.0.2.1", 0) == 0
    assert SourceRate(10, 1, clock.now, Trusted()).charge("127.0.0.1", 1000) == 0


def test_the_sources_remembered_are_bounded(clock: ManualClock) -> None:
    rate = SourceRate(1, 1, clock.now, NOBODY, most_sources=100)
    for number in range(10_000):
        assert rate.take(f"10.0.{number // 256}.{number % 256}")
    assert len(rate) == 100
    assert not rate.take("10.0.39.15")


def test_counts_in_all_and_of_one() -> None:
    count = SourceCount(3, 2, NOBODY)
    assert [count.enter("192.0.2.1") for _ in range(3)] == [True, True, False]
    assert [count.enter(one) for one in ("192.0.2.2", "192.0.2.3")] == [True, False]
    assert len(count) == 3
    count.leave("192.0.2.1")
    assert count.room("192.0.2.1")
    for one in ("192.0.2.1", "192.0.2.2"):
        count.leave(one)
    assert len(count) == 0
    assert not count._by_source


def test_the_trusted_count_in_all_alone() -> None:
    count = SourceCount(5, 1, Trusted())
    assert [count.enter("127.0.0.1") for _ in range(6)] == [True] * 5 + [False]


def test_one_line_a_minute_with_how_often(clock: ManualClock) -> None:
    lines: list[tuple[str, int, str]] = []
    seldom = Seldom(lambda what, times, source: lines.append((what, times, source)), clock.now)
    for number in range(100):
        seldom.tell("flood", source=str(number))
    seldom.tell("other", source="x")
    clock.advance(60)
    seldom.tell("flood", source="again")
    assert lines == [("flood", 1, "0"), ("other", 1, "x"), ("flood", 100, "again")]


@pytest.fixture
def limits() -> Iterator[tuple[int, int]]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield before
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_the_limit_of_open_files_is_raised(limits: tuple[int, int]) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits[1] // 2, limits[1]))
    assert raise_limit() == resource.getrlimit(resource.RLIMIT_NOFILE)[0] == limits[1]
    assert raise_limit() == limits[1]


def test_connections_share_what_files_there_are() -> None:
    assert shares([5000, 4000], 20_000) == [5000, 4000]
    less = shares([5000, 4000], 1024)
    assert sum(less) <= 1024 - MARGIN
    assert less[0] > less[1] > 0
