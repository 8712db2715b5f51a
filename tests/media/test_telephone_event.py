"""Keys as telephone-events: each press is told once."""

from __future__ import annotations

import struct
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringback.media.messages import KeyHeard, KeysSent, Listen, SendKeys
from ringback.media.telephone_event import DIGITS, LONGEST, EventPacket, EventReceiver, EventToSend, packets_of
from tests.media.hand import Hand, noise, packets, rtp


def pressed(digits: str, ms: int = 100, gap: int = 800, begin: int = 1000) -> list[list[tuple[int, bytes]]]:
    """(time stamp, payload) of each packet of each press."""
    presses, time = [], begin
    for digit in digits:
        presses.append([((time + one.offset) & 0xFFFFFFFF, one.payload) for one in packets_of(digit, ms)])
        time += ms * 8 + gap
    return presses


def told(arriving: list[tuple[int, bytes]]) -> str:
    receiver = EventReceiver()
    keys = [receiver.take(*one) for one in arriving]
    return "".join(key[0] for key in keys if key is not None)


def test_all_sixteen_keys() -> None:
    assert told(list(chain(*pressed(DIGITS)))) == DIGITS


def test_flash_and_unknown_events_are_no_keys() -> None:
    assert told([(1, bytes(EventPacket(16, False, 10, 160))), (2, bytes(EventPacket(200, True, 10, 160)))]) == ""


@pytest.mark.parametrize("payload", [b"", b"\x05", b"\x05\x0a\x00"])
def test_a_payload_that_is_too_short_is_ignored(payload: bytes) -> None:
    assert told([(1, payload)]) == ""


@given(st.data())
@settings(max_examples=150)
def test_each_press_is_told_once_whatever_is_lost_doubled_or_reordered(data: st.DataObject) -> None:
    digits = data.draw(st.text(DIGITS, min_size=1, max_size=6))
    begin = data.draw(st.sampled_from([0, 1000, 0xFFFFFFFF - 1500]))
    arriving: list[tuple[int, bytes]] = []
    for press in pressed(digits, begin=begin):
        kept = data.draw(st.lists(st.sampled_from(press), min_size=1, max_size=2 * len(press)))
        arriving += kept
    assert told(arriving) == digits


def test_packets_of_an_older_press_after_the_next_one_began_are_not_another() -> None:
    first, second = pressed("55")
    assert told([*first[:-1], *second[:2], first[-1], *second[2:]]) == "55"


def test_the_same_digit_twice_without_any_end_is_two() -> None:
    first, second = pressed("77")
    assert told(first[:2] + second[:2]) == "77"


def test_an_event_longer_than_a_segment_is_one() -> None:
    (press,) = pressed("1", ms=20_000)
    assert len({stamp for stamp, _ in press}) == 3
    assert max(struct.unpack("!BBH", payload)[2] for _, payload in press) == LONGEST
    assert told(press) == "1"
    assert told(press[::7]) == "1"


def test_a_sender_that_stamps_each_update_anew_is_understood() -> None:
    updates = [(1000 + 160 * index, bytes(EventPacket(4, False, 10, 160 * (index + 1)))) for index in range(6)]
    assert told(updates) == "4"


def test_what_a_press_looks_like_on_the_wire() -> None:
    """RFC 4733 §2.5.1: the marker first, durations that grow, the end three times."""
    sent = list(packets_of("9", 100))
    assert [one.marker for one in sent] == [True] + [False] * 6
    found = [EventPacket.parse(one.payload) for one in sent]
    assert [packet.duration for packet in found if packet] == [160, 320, 480, 640, 800, 800, 800]
    assert [packet.end for packet in found if packet] == [False] * 4 + [True] * 3
    assert {packet.event for packet in found if packet} == {9}


@given(st.integers(0, 255), st.booleans(), st.integers(0, 63), st.integers(0, 65535))
def test_parse_and_print_are_inverse(event: int, end: bool, volume: int, duration: int) -> None:
    packet = EventPacket(event, end, volume, duration)
    assert EventPacket.parse(bytes(packet)) == packet


@given(st.integers(0, 2**32 - 1), st.binary(max_size=20))
def test_any_payload_is_taken(timestamp: int, payload: bytes) -> None:
    EventReceiver().take(timestamp, payload)


def test_keys_are_told_once_they_are_wanted(hand: Hand) -> None:
    sequence = iter(range(100))
    for digit, wanted in (("1", False), ("2", True), ("3", True)):
        hand.desk.obey(Listen(1, wanted, False))
        for one in packets_of(digit, 60):
            hand.sends(rtp(next(sequence), 1000 * int(digit), one.payload, 101, one.marker))
            hand.tick()
    assert [key.digit for key in hand.told(KeyHeard)] == ["2", "3"]
    assert {key.how for key in hand.told(KeyHeard)} == {"event"}


def test_keys_take_the_place_of_the_sound_we_send(hand: Hand) -> None:
    hand.desk.obey(SendKeys(1, 5, "12", 40, 60, None))
    hand.tick(16)
    sent = hand.got_rtp()[:12]
    kinds = [kind & 0x7F for kind, _, _ in sent]
    assert kinds == [101, 101, 101, 101, 0, 101, 101, 101, 101, 0, 0, 0]
    stamps = [stamp for kind, stamp, _ in sent if kind & 0x7F == 101]
    assert len(set(stamps)) == 2
    assert [kind >= 0x80 for kind, _, _ in sent][:4] == [True, False, False, False]
    assert (stamps[4] - stamps[0]) % 2**32 == 5 * 160
    assert hand.told(KeysSent) == [KeysSent(1, 5)]


def test_a_w_waits_half_a_second(hand: Hand) -> None:
    hand.hears(packets(noise(160)), after=0)  # silence is sent from here on
    hand.got()
    hand.desk.obey(SendKeys(1, 5, "w1", 40, 60, "event"))
    hand.tick(40)
    kinds = [kind & 0x7F for kind, _, _ in hand.got_rtp()]
    assert kinds.index(101) == 25


def test_sound_is_silent_but_not_missed_while_a_key_is_pressed(hand: Hand) -> None:
    hand.hears(packets(noise(1600)), after=0)
    for index, one in enumerate(packets_of("5", 100)):
        hand.sends(rtp(110 + index, 5000 + 1600, one.payload, 101))
        hand.tick()
    assert hand.facts()["concealed_ms"] == 0
    assert isinstance(next(packets_of("5", 100)), EventToSend)
