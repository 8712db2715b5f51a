"""Timers without a clock of their own: one queue for each length, so that setting, cancelling and firing cost the same.

All timers of one length end in the order in which they were set: a queue is enough, no heap. A cancelled timer stays in
its queue, emptied, until its turn.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Times:
    """RFC 3261 table 4, in seconds."""

    t1: float = 0.5
    t2: float = 4.0
    t4: float = 5.0
    #: at least so long are answers to late copies of a final response to an INVITE kept ready (timer D over UDP)
    linger: float = 32.0

    @property
    def give_up(self) -> float:
        """64·T1: timers B, F, H, J, L and M."""
        return 64 * self.t1


class Timer:
    """Something that will happen at ``deadline``."""

    __slots__ = ("action", "arguments", "deadline")

    def __init__(self, deadline: float, action: Callable[..., None], arguments: tuple[object, ...] = ()) -> None:
        self.deadline = deadline
        self.action: Callable[..., None] | None = action
        self.arguments = arguments

    def cancel(self) -> None:
        """It does not happen; harmless when it has."""
        self.action = None
        self.arguments = ()


class Timers:
    """Every timer of one stack. ``sooner`` is called when the next deadline comes before the one known so far."""

    def __init__(self, now: Callable[[], float], sooner: Callable[[], None] = lambda: None) -> None:
        self.now = now
        self.sooner = sooner
        #: when `run` should be called next, at the latest; None: never
        self.wake_at: float | None = None
        self._queues: dict[float, deque[Timer]] = {}

    def start(self, seconds: float, action: Callable[..., None], *arguments: object) -> Timer:
        """Calls ``action`` with ``arguments`` once, ``seconds`` from now."""
        deadline = self.now() + seconds
        timer = Timer(deadline, action, arguments)
        queue = self._queues.get(seconds)
        if queue is None:
            queue = self._queues[seconds] = deque()
        queue.append(timer)
        if self.wake_at is None or deadline < self.wake_at:
            self.wake_at = deadline
            self.sooner()
        return timer

    def run(self) -> None:
        """Lets everything happen that is due, each queue in its order, and finds the next deadline."""
        now = self.wake_at = self.now()
        soonest: float | None = None
        for seconds, queue in tuple(self._queues.items()):
            while queue and (queue[0].action is None or queue[0].deadline <= now):
                timer = queue.popleft()
                if timer.action is not None:
                    timer.action(*timer.arguments)
            if not queue:
                del self._queues[seconds]
        for queue in self._queues.values():
            if queue and (soonest is None or queue[0].deadline < soonest):
                soonest = queue[0].deadline
        self.wake_at = soonest

    def __len__(self) -> int:
        """How many are pending."""
        return sum(timer.action is not None for queue in self._queues.values() for timer in queue)
