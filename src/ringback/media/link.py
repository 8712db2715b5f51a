"""The control side's end of one worker process: starts it, sends commands, hands out its events, sees it die."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections import deque
from collections.abc import Callable
from typing import Any

import structlog

from ringback.kernel.errors import RingbackError
from ringback.media.messages import (
    BATCH,
    LARGEST,
    Agree,
    Close,
    Command,
    Event,
    Listen,
    Open,
    Ready,
    UseSocket,
    decode_events,
    encode,
)
from ringback.media.ports import PortPair

_log = structlog.get_logger("ringback.media")
#: commands that make no sound (what the peer sends meanwhile is kept), and the seconds that they wait for others
_NOT_URGENT, _PATIENCE = (Open, Agree, Listen, Close), 0.005
_START_SECONDS = 30.0
_END_SECONDS = 3.0
#: one thread of arithmetic a worker: the machine's other cores belong to others
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


class WorkerLost(RingbackError):
    """A media worker ended by itself, or did not start."""


class Link:
    """One life of a worker process."""

    def __init__(self, on_event: Callable[[Event], None], on_death: Callable[[], None]) -> None:
        self._on_event = on_event
        self._on_death = on_death
        self._loop = asyncio.get_running_loop()
        self._socket, self._theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.setblocking(False)
        for end in (self._socket, self._theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1024 * 1024)
        self._waiting: deque[Command] = deque()
        self._flushes = False
        self.packets = 0  #: how often what waited has been sent
        self._patience: asyncio.TimerHandle | None = None
        self._ready: asyncio.Future[int] = self._loop.create_future()
        self._process: asyncio.subprocess.Process | None = None
        self.alive = False

    async def start(self, pairs: list[PortPair]) -> None:
        """Returns when the process works. Raises `WorkerLost`."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "ringback.media.worker",
            str(self._theirs.fileno()),
            stdin=asyncio.subprocess.DEVNULL,
            pass_fds=(self._theirs.fileno(),),
            start_new_session=True,  # a terminal's Ctrl-C is for the control side, which may want to drain
            env={**os.environ, **_ENVIRONMENT},
        )
        self._theirs.close()
        self.alive = True
        self._loop.add_reader(self._socket.fileno(), self._read)
        for pair in pairs:
            self.use(pair)
        try:
            await asyncio.wait_for(asyncio.shield(self._ready), _START_SECONDS)
        except TimeoutError:
            await self.end()
            raise WorkerLost(f"a media worker did not start within {_START_SECONDS:g} s") from None

    @property
    def process(self) -> int:
        """The worker's process id."""
        return self._process.pid if self._process is not None else 0

    @property
    def works(self) -> bool:
        """Whether the process has said that it is ready, and lives."""
        return self.alive and self._ready.done()

    def kill(self) -> None:
        """The process does not answer any more."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
        self._die()

    def use(self, pair: PortPair) -> None:
        """Hands the worker the sockets of ``pair``."""
        self.flush()
        sockets = [found.fileno() for found in (pair.rtp, pair.rtcp) if found is not None]
        packet = encode([UseSocket(pair.index, pair.rtcp is not None)])
        try:
            socket.send_fds(self._socket, [packet], sockets)
        except BlockingIOError:
            self._send_patiently(packet, sockets)
        except OSError:
            self._die()

    def _send_patiently(self, packet: bytes, sockets: list[int]) -> None:
        """The worker lags behind; descriptors cannot wait in a queue, because their owner may close them."""
        self._socket.settimeout(1.0)
        try:
            socket.send_fds(self._socket, [packet], sockets)
        except OSError:
            self._die()
        finally:
            if self.alive:
                self._socket.setblocking(False)

    def send(self, command: Command) -> None:
        """Goes out in this round of the loop, in order; nothing happens when the worker is dead.

        What nobody hears waits a little for others: each packet wakes the worker, and takes the core from the loop.
        """
        if not self.alive:
            return
        self._waiting.append(command)
        if not self._flushes:
            if isinstance(command, _NOT_URGENT):
                self._flush_soon()
            else:
                self._flushes = True
                self._loop.call_soon(self.flush)

    def _flush_soon(self) -> None:
        if self._patience is None:
            self._patience = self._loop.call_later(_PATIENCE, self.flush)

    def flush(self) -> None:
        """Sends what waits."""
        self.packets += 1
        self._flushes = False
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
        while self._waiting and self.alive:
            batch: list[Any] = [self._waiting[index] for index in range(min(BATCH, len(self._waiting)))]
            try:
                self._socket.send(encode(batch))
            except BlockingIOError:
                self._flushes = True
                self._loop.call_later(0.005, self.flush)
                return
            except OSError:
                self._die()
                return
            for _ in batch:
                self._waiting.popleft()

    def _read(self) -> None:
        while self.alive:
            try:
                packet = self._socket.recv(LARGEST)
            except BlockingIOError:
                return
            except OSError:
                packet = b""
            if not packet:
                self._die()
                return
            for event in decode_events(packet):
                if isinstance(event, Ready):
                    if not self._ready.done():
                        self._ready.set_result(event.process)
                else:
                    self._on_event(event)

    def _die(self) -> None:
        if not self.alive:
            return
        self._let_go()
        if not self._ready.done():
            self._ready.set_exception(WorkerLost("a media worker ended while it started; its last words are above"))
        self._on_death()

    def _let_go(self) -> None:
        self.alive = False
        self._loop.remove_reader(self._socket.fileno())
        self._socket.close()
        self._waiting.clear()

    async def end(self) -> None:
        """Closes the socket, on which the process ends by itself; kills it if it does not."""
        if self.alive:
            self.flush()
        if self.alive:
            self._let_go()
        if self._ready.done():
            self._ready.exception()
        if self._process is None:
            return
        try:
            await asyncio.wait_for(self._process.wait(), _END_SECONDS)
        except TimeoutError:
            _log.warning("a media worker did not end by itself and was killed", process=self._process.pid)
            self._process.kill()
            await self._process.wait()
