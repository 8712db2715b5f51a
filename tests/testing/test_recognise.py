"""Recognition by samples: whole, in part, begun late, interrupted, with losses and a jump of the delay."""

import numpy as np
import pytest

from ringback.testing.recognise import BLOCK, RATE, KnownSound, Samples, find


def talk(seconds: float, seed: int) -> Samples:
    """Noise in syllables, as speech is: loud for 180 ms, silent for 60 ms."""
    noise = np.random.default_rng(seed).normal(0, 3000, int(seconds * RATE))
    syllables = (np.arange(len(noise)) % int(0.24 * RATE)) < int(0.18 * RATE)
    return (noise * syllables).astype(np.int16)


def silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * RATE), np.int16)


def through_g711(samples: Samples) -> Samples:
    """As coarse as µ-law: about 36 dB between the sound and its error."""
    error = np.random.default_rng(9).normal(0, 1, len(samples)) * np.abs(samples) / 64
    return (samples + error).astype(np.int16)


PROMPT, OTHER = talk(3.9, seed=1), talk(2.0, seed=2)
KNOWN = KnownSound(PROMPT)


def heard(*parts: Samples) -> Samples:
    return np.concatenate(parts)


def test_a_whole_prompt_after_silence_wherever_its_packets_begin() -> None:
    hearing = find(KNOWN, heard(silence(1.0)[:-37], through_g711(PROMPT), silence(0.5)))
    assert hearing is not None
    assert hearing.whole
    assert hearing.start == RATE - 37
    assert hearing.seconds == pytest.approx(3.9, abs=0.1)


def test_another_prompt_is_not_taken_for_it() -> None:
    assert find(KNOWN, heard(silence(1.0), through_g711(OTHER), silence(1.0))) is None


def test_silence_is_nothing_and_cannot_be_searched_for() -> None:
    assert find(KNOWN, silence(3.0)) is None
    with pytest.raises(ValueError, match="silence cannot be recognised"):
        KnownSound(silence(1.0))


def test_a_prompt_that_began_before_the_listening() -> None:
    hearing = find(KNOWN, heard(through_g711(PROMPT)[RATE:], silence(0.5)))
    assert hearing is not None
    assert not hearing.whole
    assert hearing.first == pytest.approx(RATE, abs=2 * BLOCK)
    assert hearing.missed_ms == pytest.approx(750, abs=60)  # a second, of which a quarter is silence


def test_a_prompt_that_another_interrupts() -> None:
    sound = heard(silence(0.3), through_g711(PROMPT)[: 2 * RATE], through_g711(OTHER), silence(0.2))
    hearing, other = find(KNOWN, sound), find(KnownSound(OTHER), sound)
    assert hearing is not None
    assert hearing.last == pytest.approx(2 * RATE, abs=6 * BLOCK)
    assert other is not None
    assert other.whole
    assert other.start == pytest.approx(2.3 * RATE, abs=1)


def test_lost_packets_are_missed_and_no_interruption() -> None:
    damaged = through_g711(PROMPT)
    damaged[13 * BLOCK : 15 * BLOCK] = 0
    hearing = find(KNOWN, heard(silence(0.5), damaged, silence(0.5)))
    assert hearing is not None
    assert hearing.missed_ms == 40
    assert hearing.last == pytest.approx(len(PROMPT), abs=4 * BLOCK)


@pytest.mark.parametrize("jump", [-2 * BLOCK, -77, 77, 2 * BLOCK, 10 * BLOCK])
def test_a_jump_of_the_delay_is_followed(jump: int) -> None:
    first, second = through_g711(PROMPT)[: 2 * RATE], through_g711(PROMPT)[2 * RATE :]
    parts = (first, silence(jump / RATE), second) if jump > 0 else (first[:jump], second)
    hearing = find(KNOWN, heard(silence(0.5), *parts, silence(0.5)))
    assert hearing is not None
    assert hearing.last == pytest.approx(len(PROMPT), abs=4 * BLOCK)
    assert hearing.missed_ms <= 60


def test_packets_that_wait_for_each_other_are_all_found() -> None:
    """The delay grows by a packet again and again, and falls back: a jitter buffer on a busy machine."""
    prompt, parts, at = through_g711(PROMPT), [], 0
    for run in (3, 4, 9, 2, 14, 6, 30):
        parts += [prompt[at : at + run * BLOCK], silence(0.02)]
        at += run * BLOCK
    hearing = find(KNOWN, heard(silence(0.5), *parts, prompt[at:], silence(0.5)))
    assert hearing is not None
    assert hearing.whole


def test_the_second_time_is_found_after_the_first() -> None:
    sound = heard(silence(0.2), PROMPT, silence(0.2), PROMPT, silence(0.2))
    first = find(KNOWN, sound)
    assert first is not None
    second = find(KNOWN, sound, first.end)
    assert second is not None
    assert second.whole
    assert second.start == pytest.approx(len(PROMPT) + 0.4 * RATE, abs=1)
    assert find(KNOWN, sound, second.end) is None


def test_a_tone_is_recognised_whole_although_it_repeats_itself() -> None:
    tone = (8000 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)).astype(np.int16)
    hearing = find(KnownSound(tone), heard(silence(0.51), through_g711(tone), silence(0.5)))
    assert hearing is not None
    assert hearing.missed_ms <= 40


def test_a_short_beep_of_60_ms() -> None:
    beep = talk(0.06, seed=5)
    hearing = find(KnownSound(beep), heard(silence(0.53), through_g711(beep), silence(0.5)))
    assert hearing is not None
    assert hearing.whole


def test_a_minute_of_music_is_found_with_less_than_half_a_second_of_work() -> None:
    import time

    music = talk(60, seed=7)
    known = KnownSound(music)
    begun = time.process_time()
    hearing = find(known, heard(silence(0.5), through_g711(music)[20 * RATE : 25 * RATE]))
    assert time.process_time() - begun < 0.5
    assert hearing is not None
    assert hearing.first == pytest.approx(20 * RATE, abs=3 * BLOCK)
