"""Which stream goes to which port."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ringback.kernel.errors import SettingError
from ringback.media.negotiation import Address
from ringback.media.ports import PortPair, Ports, open_ports


@pytest.fixture
def ports() -> Iterator[Ports]:
    made = Ports("127.0.0.1", open_ports("127.0.0.1", 0, 2))
    yield made
    made.close()


def test_rtp_ports_are_even_with_rtcp_above(ports: Ports) -> None:
    for pair in ports:
        assert pair.number % 2 == 0
        assert pair.rtcp is not None
        assert pair.rtcp.getsockname()[1] == pair.number + 1


def take(ports: Ports, stream: int, peer: Address | None = None) -> PortPair:
    pair = ports.take(peer, stream)
    assert pair is not None
    return pair


def hear(pair: PortPair, stream: int) -> None:
    """The peer of ``stream`` is known now."""
    pair.waiting.discard(stream)


def test_a_port_where_a_stream_waits_for_its_peer_is_not_given_to_another(ports: Ports) -> None:
    first, second = take(ports, 1), take(ports, 2)
    assert first is not second
    assert ports.take(None, 3) is None
    hear(first, 1)
    assert take(ports, 3) is first


def test_a_peer_is_at_a_port_only_once(ports: Ports) -> None:
    peer = Address("192.0.2.1", 4000)
    pairs = [take(ports, 1, peer), take(ports, 2, peer)]
    for pair, stream in zip(pairs, (1, 2), strict=True):
        hear(pair, stream)
        pair.peers[peer] = stream
    assert ports.take(peer, 3) is None
    assert pairs[0].suits(Address("192.0.2.1", 4002))
    pairs[0].forget(1)
    assert pairs[0].suits(peer)
    assert take(ports, 3, peer) is pairs[0]


def test_the_emptiest_port_is_chosen(ports: Ports) -> None:
    first, second = take(ports, 1), take(ports, 2)
    for pair, stream in ((first, 1), (second, 2)):
        hear(pair, stream)
    third = take(ports, 3)
    hear(third, 3)
    assert take(ports, 4) is ({first, second} - {third}).pop()


def test_an_extra_port_is_kept_for_the_next_stream_and_closed_when_nobody_comes(ports: Ports) -> None:
    take(ports, 1), take(ports, 2)
    extra = ports.take_extra(3)
    assert extra.extra
    assert not ports.has_spare
    ports.leave(extra, 3)
    assert ports.has_spare
    assert ports.drop_spare() == []
    assert take(ports, 4) is extra
    assert ports.drop_spare() == []
    ports.leave(extra, 4)
    assert ports.drop_spare() == []
    assert ports.drop_spare() == [extra.index]
    assert extra not in list(ports)
    assert extra.rtp.fileno() == -1


def test_ports_of_our_own_come_before_spare_ones(ports: Ports) -> None:
    first, _ = take(ports, 1), take(ports, 2)
    extra = ports.take_extra(3)
    ports.leave(extra, 3)
    ports.leave(first, 1)
    assert [take(ports, 4), take(ports, 5)] == [first, extra]


def test_when_all_streams_are_gone_only_the_first_ports_are_left(ports: Ports) -> None:
    for stream in (1, 2):
        take(ports, stream)
    ports.take_extra(3)
    ports.leave(ports.take_extra(4), 4)
    assert len(list(ports)) == 4
    ports.clear()
    assert [(pair.waiting, pair.streams) for pair in ports] == [(set(), 0)] * 2
    assert not ports.has_spare
    assert {take(ports, 5), take(ports, 6)} == set(ports)


def test_ports_that_do_not_exist_are_refused() -> None:
    with pytest.raises(SettingError, match="65536"):
        open_ports("127.0.0.1", 65_534, 2)
    with pytest.raises(SettingError, match=r"media\.host"):
        open_ports("192.0.2.1", 0, 1)
