"""Comfort noise (RFC 3389): a peer that is silent is heard as it says, and not as a gap or as a line that is dead."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ringback.media import comfort_noise
from ringback.media.messages import KeyHeard, Listen
from tests.media.hand import Hand, Sound, find, noise, packets, rtp

DELAY = 2 * 160


def dbov(sound: Sound) -> float:
    return float(20 * np.log10(np.sqrt(np.mean(np.square(sound, dtype=np.float64))) / 32767))


def speaks_and_rests(hand: Hand, payload: bytes, ticks: int = 100) -> Sound:
    """What is heard of 20 packets of sound, and ``ticks`` of comfort noise after them."""
    before = hand.hears(packets(noise(3200)), after=0)
    hand.sends(rtp(120, 5000 + 3200, payload, kind=13))
    return np.concatenate([before, hand.tick(ticks)])


@pytest.mark.parametrize("level", [25, 40, 60])
def test_the_noise_is_as_loud_as_the_peer_says(hand: Hand, level: int) -> None:
    heard = speaks_and_rests(hand, bytes((level,)))
    assert dbov(heard[DELAY + 3200 :]) == pytest.approx(-level, abs=1.0)


def test_it_begins_where_the_sound_ends_and_goes_on_without_a_gap(hand: Hand) -> None:
    heard = speaks_and_rests(hand, b"\x28")
    assert find(noise(3200), heard) == DELAY
    rest = heard[DELAY + 3200 :].reshape(-1, 160)
    assert all(-45 < dbov(frame) < -35 for frame in rest)
    assert hand.facts()["concealed_ms"] == 0
    assert hand.facts()["lost"] == 0


def test_it_goes_on_until_the_next_talk_spurt_is_heard_and_that_is_whole(hand: Hand) -> None:
    speaks_and_rests(hand, b"\x28")
    spurt = noise(3200, 2)
    heard = hand.hears(packets(spurt, sequence=121, timestamp=5000 + 160 * 120))
    begin = find(spurt, heard)
    assert begin == DELAY
    assert all(-45 < dbov(frame) < -35 for frame in heard[:begin].reshape(-1, 160))
    assert not heard[begin + 3200 + 480 :].any()


def test_a_pause_shorter_than_the_delay_of_a_new_spurt_is_filled_too(hand: Hand) -> None:
    speaks_and_rests(hand, b"\x28", ticks=4)
    spurt = noise(3200, 2)
    heard = hand.hears(packets(spurt, sequence=121, timestamp=5000 + 3200 + 160 * 4))
    begin = find(spurt, heard)
    assert begin > 0
    assert all(dbov(frame) > -45 for frame in heard[: begin // 160 * 160].reshape(-1, 160))


@pytest.mark.parametrize(("octet", "likeness"), [(20, 0.84), (127, 0.0), (234, -0.84)])
def test_its_colour_is_what_the_peer_says(hand: Hand, octet: int, likeness: float) -> None:
    """§3.2: with one reflection coefficient, neighbouring samples are as alike as it says."""
    quiet = speaks_and_rests(hand, bytes((30, octet)), 300)[DELAY + 3200 :].astype(float)
    assert np.corrcoef(quiet[:-1], quiet[1:])[0, 1] == pytest.approx(likeness, abs=0.04)
    assert dbov(quiet.astype(np.int16)) == pytest.approx(-30, abs=1.0)


def test_any_spectrum_gives_the_level_that_was_told(hand: Hand) -> None:
    rng = np.random.default_rng(9)
    payloads = rng.integers(0, 256, (200, 1 + comfort_noise.ORDER), dtype=np.uint8)
    payloads[:, 0] = 40
    found = comfort_noise.filters(payloads, rng.integers(1, 20, 200).astype(np.int32))
    assert np.isfinite(found).all()
    loudness = 20 * np.log10(np.sqrt((found.astype(float) ** 2).sum(axis=1)) / 32767)
    assert loudness == pytest.approx(-40, abs=0.01)


def test_the_newest_word_counts(hand: Hand) -> None:
    speaks_and_rests(hand, b"\x28")
    hand.sends(rtp(122, 5000 + 3200 + 160 * 110, b"\x3c", kind=13), rtp(121, 5000 + 3200 + 160 * 90, b"\x14", kind=13))
    assert dbov(hand.tick(50)) == pytest.approx(-60, abs=1.5)


def test_a_word_of_silence_that_comes_after_the_sound_went_on_is_too_late(hand: Hand) -> None:
    some = packets(noise(160 * 30))
    hand.hears(some[:10] + some[11:], after=0)
    hand.sends(rtp(110, 5000 + 1600, b"\x14", kind=13))
    assert not hand.tick(20)[160 * 8 :].any()


def test_the_quietest_level_is_silence(hand: Hand) -> None:
    assert not np.abs(speaks_and_rests(hand, b"\x7f")[DELAY + 3200 :]).max() > 1


def test_packets_that_end_in_mid_frame_are_followed_by_noise_at_once(hand: Hand) -> None:
    sound = noise(80 * 21)
    heard = [hand.hears(packets(sound, 80), after=0, each=2)]
    hand.sends(rtp(121, 5000 + len(sound), b"\x28", kind=13))
    whole = np.concatenate([*heard, hand.tick(20)])
    begin = find(sound, whole)
    assert begin >= 0
    assert all(-47 < dbov(piece) < -34 for piece in whole[begin + len(sound) :][: 80 * 20].reshape(-1, 80))


def test_a_peer_that_is_held_makes_no_noise() -> None:
    hand = Hand(receives=False)
    assert not speaks_and_rests(hand, b"\x14").any()
    hand.close()


def test_a_closed_stream_leaves_no_noise_to_the_next(hand: Hand) -> None:
    from ringback.media.messages import Close

    speaks_and_rests(hand, b"\x14")
    hand.desk.obey(Close(1))
    hand.open(2, hand.strangers)
    assert not hand.tick(10).any()


def test_loud_noise_is_no_key(hand: Hand) -> None:
    hand.desk.obey(Listen(1, True, False))
    speaks_and_rests(hand, bytes((10, 20, 230, 100)), 500)
    assert not hand.told(KeyHeard)


def test_a_flood_of_words_of_silence_is_worked_on_once_a_tick(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    speaks_and_rests(hand, b"\x28", ticks=4)
    worked: list[int] = []
    true = comfort_noise.filters

    def counted(payloads: Any, sizes: Any) -> Any:
        worked.append(len(payloads))
        return true(payloads, sizes)

    monkeypatch.setattr(comfort_noise, "filters", counted)
    hand.sends(*(rtp(121 + index, 5000 + 3200 + 160 * index, bytes((50, index)), kind=13) for index in range(39)))
    hand.tick(3)
    assert worked == [1]
