"""Symmetric RTP, and its guard against strangers."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from ringback.media.demux import Demux, key_of, keys_of
from ringback.media.messages import Close, Latched
from ringback.media.system_calls import host_and_port, sockaddr
from tests.media.hand import Hand, find, noise, packets, rtp, udp


@pytest.fixture
def lost() -> Iterator[Hand]:
    """The peer signalled an address at which it is not: a NAT has changed it."""
    made = Hand(address=("127.0.0.1", 9))
    yield made
    made.close()


def test_a_peer_is_known_with_its_first_packet(hand: Hand) -> None:
    hand.sends(*packets(noise(160)))
    hand.tick()
    assert hand.told(Latched) == [Latched(1, *hand.peer.getsockname())]


def test_strangers_are_counted_and_not_heard(hand: Hand) -> None:
    sound = noise(1600)
    theirs = packets(noise(1600, 2), ssrc=99)
    heard = []
    for ours, other in zip(packets(sound), theirs, strict=True):
        hand.sends(ours)
        hand.sends(other, by=hand.strangers)
        heard.append(hand.tick())
    heard.append(hand.tick(3))
    import numpy as np

    assert find(sound, np.concatenate(heard)) >= 0
    assert hand.facts()["ignored"] == 10
    assert hand.facts()["lost"] == 0
    assert not [packet for packet in hand.got(hand.strangers) if packet[1] < 192]


def test_another_address_takes_the_place_of_one_that_is_silent(lost: Hand) -> None:
    sound = noise(1600)
    heard = lost.hears(packets(sound))
    assert find(sound[160:], heard) >= 0
    assert lost.told(Latched) == [Latched(1, *lost.peer.getsockname())]
    assert lost.got_rtp()
    assert lost.facts()["peer"] == f"127.0.0.1:{lost.peer.getsockname()[1]}"


def test_one_packet_or_another_ssrc_or_nonsense_is_not_enough(lost: Hand) -> None:
    lost.sends(rtp(1, 160, bytes(160)))
    lost.tick()
    lost.sends(rtp(2, 320, bytes(160), ssrc=5))
    lost.tick()
    lost.sends(rtp(3000, 480, bytes(160), ssrc=5))
    lost.tick()
    lost.sends(rtp(3001, 480, bytes(160), kind=96, ssrc=5), b"nonsense", b"", bytes(700))
    lost.tick()
    assert lost.told(Latched) == []
    assert lost.facts()["ignored"] == 7


def test_a_latched_row_is_not_latched_again(lost: Hand) -> None:
    lost.hears(packets(noise(800)))
    lost.sends(*packets(noise(800), ssrc=4), by=lost.strangers)
    lost.tick(3)
    assert len(lost.told(Latched)) == 1
    assert lost.facts()["ignored"] == 6


def test_the_signalled_address_wins_when_it_speaks_after_all() -> None:
    hand = Hand()
    hand.sends(*packets(noise(800), ssrc=4), by=hand.strangers)
    hand.tick()
    assert hand.told(Latched) == [Latched(1, *hand.strangers.getsockname())]
    sound = noise(1600)
    heard = hand.hears(packets(sound))
    assert find(sound, heard) >= 0
    assert hand.told(Latched)[-1] == Latched(1, *hand.peer.getsockname())
    hand.got_rtp()
    hand.got(hand.strangers)
    hand.sends(*packets(noise(800), ssrc=4), by=hand.strangers)
    hand.tick(3)
    assert hand.got_rtp()
    assert not [packet for packet in hand.got(hand.strangers) if packet[1] < 192]
    hand.close()


def test_no_stranger_is_let_in_while_two_rows_of_a_socket_wait(lost: Hand) -> None:
    lost.open(2, lost.strangers, address=("127.0.0.1", 10))
    lost.sends(*packets(noise(800)))
    lost.tick()
    assert lost.told(Latched) == []


def test_rows_on_one_socket_are_told_apart_by_the_address(hand: Hand) -> None:
    with udp() as other:
        hand.open(2, other)
        first, second = noise(1600, 1), noise(1600, 2)
        heard: list[list[int]] = [[], []]
        for one, two in zip(packets(first) + [b""] * 4, packets(second) + [b""] * 4, strict=True):
            hand.sends(one)
            hand.sends(two, by=other)
            both = hand.desk.tick()
            for row in (0, 1):
                heard[row] += both[row].tolist()
    import numpy as np

    assert find(first, np.array(heard[0], dtype=np.int16)) >= 0
    assert find(second, np.array(heard[1], dtype=np.int16)) >= 0


def test_nothing_of_a_closed_stream_reaches_the_next_one_in_its_row(hand: Hand) -> None:
    hand.hears(packets(noise(1600)), after=0)
    hand.desk.obey(Close(1))
    hand.sends(*packets(noise(320), sequence=110, timestamp=6600))
    hand.open(2, hand.strangers)
    assert not hand.tick(10).any()
    facts = hand.facts(2)
    assert (facts["received"], facts["sent"]) == (0, 1)


def test_a_new_offer_with_another_address_moves_the_stream(hand: Hand) -> None:
    hand.hears(packets(noise(1600)), after=0)
    with udp() as other:
        hand.agree(1, other)
        hand.got_rtp()
        sound = noise(1600, 5)
        heard = []
        for packet in packets(sound, sequence=110, timestamp=6600):
            hand.sends(packet, by=other)
            heard.append(hand.tick())
        heard.append(hand.tick(4))
        import numpy as np

        assert find(sound, np.concatenate(heard)) >= 0
        assert [packet for packet in hand.got(other) if packet[1] < 192]
        assert not hand.got_rtp()


def test_ipv6_addresses_have_keys_of_their_own() -> None:
    first = key_of(1, "2001:db8::1", 4000)
    others = [key_of(2, "2001:db8::1", 4000), key_of(1, "2001:db8::1", 4001), key_of(1, "2001:db8::2", 4000)]
    assert first not in others
    assert len(set(others)) == 3
    assert first == key_of(1, "2001:db8::1", 4000)


@pytest.mark.parametrize("address", [("192.0.2.77", 65535), ("127.0.0.1", 1), ("2001:db8::17", 5004)])
def test_socket_addresses(address: tuple[str, int]) -> None:
    assert host_and_port(sockaddr(*address)) == address
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    assert int.from_bytes(sockaddr(*address)[:2], "little") == family


def test_keys_of_nothing() -> None:
    import numpy as np

    empty = keys_of(np.zeros((0, 28), dtype=np.uint8), np.zeros(0, dtype=np.int32))
    assert Demux().find(empty).tolist() == []


def next_call_behind_a_nat(lost: Hand, ticks: int = 0) -> None:
    lost.hears(packets(noise(800)), after=1)
    lost.desk.obey(Close(1))
    lost.events.clear()
    lost.tick(ticks)
    lost.open(2, lost.peer, address=("127.0.0.1", 10))


def test_a_peer_behind_a_nat_is_known_in_its_next_call_by_its_new_source(lost: Hand) -> None:
    next_call_behind_a_nat(lost)
    lost.sends(*packets(noise(800), sequence=105))
    lost.tick()
    assert lost.told(Latched) == []
    lost.sends(*packets(noise(800), ssrc=5))
    lost.tick()
    assert lost.told(Latched) == [Latched(2, *lost.peer.getsockname())]


def test_a_former_source_is_a_stranger_like_others_after_a_minute(lost: Hand) -> None:
    next_call_behind_a_nat(lost)
    lost.tick(3000)
    lost.sends(*packets(noise(800), sequence=105))
    lost.tick()
    assert lost.told(Latched) == [Latched(2, *lost.peer.getsockname())]


def test_a_peer_that_moves_and_comes_back_is_heard_at_once(hand: Hand) -> None:
    hand.hears(packets(noise(800)), after=2)
    with udp() as other:
        hand.agree(1, other)
        hand.tick()
        hand.agree(1, hand.peer)
    sound = noise(1600, 3)
    assert find(sound, hand.hears(packets(sound, sequence=105, timestamp=5800))) >= 0
