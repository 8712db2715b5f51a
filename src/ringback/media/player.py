"""The player: sounds from files, one after the other without a gap, a second ahead of what is heard.

A tick only picks each row's next frame from what was prepared, in the row's codec already. Preparing copies from files
that are mapped into memory, row by row, when a row runs low: no long file is ever read whole. Short ones, which many
calls play, are encoded once for all.
"""

from __future__ import annotations

import mmap
import os
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from math import inf
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ringback.media.codec import Octets, Samples, codecs
from ringback.media.messages import Played
from ringback.media.table import FRAME, PLAYER_FRAMES, Table

#: frames that are left when more may be prepared, and when it must be
_LOW, _LOWEST = 16, 2
#: of the rows that are low, those that one tick prepares: thousands of sounds may have begun at once
_SHARE = 1 / 12
_FEW = 8
#: samples of a sound that is encoded once for all rows: 30 s, of which so many are kept
_SHORT = 240_000
_KEPT = 64
_CODECS = tuple(codecs().values())
_ROOM = PLAYER_FRAMES * FRAME


@dataclass(slots=True)
class _Item:
    """A sound in a row's queue."""

    playback: int
    path: str  #: empty: it comes from no file
    samples: Samples
    loops: int  #: 0: endless
    begin: int = 0  #: when its first sample is heard, in samples since the row's first
    taken: int = 0  #: samples prepared, of all rounds

    @property
    def left(self) -> int:
        """Samples not yet prepared; endless: of this round."""
        size = len(self.samples)
        return size * self.loops - self.taken if self.loops else size - self.taken % size

    @property
    def end(self) -> float:
        return self.begin + len(self.samples) * self.loops if self.loops else inf

    def octets(self, codec: int, begin: int, count: int) -> Octets:
        """``count`` samples from ``begin`` on, as the codec with this index has them."""
        if self.path and len(self.samples) <= _SHORT:
            return _encoded(self.path, len(self.samples), codec)[begin : begin + count]
        return _CODECS[codec].from_samples(self.samples[begin : begin + count])


@dataclass(slots=True)
class _Line:
    """What one row has to play."""

    items: deque[_Item] = field(default_factory=deque)  #: not yet heard to their end
    base: int = 0  #: when the first prepared sample is heard, in samples since the row's first
    filled: int = 0  #: samples prepared


class Player:
    """Plays sounds on the rows of a table."""

    def __init__(self, table: Table, tell: Callable[[Played], None]) -> None:
        self._table = table
        self._tell = tell
        self._lines: dict[int, _Line] = {}

    def play(self, row: int, playback: int, path: str, samples: int, loops: int) -> None:
        """Queues a file; one that cannot be read ends as interrupted."""
        try:
            sound = _mapped(path, samples)
        except (OSError, ValueError):
            self._end(row, playback, "interrupted")
            return
        self._queue(row, _Item(playback, path, sound, loops))

    def _queue(self, row: int, item: _Item) -> None:
        if not len(item.samples):
            self._end(row, item.playback, "played")
            return
        line = self._lines.setdefault(row, _Line())
        line.items.append(item)
        self._prepare(row, line)

    def stop(self, row: int, playback: int) -> None:
        """The sound ends with the frame that was last sent; what waits behind it begins with the next."""
        line = self._lines.get(row)
        if line is None or not any(item.playback == playback for item in line.items):
            return
        items = deque(item for item in line.items if item.playback != playback)
        self._rewind(row, line, items)
        self._end(row, playback, "interrupted")
        self._prepare(row, line)

    def change_codec(self, row: int) -> None:
        """The row has another codec from its next frame on."""
        if (line := self._lines.get(row)) is not None:
            self._rewind(row, line, line.items)
            self._prepare(row, line)

    def _rewind(self, row: int, line: _Line, items: deque[_Item]) -> None:
        """What was prepared and not yet heard counts as not prepared; ``items`` are what is left."""
        now = line.base + int(self._table.play_next[row]) * FRAME
        line.items = items
        for item in line.items:
            item.taken = min(max(now - item.begin, 0), item.taken)
            item.begin = now - item.taken
        line.base, line.filled = now, 0
        self._table.play_next[row] = self._table.play_end[row] = 0

    def clear(self, row: int) -> None:
        """The row is closed."""
        line = self._lines.pop(row, None)
        for item in line.items if line is not None else ():
            self._end(row, item.playback, "closed")

    def look(self) -> None:
        """Once a tick: tells what has ended, and prepares more where little is left."""
        table, rows = self._table, slice(0, self._table.rows)
        due = np.flatnonzero((table.play_next[rows] >= table.play_look[rows]) & (table.play_end[rows] > 0))
        for row in self._most_urgent(due).tolist():
            self._prepare(row, self._lines[row])

    def _most_urgent(self, due: NDArray[np.intp]) -> NDArray[np.intp]:
        """A share of ``due``, those with least in hand; no row runs dry for it."""
        most = _FEW + int(self._table.rows * _SHARE)
        if len(due) <= most:
            return due
        left = self._table.play_end[due] - self._table.play_next[due]
        order = np.argsort(left, kind="stable")
        return due[order[: max(most, int((left <= _LOWEST).sum()))]]

    def _prepare(self, row: int, line: _Line) -> None:
        """Moves what is left to the front, fills up behind it, and notes when to look again."""
        table, codec = self._table, int(self._table.codec[row])
        space = table.prepared[row * PLAYER_FRAMES : (row + 1) * PLAYER_FRAMES].reshape(-1)
        if gone := int(table.play_next[row]) * FRAME:
            left = max(line.filled - gone, 0)
            space[:left] = space[gone : gone + left]
            line.base, line.filled = line.base + gone, left
        while line.items and line.items[0].end <= line.base:
            self._end(row, line.items.popleft().playback, "played")
        more = self._fill(line, space, codec)
        frames = -(-line.filled // FRAME)
        space[line.filled : frames * FRAME] = _CODECS[codec].silence
        ends = [-(-(item.end - line.base) // FRAME) for item in line.items]
        table.play_next[row], table.play_end[row] = 0, frames
        table.play_look[row] = int(min([frames - _LOW if more else frames, *ends]))
        if not line.items:
            del self._lines[row]

    def _fill(self, line: _Line, space: Octets, codec: int) -> bool:
        """Fills ``space``; whether something is left to prepare."""
        for item in line.items:
            if item.taken == 0:
                item.begin = line.base + line.filled
            while item.left:
                if line.filled == _ROOM:
                    return True
                size = len(item.samples)
                position = item.taken % size
                count = min(size - position, _ROOM - line.filled)
                space[line.filled : line.filled + count] = item.octets(codec, position, count)
                line.filled += count
                item.taken += count
        return False

    def _end(self, row: int, playback: int, outcome: Literal["played", "interrupted", "closed"]) -> None:
        self._tell(Played(int(self._table.stream[row]), playback, outcome))


@lru_cache(maxsize=128)
def _mapped(path: str, samples: int) -> Samples:
    """The file's samples, mapped: pages come in as they are played, and are shared by all who play them."""
    if samples == 0:
        return np.zeros(0, dtype=np.int16)
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        octets = mmap.mmap(file, samples * 2, access=mmap.ACCESS_READ)
    finally:
        os.close(file)
    if hasattr(octets, "madvise"):
        octets.madvise(mmap.MADV_WILLNEED)
    return np.frombuffer(octets, dtype="<i2")


@lru_cache(maxsize=_KEPT)
def _encoded(path: str, samples: int, codec: int) -> Octets:
    return _CODECS[codec].from_samples(_mapped(path, samples))
