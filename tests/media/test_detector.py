"""Keys that are heard in the sound itself (ITU-T Q.24)."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from ringback.media.detector import Detector
from ringback.media.messages import KeyHeard, Listen, SendKeys
from ringback.media.sound import decode_sound
from ringback.media.table import Table
from ringback.media.telephone_event import packets_of
from ringback.media.tone import KEYPAD, frequencies
from tests.media.hand import PCMU, Hand, Sound, noise, packets, rtp

ZERO_DBM0 = 32124 / 10 ** (3.17 / 20)
KEYS = "".join(KEYPAD)


def key(digit: str, ms: float, low: float = -9.0, high: float = -9.0, off: float = 0.0) -> np.ndarray:
    """The tone of a key; levels in dBm0 of each sine, ``off`` as a share of the frequencies."""
    first, second = frequencies(digit)
    time = np.arange(int(ms * 8)) / 8000
    wave = np.zeros(len(time))
    for level, hertz, phase in ((low, first, 0.3), (high, second, 1.1)):
        wave += ZERO_DBM0 * 10 ** (level / 20) * np.sin(2 * np.pi * hertz * (1 + off) * time + phase)
    return wave


def heard(sound: np.ndarray, shift: int = 0) -> str:
    """The keys found in ``sound`` after it was coded as PCMU."""
    table = Table(4)
    row = table.add(1, 0)
    table.hears_tones[row] = True
    keys: list[str] = []
    detector = Detector(table, lambda row, digit, at: keys.append(digit))
    whole = np.concatenate([np.zeros(shift), sound, np.zeros(1600)])
    coded = PCMU.to_samples(PCMU.from_samples(np.clip(whole, -32000, 32000).astype(np.int16)))
    for begin in range(0, len(coded) - 159, 160):
        detector.listen(coded[None, begin : begin + 160])
    return "".join(keys)


def pause(ms: float) -> np.ndarray:
    return np.zeros(int(ms * 8))


@pytest.mark.parametrize("shift", range(0, 160, 16))
def test_all_keys_of_40_ms_with_pauses_of_40_ms_at_every_phase(shift: int) -> None:
    sound = np.concatenate([part for digit in KEYS for part in (key(digit, 40), pause(40))])
    assert heard(sound, shift) == KEYS


@pytest.mark.parametrize("digit", ["1", "5", "D"])
def test_the_same_key_twice_is_two(digit: str) -> None:
    assert heard(np.concatenate([key(digit, 50), pause(40), key(digit, 50)])) == digit * 2


def test_a_long_key_is_one() -> None:
    assert heard(key("7", 3000)) == "7"


def test_an_interruption_of_10_ms_does_not_split_a_key() -> None:
    assert heard(np.concatenate([key("7", 60), pause(8), key("7", 60)])) == "7"


@pytest.mark.parametrize("off", [-0.015, 0.015])
@pytest.mark.parametrize("shift", [0, 40, 80])
def test_frequencies_may_be_off_by_1_5_percent(off: float, shift: int) -> None:
    sound = np.concatenate([part for digit in KEYS for part in (key(digit, 60, off=off), pause(60))])
    assert heard(sound, shift) == KEYS


@pytest.mark.parametrize("off", [-0.035, 0.035, 0.05])
def test_frequencies_off_by_3_5_percent_are_no_key(off: float) -> None:
    sound = np.concatenate([part for digit in KEYS for part in (key(digit, 100, off=off), pause(60))])
    assert heard(sound) == ""


@pytest.mark.parametrize(("low", "high"), [(0, 0), (-3, -3), (-35, -35), (-9, -15), (-15, -9), (-9, -17), (-12, -6)])
def test_levels_and_twist(low: float, high: float) -> None:
    """From 0 to -35 dBm0; the high group up to 8 dB weaker, or up to 6 dB stronger."""
    sound = np.concatenate([part for digit in KEYS for part in (key(digit, 60, low, high), pause(60))])
    assert heard(sound) == KEYS


@pytest.mark.parametrize(("low", "high"), [(-9, -24), (-24, -9), (-50, -50), (-9, -90)])
def test_one_tone_alone_or_too_quiet_is_no_key(low: float, high: float) -> None:
    assert heard(key("5", 200, low, high)) == ""


@pytest.mark.parametrize("signal_to_noise", [26, 20, 15])
def test_keys_at_minus_35_dbm0_in_noise(signal_to_noise: float) -> None:
    rng = np.random.default_rng(5)
    quiet = np.concatenate([part for digit in KEYS * 6 for part in (key(digit, 60, -35, -35), pause(60))])
    loudness = ZERO_DBM0 * 10 ** (-35 / 20)  # root mean square of two sines is that amplitude
    wild = rng.standard_normal(len(quiet)) * loudness / 10 ** (signal_to_noise / 20)
    assert heard(quiet + wild) == KEYS * 6


@pytest.mark.parametrize(("low", "high"), [(-29, -35), (-35, -31), (-35, -37)])
@pytest.mark.parametrize("off", [-0.015, 0.0, 0.015])
@pytest.mark.parametrize("shift", [0, 50, 110])
def test_weak_keys_with_twist_noise_and_wrong_frequencies_together(
    low: float, high: float, off: float, shift: int
) -> None:
    """Q.24: the high group up to 8 dB weaker or 4 dB stronger, off by 1.5 %; 20 dB above the noise, 50 ms long."""
    quiet = np.concatenate([part for digit in KEYS * 3 for part in (key(digit, 50, low, high, off), pause(50))])
    loudness = ZERO_DBM0 * 10 ** (min(low, high) / 20)
    wild = np.random.default_rng(shift).standard_normal(len(quiet)) * loudness / 10
    assert heard(quiet + wild, shift) == KEYS * 3


def test_a_tone_of_20_ms_is_no_key() -> None:
    assert all(heard(key("5", 18), shift) == "" for shift in range(0, 160, 20))


@pytest.mark.parametrize("seed", range(3))
def test_noise_is_no_key(seed: int) -> None:
    assert heard(np.random.default_rng(seed).standard_normal(8000 * 30) * 4000) == ""


def test_dial_ringing_and_busy_tones_are_no_keys() -> None:
    time = np.arange(8000) / 8000
    for pair in ((350, 440), (440, 480), (480, 620), (425, 425), (941, 1000), (1400, 1400), (2100, 2100)):
        assert heard(6000 * np.sin(2 * np.pi * np.outer(pair, time)).sum(axis=0)) == ""


def press(hand: Hand, sound: Sound) -> list[KeyHeard]:
    hand.desk.obey(Listen(1, True, False))
    hand.hears(packets(sound), after=5)
    return hand.told(KeyHeard)


def test_a_peer_without_telephone_events_is_heard_in_the_sound() -> None:
    hand = Hand(event=None, meanings={0: "PCMU"})
    sound = np.concatenate([key("4", 80), pause(80), key("2", 80), pause(80)]).astype(np.int16)
    keys = press(hand, sound)
    assert [(one.digit, one.how) for one in keys] == [("4", "tone"), ("2", "tone")]
    hand.close()


def test_once_a_peer_has_sent_an_event_its_tones_are_not_keys(hand: Hand) -> None:
    hand.desk.obey(Listen(1, True, False))
    for index, one in enumerate(packets_of("1", 60)):
        hand.sends(rtp(index, 3000, one.payload, 101))
        hand.tick()
    keys = press(hand, np.concatenate([key("4", 80), pause(80)]).astype(np.int16))
    assert [one.digit for one in keys] == ["1"]


def test_a_tone_that_slips_through_before_its_event_is_the_same_press(hand: Hand) -> None:
    hand.desk.obey(Listen(1, True, False))
    hand.hears(packets(key("6", 100).astype(np.int16)), after=0)
    for index, one in enumerate(packets_of("6", 100)):
        hand.sends(rtp(105 + index, 5800, one.payload, 101))
        hand.tick()
    assert [(one.digit, one.how) for one in hand.told(KeyHeard)] == [("6", "tone")]


def test_a_tone_that_the_jitter_ring_still_holds_when_its_event_comes_is_the_same_press(hand: Hand) -> None:
    hand.desk.obey(Listen(1, True, False))
    hand.hears(packets(key("6", 40).astype(np.int16)), after=0)
    for index, one in enumerate(packets_of("6", 100)):
        hand.sends(rtp(103 + index, 5320, one.payload, 101))
        hand.tick()
    assert [(one.digit, one.how) for one in hand.told(KeyHeard)] == [("6", "event")]


def test_the_tones_that_we_send_are_heard_by_ourselves() -> None:
    here, there = Hand(event=None), Hand(event=None)
    there.desk.obey(Listen(1, True, False))
    here.desk.obey(SendKeys(1, 3, "159D*0#", 60, 60, None))
    here.tick(60)
    sent = [payload for kind, _, payload in here.got_rtp()]
    there.hears([rtp(index, index * 160, payload) for index, payload in enumerate(sent)])
    assert "".join(one.digit for one in there.told(KeyHeard)) == "159D*0#"
    here.close()
    there.close()


def test_rows_do_not_disturb_each_other() -> None:
    table = Table(8)
    rows = [table.add(index, 0) for index in range(4)]
    table.hears_tones[:4] = [True, False, True, True]
    keys: list[tuple[int, str]] = []
    detector = Detector(table, lambda row, digit, at: keys.append((row, digit)))
    sounds = np.stack([key("1", 200), key("2", 200), noise(1600).astype(float), key("3", 200)]).astype(np.int16)
    for begin in range(0, 1600, 160):
        detector.listen(sounds[:, begin : begin + 160])
    assert sorted(keys) == [(rows[0], "1"), (rows[3], "3")]


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng speaks the text")
@pytest.mark.parametrize("voice", ["en", "en-us+m7", "de", "fr+f3"])
def test_speech_is_no_key(voice: str, tmp_path: Path) -> None:
    """A minute in each voice; `benchmarks/media_talk_off.py` listens for an hour."""
    text = (Path(__file__).parents[2] / "LICENSE").read_text()[:900]
    subprocess.run(["espeak-ng", "-v", voice, "-w", str(tmp_path / "speech.wav"), text], check=True)
    sound = decode_sound(tmp_path / "speech.wav", tmp_path / "speech")
    assert sound.seconds > 30
    assert heard(np.fromfile(sound.path, "<i2").astype(float)) == ""
