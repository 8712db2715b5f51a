"""Hears keys in the sound itself (ITU-T Q.23, Q.24), for all rows with one matrix product.

Every 10 ms a window of 20 ms is compared with the eight frequencies. A key is there when one frequency of each group
holds nearly all of the window's energy, neither is off by more than 2.5 % (told from how its phase has moved since
the last window), and they are about equally loud. Three such windows are a key; three without it end it. Only sound
that was received is judged: through what is missing a key is held.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ringback.media.codec import Samples
from ringback.media.table import FRAME, Table
from ringback.media.tone import HIGH, KEYPAD, LOW

_RATE = 8000
_HOP = FRAME // 2
_FREQUENCIES = np.array([*LOW, *HIGH], dtype=np.float64)
_WINDOW = np.hanning(FRAME + 1)[:FRAME]
_ANGLE = 2 * np.pi * _FREQUENCIES * np.arange(FRAME)[:, None] / _RATE
#: windowed cosines, then sines
_WAVES = np.hstack([_WINDOW[:, None] * np.cos(_ANGLE), -_WINDOW[:, None] * np.sin(_ANGLE)]).astype(np.float32)
_WINDOW_32 = _WINDOW.astype(np.float32)
_STEP = np.exp(-2j * np.pi * _FREQUENCIES * _HOP / _RATE).astype(np.complex64)  #: takes back a hop's phase
#: |sum|² of a sine over its windowed energy
_GAIN = float(_WINDOW.sum() ** 2 / 2 / (_WINDOW**2).sum())
_LEAST_SHARE = 0.76  #: of the window's energy in the two frequencies
_QUIETEST = (160 * _WINDOW.sum() / 2) ** 2  #: each sine: -43 dBm0
_LOUDER_LOW, _LOUDER_HIGH = 10.0, 6.3  #: twist: 10 dB and 8 dB
_MOST_OFF = 0.025
_HITS, _MISSES = 3, 3
#: frames in a row that may be missing (0.5 s) before a key is over
_MOST_MISSING = 25
_NONE = -1
DIGITS = "".join(KEYPAD)


class Detector:
    """Watches the rows of a table whose `hears_tones` is set."""

    def __init__(self, table: Table, tell: Callable[[int, str, float], None]) -> None:
        """``tell`` (row, digit, seconds of `time.monotonic`) is called once for each key."""
        self._table = table
        self._tell = tell
        room = table.capacity
        self._past_sound = np.zeros((room, _HOP), dtype=np.float32)
        self._past_waves = np.zeros((room, 8), dtype=np.complex64)
        self._candidate = np.full(room, _NONE, dtype=np.int8)
        self._hits = np.zeros(room, dtype=np.int16)
        self._misses = np.zeros(room, dtype=np.int16)
        self._key = np.full(room, _NONE, dtype=np.int8)  #: that is held now, and has been told
        self._missing = np.zeros(room, dtype=np.int32)  #: frames in a row

    def clear(self, row: int) -> None:
        """The row begins anew."""
        self._past_sound[row] = 0
        self._past_waves[row] = 0
        self._candidate[row] = self._key[row] = _NONE
        self._hits[row] = self._misses[row] = self._missing[row] = 0

    def listen(self, heard: Samples) -> None:
        """One tick's sound of all rows."""
        rows = self._received(np.flatnonzero(self._table.hears_tones[: self._table.rows]))
        if not rows.size:
            return
        torn = self._missing[rows] > 0  # between the last frame and this one something is missing
        self._missing[rows] = 0
        sound = np.concatenate([self._past_sound[rows], heard[rows].astype(np.float32)], axis=1)
        self._past_sound[rows] = sound[:, FRAME:]
        whole = slice(None) if not torn.any() else np.flatnonzero(~torn)
        self._judge(rows[whole], *self._measure(rows[whole], sound[whole, :FRAME], torn[whole]))
        self._judge(rows, *self._measure(rows, sound[:, _HOP:], torn))

    def _received(self, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """Those of ``rows`` whose frame was received; the others stay as they are, but not for ever."""
        filled = self._table.filled[rows]
        if not filled.any():
            return rows
        missing = rows[filled]
        self._missing[missing] += 1
        over = missing[self._missing[missing] == _MOST_MISSING]
        self._key[over] = self._candidate[over] = _NONE
        self._hits[over] = 0
        return rows[~filled]

    def _measure(
        self, rows: NDArray[np.intp], window: NDArray[np.float32], torn: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int8], NDArray[np.bool_]]:
        """The likeliest key of each row, and whether it is one; of ``torn`` rows the last window tells nothing."""
        products = window @ _WAVES
        waves = products[:, :8] + 1j * products[:, 8:]
        power = waves.real**2 + waves.imag**2
        moved = waves * np.conj(self._past_waves[rows]) * _STEP
        self._past_waves[rows] = waves
        every = np.arange(len(rows))
        low, high = power[:, :4].argmax(axis=1), power[:, 4:].argmax(axis=1)
        low_power, high_power = power[every, low], power[every, high + 4]
        energy = ((window * _WINDOW_32) ** 2).sum(axis=1)
        sure = (
            (np.minimum(low_power, high_power) > _QUIETEST)
            & (low_power < _LOUDER_LOW * high_power)
            & (high_power < _LOUDER_HIGH * low_power)
            & (low_power + high_power > _LEAST_SHARE * _GAIN * energy)
        )
        if sure.any():
            off = np.angle(moved) * _RATE / (2 * np.pi * _HOP) / _FREQUENCIES
            near = (np.abs(off[every, low]) < _MOST_OFF) & (np.abs(off[every, high + 4]) < _MOST_OFF)
            sure &= near | torn
        return (4 * low + high).astype(np.int8), sure

    def _judge(self, rows: NDArray[np.intp], likely: NDArray[np.int8], sure: NDArray[np.bool_]) -> None:
        """Counts windows with and without a key; tells of a key when it has been there long enough."""
        same = sure & (likely == self._candidate[rows])
        self._hits[rows] = np.where(same, self._hits[rows] + 1, sure)
        self._candidate[rows] = np.where(sure, likely, _NONE)
        held = sure & (likely == self._key[rows])
        self._misses[rows] = np.where(held, 0, self._misses[rows] + 1)
        self._key[rows[self._misses[rows] >= _MISSES]] = _NONE
        for place in np.flatnonzero((self._hits[rows] == _HITS) & (likely != self._key[rows])):
            row = rows[place]
            self._key[row] = likely[place]
            self._misses[row] = 0
            self._tell(int(row), DIGITS[likely[place]], time.monotonic())
