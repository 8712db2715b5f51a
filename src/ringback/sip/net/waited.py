"""How long datagrams wait at a socket before they are read: the system says when they arrived (SO_TIMESTAMPNS)."""

import socket
import struct
import sys
import time
from typing import Any

_SO_TIMESTAMPNS = 35
_STAMP = struct.Struct("@qq")
#: room for the time beside a datagram
ROOM = 64
#: seconds between two looks
_EVERY = 0.02


class Waited:
    """Of one socket; looks at one datagram now and then, since each look costs."""

    def __init__(self, bound: socket.socket) -> None:
        self.known = sys.platform.startswith("linux")
        if self.known:
            bound.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self._longest = 0.0
        self._looked_at = 0.0

    def due(self) -> bool:
        """Whether the next datagram should be looked at."""
        if not self.known:
            return False
        now = time.monotonic()
        if now - self._looked_at < _EVERY:
            return False
        self._looked_at = now
        return True

    def look(self, ancillary: list[Any]) -> None:
        """``ancillary``: what came with a datagram, just now."""
        for level, kind, data in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS) and len(data) >= _STAMP.size:
                seconds, nanoseconds = _STAMP.unpack_from(data)
                self._longest = max(self._longest, time.time() - seconds - nanoseconds * 1e-9)

    def take(self) -> float:
        """The longest, in seconds, since this was asked last."""
        longest, self._longest = self._longest, 0.0
        return longest
