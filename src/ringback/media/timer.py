"""A timer that is due every 20 ms, by the machine's monotonic clock, without drift."""

from __future__ import annotations

import ctypes
import os
import time

PERIOD = 0.02
_CLOCK_MONOTONIC = 1
_NONBLOCK_CLOEXEC = os.O_NONBLOCK | os.O_CLOEXEC
_ABSOLUTE = 1


class _TimerSpec(ctypes.Structure):
    _fields_ = [
        ("every_s", ctypes.c_long),
        ("every_ns", ctypes.c_long),
        ("at_s", ctypes.c_long),
        ("at_ns", ctypes.c_long),
    ]


class TickTimer:
    """Says how many ticks are due. With a timerfd where there is one: its descriptor becomes readable in time."""

    def __init__(self, with_descriptor: bool = True) -> None:
        self._begin = time.monotonic()
        self.ticks = 0  #: that have been taken
        self.descriptor = self._open() if with_descriptor else None

    def _open(self) -> int | None:
        library = ctypes.CDLL(None, use_errno=True)
        if not hasattr(library, "timerfd_create"):
            return None
        descriptor = int(library.timerfd_create(_CLOCK_MONOTONIC, _NONBLOCK_CLOEXEC))
        if descriptor < 0:
            return None
        at = self._begin + PERIOD
        spec = _TimerSpec(0, int(PERIOD * 1e9), int(at), int(at % 1 * 1e9))
        if library.timerfd_settime(descriptor, _ABSOLUTE, ctypes.byref(spec), None) < 0:
            os.close(descriptor)
            return None
        return descriptor

    def clear(self) -> None:
        """Makes the descriptor wait for the next period."""
        if self.descriptor is not None:
            try:
                os.read(self.descriptor, 8)
            except BlockingIOError:
                pass

    @property
    def lateness(self) -> float:
        """Seconds since the next tick was due; negative: until it is."""
        return time.monotonic() - (self._begin + (self.ticks + 1) * PERIOD)

    def skip(self, ticks: int) -> None:
        self.ticks += ticks

    def close(self) -> None:
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None
