"""Runs a program that is the other end of a test, for a limited time, and ends it by its own process."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path


class Program:
    """``output`` grows while it runs."""

    def __init__(self, process: asyncio.subprocess.Process, name: str) -> None:
        self.process = process
        self.name = name
        self._octets = bytearray()
        self._reading = asyncio.ensure_future(self._read())

    @property
    def output(self) -> str:
        return self._octets.decode("utf-8", "replace")

    async def _read(self) -> None:
        assert self.process.stdout is not None
        while octets := await self.process.stdout.read(65_536):
            self._octets += octets

    async def ends_well(self, within: float) -> str:
        """Its output. Raises `AssertionError` when it fails or takes longer."""
        assert await self.ends(within), f"{self.name} did not end within {within:g} s:\n{self.output[-3000:]}"
        assert self.process.returncode == 0, f"{self.name} ended with {self.process.returncode}:\n{self.output[-3000:]}"
        return self.output

    async def ends(self, within: float) -> bool:
        """Whether it ends by itself in that time."""
        try:
            await asyncio.wait_for(asyncio.gather(self.process.wait(), asyncio.shield(self._reading)), within)
        except TimeoutError:
            return False
        return True

    async def stop(self) -> None:
        """Asks it to end; ends it when it does not."""
        for ask in (self.process.terminate, self.process.kill):
            if self.process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    ask()
                await self.ends(2)
        await self._reading


@contextlib.asynccontextmanager
async def running(*command: str, folder: Path) -> AsyncIterator[Program]:
    """The program, until the block ends."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    program = Program(process, Path(command[0]).name)
    try:
        yield program
    finally:
        await program.stop()
