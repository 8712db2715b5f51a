"""Where each call's lines lie in a journal segment: from where its first one begins to where its last one ends."""

import struct

import numpy as np

#: where a call's first line begins and its last line ends, in octets
Span = tuple[int, int]
#: a call's key and span
ROW = struct.Struct(">16sQQ")
#: spans that are objects; of a segment's other calls there are rows only, an eighth as large. Few, for what lives long
#: among objects that do not keeps all of their memory from being given back
_MOST_RECENT = 128


class Spans:
    """Those of one segment, as its lines are written or read."""

    def __init__(self) -> None:
        self._recent: dict[bytes, Span] = {}
        self._rows = bytearray()  #: a call may have several

    def note(self, key: bytes, begin: int, end: int) -> None:
        """A line of the call with this key, behind all those before."""
        known = self._recent.get(key)
        self._recent[key] = (begin if known is None else known[0], end)
        if len(self._recent) > _MOST_RECENT:
            self._pack()

    def _pack(self) -> None:
        self._rows += b"".join([ROW.pack(key, *span) for key, span in self._recent.items()])
        self._recent.clear()

    def table(self) -> bytes:
        """A row for each call, in order of the keys."""
        self._pack()
        rows = np.frombuffer(self._rows, dtype=">u8").reshape(-1, ROW.size // 8).astype(np.uint64)
        if not len(rows):
            return b""
        rows = rows[np.lexsort((rows[:, 1], rows[:, 0]))]
        is_first = np.r_[True, (rows[1:, :2] != rows[:-1, :2]).any(axis=1)]
        firsts = np.flatnonzero(is_first)
        table = rows[firsts].astype(">u8")
        table[:, 2] = np.minimum.reduceat(rows[:, 2], firsts)
        table[:, 3] = np.maximum.reduceat(rows[:, 3], firsts)
        return table.tobytes()
