"""A process that is held up: what was sent in order is heard whole, late; what is thrown away is counted."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from ringback.media.jitter import FAR_TOO_MANY, LOOK_EVERY
from ringback.media.messages import Close, KeyHeard, Listen, Open, Play
from ringback.media.table import FRAME
from tests.media.hand import PCMU, Hand, Sound, find, noise, packets, rtp, udp
from tests.media.test_detector import key, pause


class Gap:
    """Ticks in which the peer sends, or does not; then all at once."""

    def __init__(self, hand: Hand, some: list[bytes]) -> None:
        self.hand = hand
        self.rest = list(some)
        self.heard: list[Sound] = []

    def go_on(self, ticks: int) -> None:
        for _ in range(ticks):
            self.hand.sends(*self._next(1))
            self.heard.append(self.hand.tick())

    def peer_is_held_up(self, ticks: int) -> None:
        self.heard.append(self.hand.tick(ticks))
        self.hand.sends(*self._next(ticks))

    def we_are_held_up(self, ticks: int) -> None:
        self.hand.sends(*self._next(ticks))
        self.hand.desk.skip(ticks)

    def lose(self, count: int = 1) -> None:
        for _ in self._next(count):
            self.heard.append(self.hand.tick())

    def end(self) -> Sound:
        self.go_on(len(self.rest))
        self.heard.append(self.hand.tick(80))
        return np.concatenate(self.heard)

    def _next(self, count: int) -> list[bytes]:
        taken, self.rest = self.rest[:count], self.rest[count:]
        return taken


@pytest.mark.parametrize("ticks", [1, 5, 15, 35])
@pytest.mark.parametrize("who", ["we", "peer"])
def test_what_arrived_in_order_is_heard_whole_when_either_side_was_held_up(hand: Hand, who: str, ticks: int) -> None:
    sound = noise(FRAME * 100)
    gap = Gap(hand, packets(sound))
    gap.go_on(30)
    (gap.we_are_held_up if who == "we" else gap.peer_is_held_up)(ticks)
    heard = gap.end()
    before = 30 * FRAME if who == "peer" and ticks > 2 else 0  # there, what stands for missing sound is heard between
    assert find(sound[before:], heard) >= 0
    assert find(sound[: 30 * FRAME], heard) >= 0
    assert hand.facts()["late"] == 0
    if who == "we":
        assert hand.facts()["concealed_ms"] <= 60  # behind the end


def test_what_is_thrown_away_for_want_of_room_is_counted(hand: Hand) -> None:
    sound = noise(FRAME * 200)
    gap = Gap(hand, packets(sound))
    gap.go_on(20)
    for _ in range(3):
        gap.we_are_held_up(30)
        gap.go_on(1)
    frames = gap.end().reshape(-1, FRAME)
    heard = {frame.tobytes() for frame in frames}
    missed = [frame for frame in sound.reshape(-1, FRAME) if frame.tobytes() not in heard]
    assert missed
    assert hand.facts()["late"] == len(missed)


def test_the_delay_shrinks_in_pauses_and_no_syllable_is_cut(hand: Hand) -> None:
    syllables = noise(FRAME * 1200)
    syllables[np.arange(len(syllables)) % (FRAME * 12) >= FRAME * 9] = 0
    syllables[FRAME * 1100 :] = 0
    gap = Gap(hand, packets(syllables))
    gap.go_on(20)
    gap.we_are_held_up(10)
    heard = {frame.tobytes() for frame in gap.end().reshape(-1, FRAME)}
    assert all(frame.tobytes() in heard for frame in syllables.reshape(-1, FRAME))
    assert hand.facts()["late"] == 0


def test_without_any_pause_a_long_delay_is_caught_up_after_a_while_and_counted(hand: Hand) -> None:
    sound = noise(FRAME * LOOK_EVERY * 4)
    gap = Gap(hand, packets(sound))
    gap.go_on(20)
    gap.we_are_held_up(FAR_TOO_MANY + 8)
    gap.go_on(LOOK_EVERY)
    before = hand.facts()
    assert before["late"] == 0
    gap.go_on(LOOK_EVERY * 2)
    after = hand.facts()
    assert 0 < after["late"] <= 8
    assert after["delay_ms"] == before["delay_ms"] - after["late"] * 20


def test_pauses_between_keys_stay_long_enough_when_the_delay_shrinks(hand: Hand) -> None:
    hand.desk.obey(Listen(1, True, False))
    presses = [part for _ in range(12) for part in (key("5", 60), pause(60))]
    sound = np.concatenate([noise(FRAME * LOOK_EVERY).astype(float), pause(20), *presses]).astype(np.int16)
    gap = Gap(hand, packets(sound))
    gap.go_on(20)
    gap.we_are_held_up(10)
    gap.end()
    assert "".join(one.digit for one in hand.told(KeyHeard)) == "5" * 12


def test_the_rest_of_a_spurt_that_is_less_than_a_frame_is_heard_once(hand: Hand) -> None:
    sound = noise(240)
    heard = hand.hears(packets(sound, 240))
    assert find(sound, heard) == -1  # its rest waited for more
    tail = heard[heard.nonzero()[0][0] :]
    assert find(sound[FRAME:], tail) > FRAME
    assert find(sound[FRAME:], tail[find(sound[FRAME:], tail) + 1 :]) == -1
    assert not heard[-FRAME * 20 :].any()


def test_an_old_packet_from_before_a_jump_of_the_senders_time_is_late(hand: Hand) -> None:
    first, second = noise(3200, 1), noise(3200, 2)
    old = packets(first)
    straggler = old.pop(18)
    new = packets(second, sequence=120, timestamp=900_000)
    heard = hand.hears([*old, *new[:3], straggler, *new[3:]])
    assert find(second, heard) >= 0
    assert hand.facts()["late"] == 1


def test_a_new_source_follows_the_rest_of_the_old_one(hand: Hand) -> None:
    first, second = noise(3200, 1), noise(3200, 2)
    heard = hand.hears(packets(first) + packets(second, sequence=9, timestamp=123456789, ssrc=5))
    assert find(np.concatenate([first, second]), heard) >= 0


# ---- keys


def keys_of(hand: Hand) -> str:
    return "".join(one.digit for one in hand.told(KeyHeard))


@pytest.mark.parametrize("begin", range(4, 9))
@pytest.mark.parametrize("ticks", [1, 3, 4, 7, 15])
@pytest.mark.parametrize("what", ["lost", "peer is held up", "we are held up"])
def test_a_key_is_heard_once_whatever_is_missing_in_its_middle(begin: int, ticks: int, what: str) -> None:
    hand = Hand()
    hand.desk.obey(Listen(1, True, False))
    sound = np.concatenate([pause(60), key("9", 500), pause(200), key("9", 100), pause(100)]).astype(np.int16)
    gap = Gap(hand, packets(sound))
    gap.go_on(begin)
    if what == "lost":
        gap.lose(ticks)
    elif what == "peer is held up":
        gap.peer_is_held_up(ticks)
    else:
        gap.we_are_held_up(ticks)
    gap.end()
    assert keys_of(hand) == "99"
    hand.close()


@pytest.mark.parametrize("phase", range(3))
def test_a_key_is_heard_once_when_every_third_packet_of_it_is_lost(hand: Hand, phase: int) -> None:
    hand.desk.obey(Listen(1, True, False))
    gap = Gap(hand, packets(np.concatenate([key("7", 600), pause(300)]).astype(np.int16)))
    while len(gap.rest) > 16:
        gap.go_on(phase)
        gap.lose()
        gap.go_on(2 - phase)
    gap.end()
    assert keys_of(hand) == "7"


def test_a_pause_that_the_peer_tells_of_ends_a_key(hand: Hand) -> None:
    hand.desk.obey(Listen(1, True, False))
    hand.hears(packets(key("3", 100).astype(np.int16)), after=0)
    hand.sends(rtp(105, 5000 + 800, b"\x40", kind=13))
    hand.tick(8)
    hand.hears(packets(key("3", 100).astype(np.int16), sequence=106, timestamp=5000 + 800 + FRAME * 8))
    assert keys_of(hand) == "33"


def test_a_key_ends_when_nothing_comes_for_long(hand: Hand) -> None:
    hand.desk.obey(Listen(1, True, False))
    hand.hears(packets(key("3", 100).astype(np.int16)), after=0)
    hand.tick(40)
    hand.hears(packets(key("3", 100).astype(np.int16), sequence=105, timestamp=5000 + 800 + FRAME * 40))
    assert keys_of(hand) == "33"


# ---- what we send


def test_the_player_goes_on_where_it_was_and_its_time_is_continuous(hand: Hand, tmp_path: Path) -> None:
    sound = noise(8000)
    sound.tofile(tmp_path / "sound")
    hand.desk.obey(Play(1, 1, str(tmp_path / "sound"), 8000, 1))
    hand.desk.begin_sounds()
    hand.tick(10)
    hand.desk.skip(15)
    hand.tick(60)
    sent = hand.got_rtp()
    assert {(later - earlier) % 2**32 for (_, earlier, _), (_, later, _) in pairwise(sent)} == {FRAME}
    assert find(sound, PCMU.to_samples(np.frombuffer(b"".join(one[2] for one in sent), dtype=np.uint8))) == 0
    assert [index for index, (kind, _, _) in enumerate(sent) if kind & 0x80] == [0, 11]


# ---- early and former packets


def test_what_comes_before_the_peers_answer_was_heard_of_is_not_lost() -> None:
    hand = Hand()
    hand.hears(packets(noise(FRAME)))
    with udp() as other:
        hand.desk.obey(Open(2, 0, 0))
        sound = noise(FRAME * 30, 4)
        some = packets(sound, ssrc=8)
        for packet in some[:15]:
            hand.sends(packet, by=other)
            hand.tick()
        hand.agree(2, other)
        heard = []
        for packet in some[15:]:
            hand.sends(packet, by=other)
            heard.append(hand.tick(row=1))
        heard.append(hand.tick(30, row=1))
        assert find(sound, np.concatenate(heard)) >= 0
        assert hand.facts(2)["ignored"] == 0
    hand.close()


@pytest.mark.parametrize("ticks", [0, 200])
def test_a_stranger_that_has_sent_for_long_or_long_ago_is_not_heard_late(hand: Hand, ticks: int) -> None:
    with udp() as other:
        hand.sends(*packets(noise(FRAME * (10 if ticks else 60), 4)), by=other)
        hand.tick(1 + ticks)
        hand.desk.obey(Open(2, 0, 0))
        hand.agree(2, other)
        assert not hand.tick(20, row=1).any()


def test_what_is_on_its_way_from_a_call_that_ended_is_not_heard_in_the_next_with_the_same_addresses(hand: Hand) -> None:
    hand.hears(packets(noise(1600)), after=0)
    hand.desk.obey(Close(1))
    hand.sends(rtp(110, 6600, b"\x05\x0a\x00\xa0", kind=101), *packets(noise(320), sequence=111, timestamp=6760))
    hand.open(2, hand.peer)
    hand.desk.obey(Listen(2, True, False))
    assert not hand.tick(5).any()
    assert hand.told(KeyHeard) == []
    assert hand.facts(2)["received"] == 0
    sound = noise(1600, 3)
    assert find(sound, hand.hears(packets(sound, ssrc=123))) >= 0


@pytest.mark.parametrize("early", [1, 3, 25])
def test_a_call_whose_first_packets_came_before_the_end_of_the_one_before_was_told_of_is_heard_whole(
    hand: Hand, early: int
) -> None:
    """A port is free as soon as its call is over, and the next peer may be quicker than the command that says so."""
    hand.hears(packets(noise(1600), ssrc=4), after=0)
    asked_at = hand.intake.now
    sound = noise(FRAME * 40, 3)
    some = packets(sound, ssrc=9)
    for packet in some[:early]:
        hand.sends(packet)
        hand.tick()
    hand.desk.obey(Close(1))
    hand.desk.obey(Open(2, 0, asked_at))
    hand.agree(2, hand.peer)
    assert find(sound, hand.hears(some[early:])) >= 0
    facts = hand.facts(2)
    assert (facts["received"], facts["lost"], facts["ignored"]) == (40, 0, 0)


def test_what_another_source_sent_to_the_call_before_is_not_heard_in_the_next_one(hand: Hand) -> None:
    hand.hears(packets(noise(1600), ssrc=4), after=0)
    hand.hears(packets(noise(1600, 2), ssrc=5), after=0)
    assert hand.facts()["ignored"] == 0
    hand.desk.obey(Close(1))
    hand.open(2, hand.peer)
    sound = noise(1600, 3)
    heard = hand.hears(packets(sound, ssrc=9))
    assert not heard[: find(sound, heard)].any()
    assert hand.facts(2)["received"] == 10


def test_a_peer_that_always_has_the_same_ssrc_is_heard_in_its_next_call(hand: Hand) -> None:
    hand.hears(packets(noise(1600)), after=0)
    hand.desk.obey(Close(1))
    hand.open(2, hand.peer)
    sound = noise(1600, 3)
    assert find(sound, hand.hears(packets(sound, sequence=30_000))) >= 0


def test_a_former_sequence_is_welcome_again_after_the_quarantine(hand: Hand) -> None:
    hand.hears(packets(noise(1600)), after=0)
    hand.desk.obey(Close(1))
    hand.open(2, hand.peer)
    hand.tick(100)
    sound = noise(1600, 3)
    assert find(sound, hand.hears(packets(sound, sequence=110))) >= 0


def test_the_stream_that_came_last_hears_an_address_that_two_streams_were_told_of(hand: Hand) -> None:
    """The former call's end may be behind the next call's beginning."""
    hand.sends(*packets(noise(800), ssrc=4), by=hand.strangers)
    hand.tick()
    hand.open(2, hand.strangers)
    sound = noise(1600, 3)
    heard = []
    for packet in packets(sound, ssrc=9):
        hand.sends(packet, by=hand.strangers)
        heard.append(hand.tick(row=1))
    heard.append(hand.tick(5, row=1))
    assert find(sound, np.concatenate(heard)) >= 0
