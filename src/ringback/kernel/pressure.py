"""Whether a machine is behind for long: how late things are done, judged a window at a time.

One stall, however long, is one window. Only when most of what was due in a window was late does it count, and only
several in a row are pressure: a pause of the collector, or a second in which others had the processor, is none.
"""

from statistics import median

#: seconds of a window, and how many late ones in a row are pressure
WINDOW = 0.5
IN_A_ROW = 3


class Pressure:
    """``late``: seconds behind that are too many. Samples go in; each window that ends is judged."""

    def __init__(self, late: float, now: float) -> None:
        self._late = late
        self._samples: list[float] = []
        self._ends_at = now + WINDOW
        #: late windows in a row, and the last window's median as a multiple of what is late
        self.late_windows = 0
        self.severity = 0.0

    def add(self, lateness: float, now: float, *, other: float = 0.0) -> bool:
        """One thing was done ``lateness`` seconds after it was due; whether a window ended.

        ``other``: the severity of something that is measured elsewhere; above 1 it makes the window a late one.
        """
        self._samples.append(lateness)
        if now < self._ends_at:
            return False
        self.severity = max(median(self._samples) / self._late, other)
        self.late_windows = self.late_windows + 1 if self.severity > 1 else 0
        self._samples.clear()
        self._ends_at = now + WINDOW
        return True

    @property
    def lasting(self) -> bool:
        """Whether it has been so for several windows."""
        return self.late_windows >= IN_A_ROW
