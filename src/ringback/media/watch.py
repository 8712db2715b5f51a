"""The watch over a worker: one that has not answered for seconds is as good as dead, whatever its process says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

#: seconds between two questions, and those in which each must be answered
EVERY = 1.0
LONGEST = 5.0


class Watch:
    """Asks again and again. ``ask`` sends a question and says when it is answered; ``on_hang`` is called once."""

    def __init__(
        self,
        ask: Callable[[Callable[[], None]], None],
        on_hang: Callable[[], None],
        every: float | None = None,
        longest: float | None = None,
    ) -> None:
        self._ask = ask
        self._on_hang = on_hang
        self._every = every or EVERY
        self._longest = longest or LONGEST
        self._loop = asyncio.get_running_loop()
        self._asked_at: float | None = None
        self._due = self._loop.time()
        self._timer = self._loop.call_soon(self._look)

    def stop(self) -> None:
        self._timer.cancel()

    def _look(self) -> None:
        now = self._loop.time()
        overslept = now - self._due > self._every  # what held us up may have held up the worker, too
        if self._asked_at is None:
            self._asked_at = now
            self._ask(self._answered)
        elif overslept:
            self._asked_at = now
        elif now - self._asked_at >= self._longest:
            self._on_hang()
            return
        self._due = now + self._every
        self._timer = self._loop.call_at(self._due, self._look)

    def _answered(self) -> None:
        self._asked_at = None
