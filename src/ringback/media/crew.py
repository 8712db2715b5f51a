"""A worker with its ports and streams, through all lives of its process."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import structlog

from ringback.kernel.errors import Unavailable
from ringback.media import messages
from ringback.media.link import Link, WorkerLost
from ringback.media.negotiation import Address
from ringback.media.ports import PortPair, Ports
from ringback.media.strain import Strain
from ringback.media.system_calls import arrival_time
from ringback.media.watch import Watch

if TYPE_CHECKING:
    from ringback.media.stream import Stream

_log = structlog.get_logger("ringback.media")
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 5.0
#: an extra pair of ports is closed when it has had no stream for so many seconds, or up to twice as many
_SPARE_SECONDS = 5.0
#: rows of a worker's table
CAPACITY = 4096
Reply = Callable[[Any], None]


class Member:
    """One of the engine's workers."""

    def __init__(self, ports: Ports) -> None:
        self.ports = ports
        self.streams: dict[int, Stream] = {}
        self.lives = 0
        self._replies: dict[int, Reply] = {}
        self._names = itertools.count(1)
        self._link = Link(self._on_event, self._on_death)
        self._rescue: asyncio.Task[None] | None = None
        self._watch: Watch | None = None
        self._strain = Strain()
        self._sweeping: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        await self._link.start(list(self.ports))
        self._begin_life()

    def _begin_life(self) -> None:
        self.lives += 1
        self._strain = Strain()
        self._watch = Watch(self._ping, self._on_hang)

    def _ping(self, answered: Callable[[], None]) -> None:
        def hear(pong: messages.Pong | None) -> None:
            answered()
            if pong is not None:
                self._strain.hear(pong)

        self.send(messages.Ping(self.ask(hear)))

    @property
    def strain(self) -> float:
        """How near it is to what it can carry; 1: it should have no more."""
        return self._strain.degree if self.alive else 0.0

    def _on_hang(self) -> None:
        _log.error("a media worker does not answer and is killed", process=self.process)
        self._link.kill()

    @property
    def alive(self) -> bool:
        return self._link.works and self.lives > 0

    @property
    def process(self) -> int:
        return self._link.process

    def send(self, command: messages.Command) -> None:
        self._link.send(command)

    def ask(self, reply: Reply) -> int:
        """A fresh name for a request; ``reply`` is called once with its event, or with None when the worker is lost."""
        name = next(self._names)
        self._replies[name] = reply
        return name

    def place(self, stream: Stream, peer: Address | None) -> PortPair:
        """Chooses a port for ``stream`` and opens its row. Raises `Unavailable`."""
        if not self.alive or len(self.streams) >= CAPACITY:
            raise Unavailable("no media worker has room for another stream; try again later")
        pair = self.ports.take(peer, stream.name) or self._extra_pair(stream.name)
        self.streams[stream.name] = stream
        if pair.closed_in == self._link.packets:
            self._link.flush()  # the next stream's peer may be quicker than the word that the last one is over
        self.send(messages.Open(stream.name, pair.index, arrival_time()))
        return pair

    def _extra_pair(self, stream: int) -> PortPair:
        try:
            pair = self.ports.take_extra(stream)
        except Exception as error:
            raise Unavailable(f"no UDP port for another stream: {error}") from error
        self._link.use(pair)
        if not self.alive:
            raise Unavailable("the media worker was lost; try again")
        return pair

    def remove(self, stream: Stream, pair: PortPair) -> None:
        """The stream's Close has been sent; its port is free for others."""
        if self.streams.pop(stream.name, None) is not None:
            pair.closed_in = self._link.packets
            self.ports.leave(pair, stream.name)
            self._sweep_later()

    def _sweep_later(self) -> None:
        """Extra ports that nobody needs any more are closed, in their own time: the next calls often need them."""
        if self._sweeping is None and self.ports.has_spare:
            self._sweeping = asyncio.get_running_loop().call_later(_SPARE_SECONDS, self._sweep)

    def _sweep(self) -> None:
        self._sweeping = None
        for index in self.ports.drop_spare():
            self.send(messages.DropSocket(index))
        self._sweep_later()

    async def figures(self, ticks: int = 5000) -> dict[str, float]:
        """How the worker did in its last ``ticks``; nothing when it is not there."""
        if not self.alive:
            return {}
        answer: asyncio.Future[dict[str, float]] = asyncio.get_running_loop().create_future()
        request = self.ask(lambda event: answer.set_result(event.facts if event else {}))
        self.send(messages.WantFigures(request, ticks))
        return await answer

    async def stop(self) -> None:
        if self._rescue is not None:
            self._rescue.cancel()
            await asyncio.gather(self._rescue, return_exceptions=True)
        self._stop_watch()
        if self._sweeping is not None:
            self._sweeping.cancel()
        await self._link.end()
        self._lose("the media engine was stopped")
        self.ports.close()

    def _on_event(self, event: messages.Event) -> None:
        match event:
            case messages.Played(playback=name) | messages.Captured(capture=name):
                self._reply(name, event)
            case messages.KeysSent(request=name) | messages.Report(request=name):
                self._reply(name, event)
            case messages.Figures(request=name) | messages.Pong(request=name):
                self._reply(name, event)
            case messages.Closed(stream=name):
                self._reply(-name, event)
            case _:
                if (stream := self.streams.get(event.stream)) is not None:  # type: ignore[union-attr]
                    stream.hear(event)

    def _reply(self, name: int, event: messages.Event) -> None:
        if (reply := self._replies.pop(name, None)) is not None:
            reply(event)

    def expect_closed(self, stream: int, reply: Reply) -> None:
        self._replies[-stream] = reply

    def _stop_watch(self) -> None:
        if self._watch is not None:
            self._watch.stop()

    def _on_death(self) -> None:
        self._stop_watch()
        _log.error("a media worker was lost; its calls have no sound", process=self.process, streams=len(self.streams))
        self._lose("the media worker was lost")
        if self.lives:
            self._rescue = asyncio.get_running_loop().create_task(self._revive())

    def _lose(self, why: str) -> None:
        streams, self.streams = self.streams, {}
        replies, self._replies = self._replies, {}
        self.ports.clear()
        for reply in replies.values():
            reply(None)
        for stream in streams.values():
            stream.lose(why)

    async def _revive(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            await self._link.end()
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
            self._link = Link(self._on_event, lambda: None)
            try:
                await self._link.start(list(self.ports))
            except (WorkerLost, OSError) as error:
                _log.error("a media worker could not be started anew", reason=str(error))
                continue
            if not self._link.works:
                continue
            self._link._on_death = self._on_death
            self._begin_life()
            _log.info("a media worker was started anew", process=self.process)
            return
