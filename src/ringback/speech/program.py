"""Runs a speech program: the text on its standard input, bounded in time."""

import asyncio
import shutil
from asyncio.subprocess import DEVNULL, PIPE

from ringback.kernel.clock import Clock, SystemClock, within
from ringback.speech.failure import NotSpoken

#: seconds that one text may take
TIMEOUT = 20.0


class Program:
    """``name``: the program's file, found in PATH when it is first wanted."""

    def __init__(self, name: str, clock: Clock | None = None, timeout: float = TIMEOUT) -> None:
        self.name = name
        self._clock = clock or SystemClock()
        self._timeout = timeout

    @property
    def path(self) -> str | None:
        return shutil.which(self.name)

    async def run(self, *arguments: str, text: str = "") -> bytes:
        """What it prints. Raises `NotSpoken` when it is missing, fails, or is not done in time; then it is ended."""
        path = self.path
        if path is None:
            raise NotSpoken(f"the program {self.name} is not installed")
        process = await asyncio.create_subprocess_exec(path, *arguments, stdin=PIPE, stdout=PIPE, stderr=DEVNULL)
        try:
            async with within(self._clock, self._timeout):
                printed, _ = await process.communicate(text.encode("utf-8", "replace"))
        except TimeoutError as error:
            raise NotSpoken(f"{self.name} was not done within {self._timeout:g} s") from error
        finally:
            if process.returncode is None:
                process.kill()
                await asyncio.shield(process.wait())
        if process.returncode != 0:
            raise NotSpoken(f"{self.name} failed with exit status {process.returncode}")
        return printed
