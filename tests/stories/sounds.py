"""Sounds that stories recognise: noise in syllables, as different from each other as voices that say other things."""

import io
import wave

import numpy as np

from ringback.testing.recognise import RATE


def spoken(seconds: float, seed: int) -> bytes:
    """A WAV file of ``seconds``; another ``seed`` is another text."""
    noise = np.random.default_rng(seed).normal(0, 3000, int(seconds * RATE))
    syllables = np.arange(len(noise)) % 1920 < 1440
    return wav((noise * syllables).astype("<i2").tobytes())


def wav(samples: bytes, rate: int = RATE) -> bytes:
    """16-bit mono samples as a WAV file."""
    octets = io.BytesIO()
    with wave.open(octets, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples)
    return octets.getvalue()
