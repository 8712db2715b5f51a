"""What is heard of what was sent, whatever the network does on the way."""

from __future__ import annotations

import numpy as np
import pytest

from ringback.media import concealment
from ringback.media.jitter import ENOUGH, LOOK_EVERY
from ringback.media.messages import Close
from tests.media.hand import Hand, find, noise, packets, udp

DELAY = 2 * 160


def test_all_is_heard_sample_by_sample_40_ms_later(hand: Hand) -> None:
    sound = noise(8000)
    heard = hand.hears(packets(sound))
    assert find(sound, heard) == DELAY
    assert not heard[:DELAY].any()
    facts = hand.facts()
    assert (facts["received"], facts["lost"], facts["late"], facts["duplicate"]) == (50, 0, 0, 0)


@pytest.mark.parametrize(("size", "each"), [(80, 2), (120, 1), (160, 1), (240, 1), (320, 1), (480, 1)])
def test_packet_times_of_10_to_60_ms(hand: Hand, size: int, each: int) -> None:
    """Every packet when it is due, counted in ticks."""
    sound = noise(size * 48)
    heard, due = [], list(packets(sound, size))
    for now in range(160, len(sound) + 8000, 160):
        while due and (49 - len(due)) * size <= now:
            hand.sends(due.pop(0))
        heard.append(hand.tick())
    assert find(sound[: len(sound) // 160 * 160], np.concatenate(heard)) >= DELAY


def test_packet_times_may_be_mixed(hand: Hand) -> None:
    sound = noise(160 + 240 + 80 + 480 + 320)
    place, mixed = 0, []
    for index, size in enumerate((160, 240, 80, 480, 320)):
        mixed += packets(sound[place : place + size], size, 100 + index, 5000 + place)
        place += size
    hand.sends(*mixed)
    assert find(sound, hand.tick(30)) == DELAY


def test_the_payload_type_may_change_in_mid_stream(hand: Hand) -> None:
    from tests.media.hand import PCMA

    loud = noise(1600)
    lawful = PCMA.to_samples(PCMA.from_samples(loud))
    heard = hand.hears(packets(loud) + packets(lawful, sequence=110, timestamp=6600, kind=8))
    assert find(np.concatenate([loud, lawful]), heard) == DELAY


def test_sequence_and_time_stamp_may_wrap(hand: Hand) -> None:
    sound = noise(8000)
    heard = hand.hears(packets(sound, sequence=65530, timestamp=0xFFFFFFFF - 2000))
    assert find(sound, heard) == DELAY
    assert hand.facts()["lost"] == 0
    assert hand.facts()["received"] == 50


def test_reordered_and_doubled_packets_are_put_right(hand: Hand) -> None:
    sound = noise(160 * 60)
    some = packets(sound)
    for index in range(0, 60, 6):
        some[index], some[index + 1] = some[index + 1], some[index]
    heard = [hand.tick()]
    for index, packet in enumerate(some):
        hand.sends(packet, *[some[index - 1]] * (index % 5 == 0 and index > 0))
        heard.append(hand.tick())
    heard.append(hand.tick(5))
    assert find(sound[160:], np.concatenate(heard)) >= 0
    facts = hand.facts()
    assert facts["duplicate"] == 11
    assert facts["lost"] == 0


@pytest.mark.parametrize("share", [0.01, 0.05, 0.2])
def test_lost_packets_are_concealed_in_their_place(hand: Hand, share: float) -> None:
    sound = noise(160 * 200)
    kept = np.random.default_rng(7).random(200) >= share
    kept[[0, -1]] = True
    heard = []
    for packet, arrives in zip(packets(sound), kept, strict=True):
        if arrives:
            hand.sends(packet)
        heard.append(hand.tick())
    heard.append(hand.tick(10))
    frames = np.concatenate(heard)[DELAY:].reshape(-1, 160)[:200]
    for index in np.flatnonzero(kept):
        assert (frames[index] == sound.reshape(-1, 160)[index]).all(), index
    assert hand.facts()["lost"] == 200 - kept.sum()
    assert hand.facts()["concealed_ms"] >= 20
    assert hand.facts()["mos"] < 4.4


def test_a_tone_goes_on_through_a_lost_packet(hand: Hand) -> None:
    time = np.arange(160 * 40) / 8000
    sound = (8000 * np.sin(2 * np.pi * 200 * time)).astype(np.int16)
    some = packets(sound)
    del some[20]
    heard = []
    for index in range(40):
        hand.sends(*some[index : index + 1])
        heard.append(hand.tick())
    frame = np.concatenate(heard)[DELAY:].reshape(-1, 160)[20].astype(float)
    wanted = sound.reshape(-1, 160)[20].astype(float)
    assert np.corrcoef(frame, wanted)[0, 1] > 0.98


def test_silence_follows_60_ms_after_the_peer_stops(hand: Hand) -> None:
    some = packets(noise(160 * 20))
    for packet in some:
        hand.sends(packet)
        hand.tick()
    hand.tick(2)
    levels = [int(np.abs(hand.tick()).max()) for _ in range(6)]
    assert levels[0] > 1000
    assert levels[concealment.FRAMES :] == [0] * 3


@pytest.mark.parametrize("jitter_ms", [20, 60, 120, 200])
def test_jitter_loses_nothing_once_the_delay_has_grown(hand: Hand, jitter_ms: int) -> None:
    sound = noise(160 * 250)
    delays = np.random.default_rng(3).integers(0, jitter_ms // 20 + 1, 250)
    arrivals: dict[int, list[bytes]] = {}
    for index, (packet, delay) in enumerate(zip(packets(sound), delays, strict=True)):
        arrivals.setdefault(index + int(delay), []).append(packet)
    heard = []
    for now in range(290):
        hand.sends(*arrivals.get(now, []))
        heard.append(hand.tick())
    whole = np.concatenate(heard)
    assert find(sound[160 * 100 :], whole) >= 0
    assert hand.facts()["delay_ms"] <= jitter_ms + 80
    assert hand.facts()["lost"] == 0


def test_the_delay_shrinks_again_in_silence_after_a_burst_of_jitter(hand: Hand) -> None:
    quiet = np.zeros(160 * LOOK_EVERY * 3, dtype=np.int16)
    some = packets(quiet)
    for packet in some[:20]:
        hand.sends(packet)
        hand.tick()
    hand.tick(5)  # held up by 100 ms
    hand.sends(*some[20:25])
    for packet in some[25:30]:
        hand.sends(packet)
        hand.tick()
    grown = hand.facts()["delay_ms"]
    for packet in some[30:]:
        hand.sends(packet)
        hand.tick()
    assert grown >= 100
    assert hand.facts()["delay_ms"] <= ENOUGH * 20


@pytest.mark.parametrize("every", [101, 99])
def test_a_clock_that_runs_1_percent_off_is_absorbed(hand: Hand, every: int) -> None:
    """A hundred times the worst that real clocks do: after 20 s the delay is still small."""
    speech = noise(160 * 1000)
    speech[np.arange(len(speech)) // 3200 % 3 == 0] = 0
    for index, packet in enumerate(packets(speech)):
        hand.sends(packet)
        if every == 101 or index % every:
            hand.tick()
        if every == 101 and index % every == 0:
            hand.tick()
    assert hand.facts()["delay_ms"] <= 140
    assert hand.facts()["lost"] == 0


def test_a_new_ssrc_begins_anew(hand: Hand) -> None:
    first, second = noise(3200, 1), noise(3200, 2)
    heard = hand.hears(packets(first) + packets(second, sequence=9, timestamp=123456789, ssrc=5))
    assert find(first[:-DELAY], heard) == DELAY
    assert find(second, heard) >= 0
    assert hand.facts()["lost"] == 0
    assert hand.facts()["received"] == 40


def test_the_time_stamp_may_jump(hand: Hand) -> None:
    first, second = noise(3200, 1), noise(3200, 2)
    heard = hand.hears(packets(first) + packets(second, sequence=120, timestamp=900_000))
    assert find(second, heard) >= 0


def test_silence_suppression_without_a_word_gives_silence_and_the_whole_next_talk_spurt(hand: Hand) -> None:
    first, second = noise(3200, 1), noise(3200, 2)
    before = hand.hears(packets(first), after=0)
    pause = hand.tick(100)
    after = hand.hears(packets(second, sequence=120, timestamp=5000 + 160 * 120))
    assert find(first, np.concatenate([before, pause])) == DELAY
    assert not pause[160 * 8 :].any()
    assert find(second, after) == DELAY


def test_what_comes_too_late_is_counted_and_not_heard(hand: Hand) -> None:
    sound = noise(160 * 30)
    some = packets(sound)
    late = some.pop(10)
    for index, packet in enumerate(some):
        hand.sends(packet)
        if index == 20:
            hand.sends(late)
        hand.tick()
    assert hand.facts()["late"] == 1
    assert hand.facts()["lost"] == 0


def test_a_flood_from_one_peer_is_bounded(hand: Hand) -> None:
    hand.sends(*packets(noise(160 * 400)))
    hand.tick()
    assert hand.facts()["ignored"] == 360


def test_a_held_peer_is_counted_but_not_heard() -> None:
    hand = Hand(receives=False)
    assert not hand.hears(packets(noise(3200))).any()
    assert hand.facts()["received"] == 20
    hand.close()


def test_extension_contributors_and_padding_are_skipped(hand: Hand) -> None:
    import struct

    sound = noise(320)
    first, second = packets(sound)
    extended = bytes([0x90 | 1]) + first[1:12] + bytes(4) + struct.pack("!HH", 0xBEDE, 1) + bytes(4) + first[12:]
    padded = bytes([0xA0]) + second[1:] + bytes(3) + b"\x04"
    hand.sends(extended, padded)
    assert find(sound, hand.tick(6)) == DELAY


def test_a_row_that_waits_for_its_next_stream_misses_nothing(hand: Hand) -> None:
    """Its report begins at nothing, whatever the stream before it heard."""
    with udp() as other:
        hand.open(2, other)
        hand.hears(packets(noise(1600)))
        hand.desk.obey(Close(1))
        hand.tick(10)
        hand.open(3, hand.peer)
        hand.tick(10)
        facts = hand.facts(3)
    assert (facts["concealed_ms"], facts["received"], facts["sent"]) == (0, 0, 1)
