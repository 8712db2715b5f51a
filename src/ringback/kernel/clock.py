"""The only clock: everything that needs the time takes a `Clock`, so that a test can turn it by hand."""

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Protocol


class Timer(Protocol):
    """Something that was set to happen later."""

    def cancel(self) -> None:
        """It does not happen; harmless when it has."""


class Clock(Protocol):
    """What time it is, and waiting."""

    def now(self) -> float:
        """Seconds that only grow; the zero means nothing."""

    def utc(self) -> datetime:
        """The wall clock in UTC, with a zone, to the millisecond."""

    def timestamp(self) -> float:
        """The same as seconds since 1970."""

    def call_later(self, seconds: float, action: Callable[[], None]) -> Timer:
        """Calls ``action`` once, ``seconds`` from now, on the event loop."""

    async def sleep(self, seconds: float) -> None:
        """Waits ``seconds``."""


class SystemClock:
    """The machine's time."""

    def now(self) -> float:
        return time.monotonic()

    def utc(self) -> datetime:
        return datetime.fromtimestamp(time.time_ns() // 1_000_000 / 1000, UTC)  # exact: rounded to microseconds

    def timestamp(self) -> float:
        return int(time.time() * 1000) / 1000

    def call_later(self, seconds: float, action: Callable[[], None]) -> Timer:
        return asyncio.get_running_loop().call_later(seconds, action)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class _ManualTimer:
    def __init__(self, action: Callable[[], None]) -> None:
        self.action: Callable[[], None] | None = action

    def cancel(self) -> None:
        self.action = None


class ManualClock:
    """A clock turned by hand: time passes only in `advance`."""

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self._start = start
        self._now = 0.0
        self._timers: list[tuple[float, int, _ManualTimer]] = []
        self._order = itertools.count()

    def now(self) -> float:
        return self._now

    def utc(self) -> datetime:
        return in_milliseconds(self._start + timedelta(seconds=self._now))

    def timestamp(self) -> float:
        return self.utc().timestamp()

    def call_later(self, seconds: float, action: Callable[[], None]) -> Timer:
        timer = _ManualTimer(action)
        heapq.heappush(self._timers, (self._now + max(0.0, seconds), next(self._order), timer))
        return timer

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.get_running_loop().create_future()
        self.call_later(seconds, lambda: None if woken.done() else woken.set_result(None))
        await woken

    def advance(self, seconds: float) -> None:
        """Lets ``seconds`` pass: every timer due by then runs, in order, at its own time."""
        end = self._now + seconds
        while self._timers and self._timers[0][0] <= end:
            due, _, timer = heapq.heappop(self._timers)
            self._now = max(self._now, due)
            if timer.action is not None:
                timer.action()
        self._now = end


def in_milliseconds(moment: datetime) -> datetime:
    """``moment`` with what is finer than a millisecond cut off: what records, JSON and XML show."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


class within:
    """Runs the block for at most ``seconds`` of ``clock`` (None: no limit); then `TimeoutError`."""

    __slots__ = ("_asked_before", "_clock", "_expired", "_seconds", "_task", "_timer")

    def __init__(self, clock: Clock, seconds: float | None) -> None:
        self._clock = clock
        self._seconds = seconds
        self._expired = False
        self._timer: Timer | None = None

    async def __aenter__(self) -> None:
        if self._seconds is None:
            return
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._asked_before = task.cancelling()  # a task that is being cancelled may still wait, while it tidies up
        self._timer = self._clock.call_later(self._seconds, self._expire)

    def _expire(self) -> None:
        self._expired = True
        self._task.cancel()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if not self._expired:
            return
        asked = self._task.uncancel()  # also when the block was done, or failed, in the very moment
        if isinstance(error, asyncio.CancelledError) and asked <= self._asked_before:
            raise TimeoutError(f"not done within {self._seconds:g} s") from None
