"""A large array whose memory can be given back to the system while the array stays."""

from __future__ import annotations

import contextlib
import mmap
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Pages:
    """``array``: zeros; a page that was never written takes no memory."""

    def __init__(self, shape: tuple[int, ...], kind: type[np.generic]) -> None:
        octets = int(np.prod(shape)) * np.dtype(kind).itemsize
        self._map = mmap.mmap(-1, octets, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        self._advise("MADV_HUGEPAGE")  # as numpy does for its own: rows lie far from each other
        self.array: NDArray[Any] = np.frombuffer(self._map, dtype=kind).reshape(shape)

    def give_back(self) -> None:
        """The array is zeros again, and takes no memory."""
        if not self._advise("MADV_DONTNEED"):
            self.array[...] = 0

    def _advise(self, name: str) -> bool:
        with contextlib.suppress(AttributeError, OSError):
            self._map.madvise(getattr(mmap, name))
            return True
        return False
