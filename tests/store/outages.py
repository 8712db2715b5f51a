"""What the tests of outages need: a log that can be waited for, a wire that can be cut, a disk that can be full."""

import asyncio
import subprocess
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

import pytest

#: seconds that anything here may take on a machine that does much else
PATIENCE = 60.0


@contextmanager
def small_disk(folder: Path, size: str = "24m") -> Iterator[Path]:
    """A disk of its own at ``folder``, that can be full."""
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)], capture_output=True)
    if made.returncode:
        pytest.skip("no disk can be made here: that takes root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(path: Path) -> None:
    """``path`` takes all the room there is."""
    with path.open("wb", buffering=0) as file:
        for size in (65_536, 4096, 1):
            with suppress(OSError):
                while True:
                    file.write(bytes(size))


class Said:
    """Stands for the log: what was said, and waiting for it."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._changed = threading.Condition()

    def info(self, event: str, **_: Any) -> None:
        with self._changed:
            self.lines.append(event)
            self._changed.notify_all()

    warning = error = info

    async def hear(self, words: str) -> str:
        """The first line with ``words``, once it was said."""
        return await asyncio.to_thread(self._hear, words)

    async def hear_more(self, than: int) -> None:
        """Returns when more lines ``than`` so many were said."""

        def wait() -> bool:
            with self._changed:
                return self._changed.wait_for(lambda: len(self.lines) > than, PATIENCE)

        assert await asyncio.to_thread(wait), self.lines

    def _hear(self, words: str) -> str:
        with self._changed:
            found = self._changed.wait_for(lambda: [line for line in self.lines if words in line], PATIENCE)
        assert found, f"{words!r} was not said, but {self.lines}"
        return found[0]


class Wire:
    """A TCP proxy to ``port``; ``cut_at`` ends a connection when the client has sent such octets: before they are
    passed on, or (``after``) when the server was given them and before its answer comes back."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._words = b""
        self._after = False
        self.cuts = 0
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._joined, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self._cut_all()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut_at(self, words: bytes, *, after: bool) -> None:
        """Once."""
        self._words, self._after = words, after

    def _cut_all(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        self._writers |= {writer, back}
        swallow = asyncio.Event()

        async def forth(data: bytes) -> bool:
            if not self._words or self._words not in data:
                back.write(data)
                return True
            self._words, self.cuts = b"", self.cuts + 1
            if self._after:
                swallow.set()
                back.write(data)
                return True
            return False

        async def home(data: bytes) -> bool:
            if swallow.is_set():  # the answer to what was cut at: it was done, and nobody hears of it
                return False
            writer.write(data)
            return True

        self._start(self._pump(reader, forth, writer, back))
        self._start(self._pump(there, home, writer, back))

    def _start(self, work: Awaitable[None]) -> None:
        task: asyncio.Task[None] = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _pump(
        self, reader: asyncio.StreamReader, hand_on: Callable[[bytes], Awaitable[bool]], *both: asyncio.StreamWriter
    ) -> None:
        with suppress(ConnectionError):
            while (data := await reader.read(65_536)) and await hand_on(data):
                pass
        for writer in both:
            writer.transport.abort()
            self._writers.discard(writer)
