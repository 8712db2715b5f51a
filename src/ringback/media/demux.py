"""Which row a packet belongs to, by where it came from; and which strangers are let in.

A row belongs to the address that its peer signalled. While that address is silent, another one may take its place: a
NAT has changed it. It must send two good packets in a row, and no other row of the socket may be waiting. Once a
row's peer is known, strangers stay strangers.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ringback.media.system_calls import sockaddr

Keys = NDArray[np.uint64]
_MIX = [np.uint64(secrets.randbits(64) | 1) for _ in range(4)]


def keys_of(names: NDArray[np.uint8], sockets: NDArray[np.int32]) -> Keys:
    """One number for each (socket, address, port). IPv4: exact; IPv6: hashed with secret factors."""
    words = np.ascontiguousarray(names[:, :24]).view(np.uint64)
    port_and_address = words[:, 0] >> np.uint64(16)
    if len(names) and names[0, 0] != 2:  # AF_INET6
        port_and_address = (
            (words[:, 0] & np.uint64(0xFFFF0000)) * _MIX[0] ^ words[:, 1] * _MIX[1] ^ words[:, 2] * _MIX[2]
        )
        port_and_address = (port_and_address * _MIX[3]) >> np.uint64(16)
    return sockets.astype(np.uint64) << np.uint64(48) | port_and_address


@lru_cache(maxsize=4096)
def key_of(socket: int, host: str, port: int) -> np.uint64:
    name = sockaddr(host, port)
    if name[0] == 2:  # AF_INET
        return np.uint64(socket << 48 | int.from_bytes(name[2:8], "little"))
    return np.uint64(keys_of(np.frombuffer(name, np.uint8)[None, :], np.array([socket], dtype=np.int32))[0])


@dataclass(slots=True)
class _Candidate:
    """A stranger who has sent one good packet."""

    key: int
    ssrc: int
    sequence: int


class Demux:
    """The addresses of all rows."""

    def __init__(self) -> None:
        self._expected: dict[int, np.uint64] = {}  #: row → key of the signalled address
        self._signalled: dict[int, tuple[str, int]] = {}
        self._actual: dict[int, np.uint64] = {}  #: row → key of another address that took its place
        self._waiting: dict[int, set[int]] = {}  #: socket → rows whose peer has not been heard yet
        self._candidates: dict[int, _Candidate] = {}
        self._keys: Keys = np.zeros(0, dtype=np.uint64)
        self._rows = np.zeros(0, dtype=np.intp)
        self._stale = False

    def expect(self, row: int, socket: int, host: str, port: int) -> bool:
        """``row`` will hear from this address; whether that is news."""
        key = key_of(socket, host, port)
        if self._expected.get(row) == key:
            return False
        self.forget(row, socket)
        for other in [other for other, actual in self._actual.items() if actual == key]:
            del self._actual[other]  # the peer's own word counts more than where another one was heard
        self._expected[row] = key
        self._signalled[row] = (host, port)
        self._waiting.setdefault(socket, set()).add(row)
        self._stale = True
        return True

    def latch(self, row: int, socket: int, key: np.uint64) -> None:
        """``row`` belongs to the address ``key`` from now on."""
        if key == self._expected[row]:
            self._actual.pop(row, None)
        else:
            self._actual[row] = key
        self._be_done(row, socket)
        self._candidates.pop(row, None)
        self._stale = True

    def _be_done(self, row: int, socket: int) -> None:
        """``row`` waits no more; sockets come and go, and nothing of them is kept."""
        rows = self._waiting.get(socket, set())
        rows.discard(row)
        if not rows:
            self._waiting.pop(socket, None)

    @property
    def displaced(self) -> set[int]:
        """Rows where another address has taken the place of the signalled one."""
        return set(self._actual)

    def signalled(self, row: int) -> tuple[str, int]:
        """Host and port that the row's peer told of."""
        return self._signalled[row]

    def is_expected(self, row: int, key: np.uint64) -> bool:
        return self._expected.get(row) == key

    def expects(self, row: int) -> bool:
        """Whether an address was signalled to ``row``."""
        return row in self._expected

    def keys_of_row(self, row: int) -> list[int]:
        """The keys of the addresses that the row hears."""
        return [int(keys[row]) for keys in (self._expected, self._actual) if row in keys]

    def forget(self, row: int, socket: int) -> None:
        """The row's stream is over, or its peer moves."""
        self._expected.pop(row, None)
        self._signalled.pop(row, None)
        self._actual.pop(row, None)
        self._candidates.pop(row, None)
        self._be_done(row, socket)
        self._stale = True

    def find(self, keys: Keys) -> NDArray[np.intp]:
        """The row of each key, -1 where there is none."""
        if self._stale:
            self._sort()
        if not len(self._keys):
            return np.full(len(keys), -1, dtype=np.intp)
        place = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        return np.where(self._keys[place] == keys, self._rows[place], -1)

    def _sort(self) -> None:
        pairs = {int(key): row for row, key in [*self._expected.items(), *self._actual.items()]}
        keys = np.fromiter(pairs, dtype=np.uint64, count=len(pairs))
        order = np.argsort(keys)
        self._keys = keys[order]
        self._rows = np.fromiter(pairs.values(), dtype=np.intp, count=len(pairs))[order]
        self._stale = False

    def row_waiting(self, socket: int) -> int | None:
        """The one row of ``socket`` whose peer has not been heard yet."""
        rows = self._waiting.get(socket, ())
        return next(iter(rows)) if len(rows) == 1 else None

    def is_convincing(self, row: int, key: int, ssrc: int, sequence: int) -> bool:
        """Whether a stranger's packet is the second good one in a row."""
        before = self._candidates.get(row)
        self._candidates[row] = _Candidate(key, ssrc, sequence)
        return (
            before is not None
            and (before.key, before.ssrc) == (key, ssrc)
            and (sequence - before.sequence) & 0xFFFF in (1, 2, 3)
        )
