"""Sounds of documents as the media engine plays them: decoded once for each content.

A customer's sound may take minutes of work, and many may come at once. So each is decoded in steps, those that are
under way take turns, and together they leave half of the machine to the calls.
"""

import asyncio
import os
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ringback.kernel.clock import Clock
from ringback.media.sound import Sound, decode_in_steps, open_sound
from ringback.web.shelf import Shelf

_DONE = object()


class Playable:
    """``folder`` holds what was decoded, at most ``most`` octets."""

    def __init__(self, folder: Path, most: int, clock: Clock) -> None:
        self._decoded = Shelf(folder, most, clock)
        self._threads = ThreadPoolExecutor(max(1, (os.cpu_count() or 1) // 2), thread_name_prefix="sounds")

    async def sound(self, file: Path) -> Sound:
        """The audio ``file``, whose name stands for its content, as a sound. Raises `BadSound`."""

        async def decode(part: Path) -> None:
            steps = decode_in_steps(file, part)
            while await self._take(steps) is not _DONE:
                pass

        return open_sound(await self._decoded.get(file.name, decode))

    async def _take(self, steps: Generator[None, None, None]) -> object:
        """The next step, when its turn has come."""
        step = asyncio.get_running_loop().run_in_executor(self._threads, next, steps, _DONE)
        try:
            return await asyncio.shield(step)
        except asyncio.CancelledError:
            step.add_done_callback(lambda done: _give_up(steps, done))
            raise

    async def close(self) -> None:
        await self._decoded.close()
        await asyncio.to_thread(self._threads.shutdown, wait=True, cancel_futures=True)


def _give_up(steps: Generator[None, None, None], last: "asyncio.Future[object]") -> None:
    """Nobody waits for the sound any more; the ``last`` step is over."""
    steps.close()
    _ = last.cancelled() or last.exception()
