"""How loud a row is, told once a second: for the display of a telephone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ringback.media.codec import Samples
from ringback.media.messages import LevelHeard
from ringback.media.table import FRAME, Table

_TICKS = 50
#: mean square of a sine of 0 dBm0 in G.711: the loudest that it can is 3.17 dBm0
_ZERO_DBM0 = 32124.0**2 / 2 / 10**0.317
SILENCE = -90.0


class LevelMeter:
    """Measures the rows that are asked for."""

    def __init__(self, table: Table, tell: Callable[[LevelHeard], None]) -> None:
        self._table = table
        self._tell = tell
        self._sums: dict[int, float] = {}
        self._ticks = 0

    def want(self, row: int, wanted: bool) -> None:
        if wanted:
            self._sums.setdefault(row, 0.0)
        else:
            self._sums.pop(row, None)

    def measure(self, heard: Samples) -> None:
        """One tick's sound of all rows."""
        for row in self._sums:
            self._sums[row] += float(np.square(heard[row], dtype=np.float64).sum())
        self._ticks = (self._ticks + 1) % _TICKS
        if self._ticks == 0:
            for row, total in self._sums.items():
                self._tell(LevelHeard(int(self._table.stream[row]), level(total / (_TICKS * FRAME))))
                self._sums[row] = 0.0


def level(mean_square: float) -> float:
    """dBm0, at least `SILENCE`."""
    return max(round(10 * float(np.log10(max(mean_square, 1e-9) / _ZERO_DBM0)), 1), SILENCE)
