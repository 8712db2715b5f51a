"""Runs a speech program: the text on its standard input, bounded in time."""

import asyncio
import contextlib
import shutil
from asyncio.subprocess import DEVNULL, PIPE, Process

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
        stdin = PIPE if text else DEVNULL
        try:
            process = await _start(path, *arguments, stdin=stdin)
        except OSError as error:
            raise NotSpoken(f"{self.name} could not be started: {error.strerror or error}") from error
        try:
            async with within(self._clock, self._timeout):
                _, printed, _ = await asyncio.gather(
                    _feed(process.stdin, text), _everything(process.stdout), process.wait()
                )
        except TimeoutError as error:
            raise NotSpoken(f"{self.name} was not done within {self._timeout:g} s") from error
        finally:
            await _end(process)
        if process.returncode != 0:
            raise NotSpoken(f"{self.name} failed with exit status {process.returncode}")
        return printed


async def _start(path: str, *arguments: str, stdin: int) -> Process:
    """Who is cancelled meanwhile ends what has begun: uvloop would forget it."""
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(path, *arguments, stdin=stdin, stdout=PIPE, stderr=DEVNULL)
    )
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        with contextlib.suppress(OSError):
            await _end(await starting)
        raise


async def _end(process: Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await asyncio.shield(process.wait())


async def _feed(stdin: asyncio.StreamWriter | None, text: str) -> None:
    """Writes the text; a program that stops reading has said all it will (uvloop calls that a `RuntimeError`)."""
    if stdin is None:
        return
    with contextlib.suppress(BrokenPipeError, ConnectionResetError, RuntimeError):
        stdin.write(text.encode("utf-8", "replace"))
        await stdin.drain()
    with contextlib.suppress(BrokenPipeError, ConnectionResetError, RuntimeError):
        stdin.close()
        await stdin.wait_closed()


async def _everything(stdout: asyncio.StreamReader | None) -> bytes:
    return await stdout.read() if stdout is not None else b""
