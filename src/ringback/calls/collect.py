"""Collecting keys: from the moment it begins, until a finish key, enough keys, or silence."""

import asyncio
from types import TracebackType
from typing import Self

from ringback.calls.leg import Leg
from ringback.kernel.clock import Clock, within


class Collect:
    """``most``: keys to wait for (None: no limit); ``finish``: keys that end it and are taken away; ``timeout``:
    seconds of silence after the prompts and between keys; ``start``: keys that may come first.

    Keys pressed before the block is entered do not count.
    """

    def __init__(
        self, leg: Leg, clock: Clock, *, most: int | None, finish: str, timeout: float, start: str = "0123456789*#"
    ) -> None:
        self._leg = leg
        self._clock = clock
        self._most = most
        self._finish = finish
        self._timeout = timeout
        self._start = start
        self._digits = ""
        self._complete = False
        self._pressed = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._leg.on_key = self._hear
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leg.on_key = None

    def _hear(self, digit: str, how: str) -> None:
        if self._complete:
            return
        if digit in self._finish:
            self._complete = True
        elif self._digits or digit in self._start:
            self._digits += digit
            self._complete = self._most is not None and len(self._digits) >= self._most
        else:
            return
        self._pressed.set()

    async def first(self) -> None:
        """Returns when a key was pressed."""
        if not self._digits and not self._complete:
            await self._pressed.wait()

    async def all(self) -> str:
        """The keys, without the finish key; ``""`` when there were none."""
        while not self._complete:
            self._pressed.clear()
            try:
                async with within(self._clock, self._timeout):
                    await self._pressed.wait()
            except TimeoutError:
                break
        return self._digits
