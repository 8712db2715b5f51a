"""What one call of a telephone heard so far: samples as they arrive, and when they were sound or silence."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ringback.testing.recognise import BLOCK, RATE, Samples, loud_blocks

#: silence between two sounds that does not part them, in blocks of 20 ms
_BREATH = 15


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of sound; seconds since the ear opened. ``level``: dB of full scale."""

    start: float
    end: float
    level: float

    def __str__(self) -> str:
        return f"{self.start:6.2f} s  sound for {self.end - self.start:.2f} s, {self.level:.0f} dB"


class Ear:
    """Reads the file that a stream's capture writes. ``opened_at``: the clock's time of the first sample."""

    def __init__(self, path: Path, opened_at: float) -> None:
        self.opened_at = opened_at
        self._path = path
        self._held = np.zeros(RATE * 4, np.int16)
        self._length = 0
        self._loud = np.zeros(0, np.bool_)

    def listen(self) -> None:
        """Takes what has arrived since the last time."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._length * 2)
                octets = file.read()
        except FileNotFoundError:
            return
        self._append(np.frombuffer(octets[: len(octets) // 2 * 2], "<i2"))

    def _append(self, fresh: Samples) -> None:
        while self._length + len(fresh) > len(self._held):
            self._held = np.concatenate((self._held, np.zeros_like(self._held)))
        self._held[self._length : self._length + len(fresh)] = fresh
        self._length += len(fresh)
        known = len(self._loud)
        self._loud = np.concatenate((self._loud, loud_blocks(self._held[known * BLOCK : self._length])))

    @property
    def samples(self) -> Samples:
        """Everything heard."""
        return self._held[: self._length]

    @property
    def seconds(self) -> float:
        """How long was listened."""
        return self._length / RATE

    def place_of(self, moment: float) -> int:
        """The sample heard at ``moment`` of the clock."""
        return max(0, int((moment - self.opened_at) * RATE))

    def sound_since(self, place: int) -> int:
        """How many samples from ``place`` on were sound."""
        return int(self._loud[place // BLOCK :].sum()) * BLOCK

    def silence_since(self, place: int) -> int:
        """How many samples at the end, none of them before ``place``, were silence without a break."""
        tail = self._loud[place // BLOCK :][::-1]
        return (int(tail.argmax()) if tail.any() else len(tail)) * BLOCK

    def spans(self) -> list[Span]:
        """The sounds, parted by 0.3 s of silence or more."""
        loud = np.flatnonzero(self._loud)
        if not len(loud):
            return []
        groups = np.split(loud, np.flatnonzero(np.diff(loud) > _BREATH) + 1)
        return [self._span(int(group[0]), int(group[-1]) + 1) for group in groups]

    def _span(self, first: int, last: int) -> Span:
        part = self._held[first * BLOCK : last * BLOCK].astype(np.float64)
        level = 20 * np.log10(max(1.0, float(np.sqrt(np.mean(part**2)))) / 32768)
        return Span(first * BLOCK / RATE, last * BLOCK / RATE, level)
