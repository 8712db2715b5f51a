"""The index of a sealed stretch: which of its rows have a key in a range, as bits, and in which order of keys they lie.

The rows of a stretch are counted from 0 in order of age; a mask is a whole number whose bit ``n`` stands for row ``n``.
Rows in order of their keys are cut into blocks. A block has the mask of all rows whose key is less than its first one,
so that a range of keys costs two blocks, however many rows lie between; a key of many rows has a block for itself.
"""

import re
import struct
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import compress

import msgspec
import numpy as np
from numpy.typing import NDArray

#: fewest rows of which a block is made, and of a key that has a block for itself
_LEAST = 16
_DIGITS = bytes.maketrans(b"01", b"\x00\x01")
#: of each octet the numbers of its bits
_ROWS = [[bit for bit in range(8) if octet >> bit & 1] for octet in range(256)]
_encode = msgspec.msgpack.encode
_decode = msgspec.msgpack.Decoder(list[bytes]).decode


@dataclass(frozen=True, slots=True)
class Block:
    """``head`` and ``last``: its first and last key; ``next``: the head of the next block, empty when there is none.

    ``rank``: how many rows come before; ``before``: their mask, little-endian. ``keys`` None: all its ``n`` rows have
    the key ``head``, and ``own`` is their mask. Else the keys of its rows in order, and ``own`` the number of each row
    as 16 bits.
    """

    head: bytes
    last: bytes
    next: bytes
    rank: int
    n: int
    before: bytes
    own: bytes
    keys: bytes | None

    def continues(self, key: bytes) -> bool:
        """Whether there is a next block, and its head is less than ``key``."""
        return b"" != self.next < key

    def below(self, key: bytes) -> int:
        """The rows of the stretch whose key is less than ``key``, which is not above the head of the next block."""
        return mask_of(self.before) | self.within(b"", key)

    def within(self, low: bytes, high: bytes) -> int:
        """The rows of this block whose key is from ``low`` up to but not ``high``."""
        if high <= self.head or self.last < low:
            return 0
        if self.keys is None:
            return mask_of(self.own) if low <= self.head else 0
        keys = _decode(self.keys)
        return mask_of_rows(self.rows[bisect_left(keys, low) : bisect_left(keys, high)])

    def entries(self, low: bytes, high: bytes, mask: bytes) -> Iterator[tuple[bytes, int]]:
        """Key and row of those of ``mask`` from ``low`` up to but not ``high``, in order of both."""
        if self.keys is None:
            return ((self.head, row) for row in rows_of(self.within(low, high) & mask_of(mask)))
        end = len(mask)
        here = [
            (number, row)
            for number, row in enumerate(self.rows)
            if (octet := row >> 3) < end and mask[octet] >> (row & 7) & 1
        ]
        if not here:
            return iter(())
        keys = _decode(self.keys)
        return ((keys[number], row) for number, row in here if low <= keys[number] < high)

    @property
    def rows(self) -> Sequence[int]:
        """Its rows in order, when they have different keys."""
        return struct.unpack(f"<{len(self.own) // 2}H", self.own)


@dataclass(frozen=True, slots=True)
class RankedKeys:
    """The keys of rows: ``ranks`` of them among their different ones in order, and the key of a rank.

    ``ranks``: (rows), 16 bits; no more than 65,536 rows.
    """

    ranks: NDArray[np.uint16]
    key: Callable[[int], bytes]


def blocks_of(keys: RankedKeys, parts: int) -> Iterator[Block]:
    """The blocks of rows that have ``keys``, about ``parts`` of them, in order."""
    n = len(keys.ranks)
    rows = np.argsort(keys.ranks, kind="stable").astype("<u2")
    ranks = keys.ranks[rows]
    begins = np.flatnonzero(np.r_[True, ranks[1:] != ranks[:-1]][:n])
    seen = np.zeros(n, dtype=np.bool_)
    for first, end in _cuts(begins, n, max(_LEAST, n // parts)):
        own, before = rows[first:end], _octets(seen)
        seen[own] = True
        head, last = keys.key(int(ranks[first])), keys.key(int(ranks[end - 1]))
        after = keys.key(int(ranks[end])) if end < n else b""
        if ranks[first] == ranks[end - 1]:
            mask = np.zeros(n, dtype=np.bool_)
            mask[own] = True
            yield Block(head, last, after, first, end - first, before, _octets(mask), None)
        else:
            each = _encode([keys.key(rank) for rank in ranks[first:end].tolist()])
            yield Block(head, last, after, first, end - first, before, own.tobytes(), each)


def _cuts(begins: NDArray[np.intp], n: int, most: int) -> Iterator[tuple[int, int]]:
    """Where each block begins and ends. ``begins``: where each key does; ``most``: of more rows one key is a block."""
    ends = np.append(begins[1:], n)
    large = np.flatnonzero(ends - begins >= most)
    first = 0
    for begin, end in [*zip(begins[large].tolist(), ends[large].tolist(), strict=True), (n, n)]:
        while first < begin:
            place = int(np.searchsorted(begins, first + most))
            here, first = first, min(int(begins[place]) if place < len(begins) else n, begin)
            yield here, first
        if begin < end:
            yield begin, end
        first = end


def _octets(rows: NDArray[np.bool_]) -> bytes:
    """The mask of the rows that are true, little-endian."""
    return np.packbits(rows, bitorder="little").tobytes().rstrip(b"\0")


def mask_of(octets: bytes) -> int:
    return int.from_bytes(octets, "little")


def octets_of(mask: int) -> bytes:
    return mask.to_bytes((mask.bit_length() + 7) // 8, "little")


def mask_of_rows(rows: Sequence[int]) -> int:
    octets = bytearray((max(rows) >> 3) + 1 if rows else 0)
    for row in rows:
        octets[row >> 3] |= 1 << (row & 7)
    return int.from_bytes(octets, "little")


def rows_of(mask: int, start: int = 0, stop: int | None = None) -> list[int]:
    """The rows that ``mask`` holds, in order; of these, number ``start`` up to but not ``stop``."""
    if stop is not None:
        first, end = _end_of(mask, start), _end_of(mask, stop)
        return [first + row for row in rows_of((mask & ((1 << end) - 1)) >> first)]
    if mask.bit_count() * 8 > mask.bit_length():
        return list(compress(range(mask.bit_length()), f"{mask:b}"[::-1].encode().translate(_DIGITS)))
    return [
        found.start() * 8 + row for found in re.finditer(rb"(?s)[^\0]", octets_of(mask)) for row in _ROWS[found[0][0]]
    ]


def _end_of(mask: int, n: int) -> int:
    """Before which row ``mask`` has ``n`` rows."""
    low, high = 0, mask.bit_length()
    while low < high:
        middle = (low + high) // 2
        if (mask & ((1 << middle) - 1)).bit_count() < n:
            low = middle + 1
        else:
            high = middle
    return low
