"""Callers with sound: calls that begin at a steady rate, each of some kind, and what became of them.

On the engine's own SIP stack and media. Most callers hear the prompt, press a key and are hung up on; some hang up
in the middle of the prompt, some before anybody answers, some dial what is not there or what has no document.
"""

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ringback.kernel.clock import SystemClock
from ringback.media.engine import Engine, Stream
from ringback.media.sound import Sound
from ringback.sip.address import NameAddress
from ringback.sip.net.endpoint import Endpoint
from ringback.sip.session import CallEnded, CallRefused, ClientCall
from ringback.sip.uri import Uri

RATE = 8000
#: seconds that a call may take beyond what it should
PATIENCE = 15.0


@dataclass
class Tally:
    """``failures``: sentences, with how often; ``heard``, ``lost``: packets of sound that came and that did not.

    ``failed``: the server's SIDs of calls that did not go as they should.
    """

    ended: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    heard: int = 0
    lost: int = 0

    @property
    def calls(self) -> int:
        return self.ended.total()


class Failed(Exception):
    """A call did not go as it should."""


class Callers:
    """``prompt``: seconds until a caller presses a key; ``numbers``: menu, nowhere, broken."""

    def __init__(self, engine: Engine, port: int, folder: Path, prompt: float) -> None:
        self.tally = Tally()
        self.open = 0
        self._engine, self._port, self._prompt = engine, port, prompt
        self._talk = talking(folder / "talk.raw")
        self._dice = random.Random(1)
        self._running: set[asyncio.Task[None]] = set()
        self._kinds: list[tuple[str, int, Callable[[], Awaitable[None]]]] = [
            ("key", 80, self.presses),
            ("hangs up", 8, self.hangs_up),
            ("gives up", 6, self.gives_up),
            ("nobody there", 3, lambda: self.is_refused("7999")),
            ("no document", 3, lambda: self.is_refused("7001")),
        ]

    sip: Endpoint

    @classmethod
    async def start(cls, engine: Engine, port: int, folder: Path, prompt: float) -> "Callers":
        callers = cls(engine, port, folder, prompt)
        callers.sip = await Endpoint.open("127.0.0.1", 0, handler=callers, clock=SystemClock(), user_agent="callers")
        return callers

    def on_invite(self, call: object) -> None:
        """Nobody calls callers."""

    def on_request(self, request: object) -> None:
        """Nobody asks them anything."""

    async def call_for(self, seconds: float, rate: float) -> None:
        """Begins calls at ``rate`` a second for ``seconds``, whatever becomes of them, and waits until all are over."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        for number in itertools.count():
            due = begun + number / rate
            if due >= begun + seconds:
                break
            await asyncio.sleep(max(0.0, due - loop.time()))
            task = loop.create_task(self._one())
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        await asyncio.gather(*self._running)

    async def close(self) -> None:
        for task in tuple(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self.sip.close()

    async def _one(self) -> None:
        name, _, deed = self._dice.choices(self._kinds, [weight for _, weight, _ in self._kinds])[0]
        self.open += 1
        try:
            await asyncio.wait_for(deed(), self._prompt + PATIENCE)
        except (Failed, CallRefused, CallEnded, TimeoutError) as error:
            self.tally.failures[f"{name}: {error or 'took too long'}"] += 1
        finally:
            self.open -= 1
            self.tally.ended[name] += 1

    async def _dial(self, digits: str) -> tuple[ClientCall, Stream]:
        stream = await self._engine.open()
        call = self.sip.invite(
            Uri.parse(f"sip:{digits}@127.0.0.1:{self._port}"),
            sdp=stream.offer(),
            from_=NameAddress("", Uri.parse(f"sip:caller@127.0.0.1:{self.sip.port}")),
        )
        return call, stream

    async def presses(self) -> None:
        """Hears the prompt whole, presses a key, and is hung up on."""
        call, stream = await self._dial("7000")
        sid = ""
        try:
            sid = await self._talks(call, stream)
            await asyncio.sleep(self._prompt)
            await stream.send_keys("5")
            ending = await asyncio.shield(call.ended)
            if not ending.by_remote:
                self.tally.failed.append(sid)
                raise Failed(f"not hung up on: {ending.cause}")
        finally:
            call.end()
            report = await stream.close()
        self.tally.heard += report.received
        self.tally.lost += report.lost
        if report.received < (self._prompt - 0.4) * 50:
            self.tally.failed.append(sid)
            raise Failed(f"the prompt was not heard whole: {report}")

    async def hangs_up(self) -> None:
        """Leaves in the middle of the prompt."""
        call, stream = await self._dial("7000")
        try:
            await self._talks(call, stream)
            await asyncio.sleep(self._dice.uniform(0, self._prompt / 2))
        finally:
            call.end()
            await stream.close()
        await asyncio.shield(call.ended)

    async def gives_up(self) -> None:
        """Hangs up at once: a CANCEL, or a BYE when the answer was quicker."""
        call, stream = await self._dial("7000")
        try:
            await asyncio.sleep(self._dice.uniform(0, 0.03))
        finally:
            call.end()
            await stream.close()
        await asyncio.shield(call.ended)

    async def is_refused(self, digits: str) -> None:
        call, stream = await self._dial(digits)
        try:
            await call.answered()
            raise Failed("was answered")
        except CallRefused:
            pass
        finally:
            call.end()
            await stream.close()

    async def _talks(self, call: ClientCall, stream: Stream) -> str:
        """Begins to, when the call is answered; the server's SID of it."""
        answer = await call.answered()
        stream.accept(answer.body)
        stream.play(self._talk, loop=0)
        return answer.headers.get("X-RestComm-CallSid") or ""


def talking(path: Path) -> Sound:
    """Ten seconds like a voice, and like no key: a low tone that rises and falls."""
    at = np.arange(10 * RATE) / RATE
    swell = 0.5 - 0.5 * np.cos(2 * np.pi * 3 * at)
    samples = (4000 * swell * np.sin(2 * np.pi * 140 * at + 20 * np.sin(2 * np.pi * 0.2 * at))).astype("<i2")
    samples.tofile(path)
    return Sound(path, len(samples))
