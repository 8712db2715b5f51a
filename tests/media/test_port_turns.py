"""Which port a stream gets: the emptiest, and of those the one that was left first."""

from collections.abc import Iterator

import pytest

from ringback.media.negotiation import Address
from ringback.media.ports import PortPair, Ports, open_ports


@pytest.fixture
def ports() -> Iterator[Ports]:
    ports = Ports("127.0.0.1", open_ports("127.0.0.1", 0, 3))
    yield ports
    ports.close()


def take(ports: Ports, stream: int) -> PortPair:
    pair = ports.take(Address("127.0.0.1", 5004), stream)
    assert pair is not None
    return pair


def test_calls_that_follow_each_other_take_the_ports_in_turn(ports: Ports) -> None:
    """A key that is still on its way when a call ends must not be heard in the next call of the same peer."""
    turns = []
    for stream in range(6):
        pair = take(ports, stream)
        turns.append(pair.index)
        ports.leave(pair, stream)
    assert turns == [0, 1, 2, 0, 1, 2]


def test_the_emptiest_comes_first(ports: Ports) -> None:
    first, second, third = take(ports, 0), take(ports, 1), take(ports, 2)
    assert {first.index, second.index, third.index} == {0, 1, 2}
    ports.leave(second, 1)
    assert take(ports, 3) is second
