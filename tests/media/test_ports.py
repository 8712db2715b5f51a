"""Which stream goes to which port."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ringback.kernel.errors import SettingError
from ringback.media.negotiation import Address
from ringback.media.ports import Ports, open_ports


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


def test_a_port_where_a_stream_waits_for_its_peer_is_not_given_to_another(ports: Ports) -> None:
    first = ports.choose(None)
    first.waiting.add(1)
    second = ports.choose(None)
    assert second is not first
    second.waiting.add(2)
    third = ports.choose(None)
    assert third.extra
    third.streams += 1
    third.waiting.add(3)
    first.waiting.discard(1)
    first.streams += 1
    assert ports.choose(None) is first
    assert ports.leave(third, 3)
    assert third not in list(ports)


def test_a_peer_is_at_a_port_only_once(ports: Ports) -> None:
    peer = Address("192.0.2.1", 4000)
    first = ports.choose(peer)
    first.peers[peer] = 1
    assert ports.choose(peer) is not first
    assert first.suits(Address("192.0.2.1", 4002))
    first.forget(1)
    assert first.suits(peer)


def test_the_emptiest_port_is_chosen(ports: Ports) -> None:
    first, second = ports
    first.streams = 5
    assert ports.choose(None) is second


def test_when_all_streams_are_gone_only_the_first_ports_are_left(ports: Ports) -> None:
    for pair in ports:
        pair.waiting.add(1)
    ports.choose(None)
    assert len(list(ports)) == 3
    ports.clear()
    assert [pair.waiting for pair in ports] == [set(), set()]


def test_ports_that_do_not_exist_are_refused() -> None:
    with pytest.raises(SettingError, match="65536"):
        open_ports("127.0.0.1", 65_534, 2)
    with pytest.raises(SettingError, match=r"media\.host"):
        open_ports("192.0.2.1", 0, 1)
