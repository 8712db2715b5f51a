"""Timers without a clock of their own: one queue for each length, so that setting, cancelling and firing cost the same.

All timers of one length end in the order in which they were set: a queue is enough, no heap. A cancelled timer stays in
its queue, emptied, until its turn, or until most of the queue is of its kind.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

#: cancelled timers in one queue that are not worth looking for
_MOST_DEAD = 64


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


class Timer(msgspec.Struct, gc=False):
    """Something that will happen at ``deadline``. There are many, so they are none of the garbage collector's business:
    what has happened or was cancelled holds nothing any more."""

    deadline: float
    action: Callable[..., None] | None
    arguments: tuple[object, ...]
    queue: "_Queue"
    before: "Timer | None" = None  #: the last one that its owner set before it

    def cancel(self) -> None:
        """It does not happen; harmless when it has."""
        if self.action is not None:
            self.action = None
            self.arguments = ()
            self.queue.bury()


class _Queue:
    """Timers of one length, in the order of their deadlines."""

    __slots__ = ("_dead", "timers")

    def __init__(self) -> None:
        self.timers: deque[Timer] = deque()
        self._dead = 0

    def bury(self) -> None:
        """One more is cancelled. When most are, they are thrown away: most timers never happen."""
        self._dead += 1
        if self._dead > _MOST_DEAD and 2 * self._dead > len(self.timers):
            living = [timer for timer in self.timers if timer.action is not None]
            self.timers.clear()
            self.timers.extend(living)
            self._dead = 0

    def run(self, now: float) -> None:
        """Lets everything happen that is due."""
        timers = self.timers
        while timers and ((action := timers[0].action) is None or timers[0].deadline <= now):
            timer = timers.popleft()
            if action is None:
                self._dead -= 1
                continue
            arguments, timer.action, timer.arguments = timer.arguments, None, ()
            action(*arguments)


class Timers:
    """Every timer of one stack. ``sooner`` is called when the next deadline comes before the one known so far."""

    def __init__(self, now: Callable[[], float], sooner: Callable[[], None] = lambda: None) -> None:
        self.now = now
        self.sooner = sooner
        #: when `run` should be called next, at the latest; None: never
        self.wake_at: float | None = None
        self._queues: dict[float, _Queue] = {}

    def start(self, seconds: float, action: Callable[..., None], *arguments: object) -> Timer:
        """Calls ``action`` with ``arguments`` once, ``seconds`` from now."""
        deadline = self.now() + seconds
        queue = self._queues.get(seconds)
        if queue is None:
            queue = self._queues[seconds] = _Queue()
        timer = Timer(deadline, action, arguments, queue)
        queue.timers.append(timer)
        if self.wake_at is None or deadline < self.wake_at:
            self.wake_at = deadline
            self.sooner()
        return timer

    def run(self) -> None:
        """Lets everything happen that is due, each queue in its order, and finds the next deadline."""
        now = self.wake_at = self.now()
        soonest: float | None = None
        for seconds, queue in tuple(self._queues.items()):
            queue.run(now)
            if not queue.timers:
                del self._queues[seconds]
        for queue in self._queues.values():
            if queue.timers and (soonest is None or queue.timers[0].deadline < soonest):
                soonest = queue.timers[0].deadline
        self.wake_at = soonest

    def clear(self) -> None:
        """Nothing of it happens any more."""
        for queue in self._queues.values():
            for timer in queue.timers:
                timer.action, timer.arguments = None, ()
            queue.timers.clear()
        self._queues.clear()
        self.wake_at = None

    def __len__(self) -> int:
        """How many are pending."""
        return sum(timer.action is not None for queue in self._queues.values() for timer in queue.timers)
