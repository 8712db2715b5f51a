"""Chance that nobody can guess, drawn from the system in large portions: a call needs many small ones.

Each draw from the system lets other threads have the interpreter, and getting it back costs more than the draw.
"""

import os
import threading

_PORTION = 4096


class Chance:
    """Octets from the system's generator, each given out once."""

    def __init__(self) -> None:
        self._drawn = b""
        self._used = 0
        self._lock = threading.Lock()

    def octets(self, count: int) -> bytes:
        """``count`` octets, at most a portion (4,096)."""
        with self._lock:
            if count > len(self._drawn) - self._used:
                self._drawn, self._used = os.urandom(_PORTION), 0
            self._used += count
            return self._drawn[self._used - count : self._used]

    def forget(self) -> None:
        """What is drawn already is not used: a copy of this process has it too."""
        self.__init__()  # type: ignore[misc]


_chance = Chance()
os.register_at_fork(after_in_child=_chance.forget)
random_octets = _chance.octets
