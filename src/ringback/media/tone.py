"""Tones of keys (ITU-T Q.23): two sines each."""

from __future__ import annotations

from functools import cache

import numpy as np

from ringback.media.codec import Samples

LOW = (697, 770, 852, 941)
HIGH = (1209, 1336, 1477, 1633)
#: rows are the low group's frequencies, columns the high group's
KEYPAD = ("123A", "456B", "789C", "*0#D")
#: amplitudes of the low and the high sine: -9 and -7 dBm0, as good phones send them
_LOW_LEVEL, _HIGH_LEVEL = 11_400, 14_300
_RATE = 8000


def frequencies(digit: str) -> tuple[int, int]:
    """The two frequencies of a key, in Hz. Raises `ValueError` for what is no key."""
    for low, row in zip(LOW, KEYPAD, strict=True):
        if digit.upper() in row:
            return low, HIGH[row.index(digit.upper())]
    raise ValueError(f"{digit!r} is no key: 0-9 * # A-D are")


@cache
def key_tone(digit: str, ms: int) -> Samples:
    """The sound of a key held for ``ms`` milliseconds."""
    low, high = frequencies(digit)
    time = np.arange(ms * _RATE // 1000) / _RATE
    wave = _LOW_LEVEL * np.sin(2 * np.pi * low * time) + _HIGH_LEVEL * np.sin(2 * np.pi * high * time)
    return np.asarray(wave, dtype=np.int16)
