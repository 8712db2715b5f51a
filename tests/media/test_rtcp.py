"""RTCP packets, and what a stream reports."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringback.media.messages import Close
from ringback.media.reporter import INTERVAL
from ringback.media.rtcp import BadRtcp, Block, Compound, SenderInfo, ntp_time, round_trip
from tests.media.hand import Hand, noise, packets

words = st.integers(0, 2**32 - 1)
blocks = st.builds(Block, words, st.integers(0, 255), st.integers(-(2**23), 2**23 - 1), words, words, words, words)
senders = st.builds(SenderInfo, st.integers(0, 2**64 - 1), words, words, words)
names = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF), max_size=40)


@given(st.builds(Compound, words, st.none() | senders, st.lists(blocks, max_size=3).map(tuple), names, st.booleans()))
def test_parse_and_print_are_inverse(compound: Compound) -> None:
    printed = bytes(compound)
    assert len(printed) % 4 == 0
    assert Compound.parse(printed) == compound


@given(st.binary(max_size=120))
def test_any_packet_is_parsed_or_refused(packet: bytes) -> None:
    with contextlib.suppress(BadRtcp):
        Compound.parse(packet)


@given(st.binary(max_size=80), st.integers(0, 60))
def test_a_damaged_report_is_parsed_or_refused(rest: bytes, cut: int) -> None:
    whole = bytes(Compound(1, SenderInfo(1, 2, 3, 4), (Block(5, 0, -1, 7, 8),), "name", True))
    with contextlib.suppress(BadRtcp):
        Compound.parse(whole[:cut] + rest)


@pytest.mark.parametrize(
    "packet", [b"", b"\x80", b"\x80\xca\x00\x00", b"\x80\xc9\x00\x05" + bytes(4), b"\x81\xc9\x00\x01" + bytes(4)]
)
def test_what_is_no_report_is_refused(packet: bytes) -> None:
    with pytest.raises(BadRtcp):
        Compound.parse(packet)


def test_the_round_trip_of_the_rfc() -> None:
    """RFC 3550 figure 2: 6.125 s."""
    block = Block(1, 0, 0, 0, 0, last_sr=0xB7052000, delay=0x00054000)
    assert round_trip(0x0000_B710_8000_0000, block) == 6.125
    assert round_trip(0, Block(1, 0, 0, 0, 0)) is None


def test_reports_are_sent_every_five_seconds_and_say_what_was_received(hand: Hand) -> None:
    some = packets(noise(160 * 3 * INTERVAL))
    del some[100:110]
    for packet in some[: 3 * INTERVAL]:
        hand.sends(packet)
        hand.tick()
    reports = [Compound.parse(packet) for packet in hand.got() if 200 <= packet[1] <= 204]
    assert 2 <= len(reports) <= 6
    last = reports[-1]
    assert last.sender is not None
    assert last.sender.packets > 100
    assert last.blocks[0].ssrc == 77
    assert last.blocks[0].lost == 10
    assert last.name


def test_what_the_peer_reports_is_in_our_report(hand: Hand) -> None:
    hand.hears(packets(noise(1600)), after=INTERVAL)
    (first, *_) = [Compound.parse(packet) for packet in hand.got() if 200 <= packet[1] <= 204]
    assert first.sender is not None
    last_sr = ntp_time(time.time() - 0.5) >> 16 & 0xFFFFFFFF
    block = Block(first.ssrc, 0, 3, 0, 0, last_sr, int(0.4 * 65536))
    hand.sends(bytes(Compound(77, None, (block,), "peer")))
    hand.intake.now = time.time_ns() // 125_000 - 160
    hand.tick()
    facts = hand.facts()
    assert 95 <= facts["round_trip_ms"] <= 140
    assert facts["peer_lost"] == 3


def test_rtcp_has_its_own_port_without_mux() -> None:
    hand = Hand(mux=False, rtcp=("127.0.0.1", 0))
    hand.agree(1, hand.peer, mux=False, rtcp=hand.strangers.getsockname())
    hand.hears(packets(noise(1600)), after=INTERVAL)
    (report, *_) = hand.got(hand.strangers)
    assert Compound.parse(report).ssrc
    assert not [packet for packet in hand.got() if 200 <= packet[1] <= 204]
    hand.close()


def test_nonsense_and_strangers_are_counted(hand: Hand) -> None:
    reporter = hand.desk._work.reporter
    reporter.take(b"nonsense", ("127.0.0.1", 9))
    reporter.take(bytes(Compound(1, None, (Block(2, 0, 0, 0, 0),))), ("127.0.0.1", 9))
    assert reporter.bad == 2


def test_the_end_says_good_bye(hand: Hand) -> None:
    hand.hears(packets(noise(160)))
    hand.desk.obey(Close(1))
    assert any(Compound.parse(packet).bye for packet in hand.got() if 200 <= packet[1] <= 204)


def test_who_only_reports_is_told_good_bye_too(hand: Hand) -> None:
    ours = int(hand.table.packets["ssrc"][0])
    hand.sends(bytes(Compound(77, None, (Block(ours, 0, 0, 0, 0),))))
    hand.tick()
    hand.desk.obey(Close(1))
    assert any(Compound.parse(packet).bye for packet in hand.got() if 200 <= packet[1] <= 204)


def test_an_address_that_never_answered_is_told_nothing_at_the_end(hand: Hand) -> None:
    hand.tick(30)
    hand.got()
    hand.desk.obey(Close(1))
    assert hand.got() == []
