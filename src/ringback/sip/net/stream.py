"""SIP over TCP: connections that are used again, limited in number, and closed when nothing comes for long."""

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, cast

from ringback.kernel.clock import Clock, Timer
from ringback.kernel.source import Trusted
from ringback.kernel.source_count import SourceCount
from ringback.kernel.source_rate import SourceRate
from ringback.kernel.tasks import Tasks
from ringback.sip.flow import Flow, peer_text
from ringback.sip.framing import Framer
from ringback.sip.message import BadMessage
from ringback.sip.net.shown import ShownAddress
from ringback.sip.via import Via

#: octets that wait for a peer which does not read, before it is given up
_MOST_WAITING = 1_048_576


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """Connections of others at once, in all and from one source, and seconds: for a whole message, the first one too,
    until an idle connection is closed, and for connecting."""

    connections: int = 5000
    of_one: int = 5000
    message: float = 30.0
    idle: float = 3600.0
    connect: float = 10.0


class Listener(Protocol):
    """Who hears what the connections receive."""

    def received(self, data: bytes, flow: Flow) -> None:
        """One whole message."""

    def received_malformed(self, bad: BadMessage, flow: Flow) -> None:
        """Something that is no message; the connection is closed after it."""

    def lost(self, flow: Flow) -> None:
        """A connection is gone."""

    def unwelcome(self, host: str) -> None:
        """One connection too many was closed at once."""


class StreamConnection(asyncio.Protocol):
    """One connection, and the flow of its peer. After its loss, responses open a new one (§18.2.2)."""

    transport = "TCP"
    reliable = True

    def __init__(self, streams: "Streams", *, ours: bool) -> None:
        self._ours = ours
        self._streams = streams
        self._wire: asyncio.Transport | None = None
        self._framer = Framer(streams.max_message)
        self._heard_at = 0.0
        #: since when a message is awaited; None: nothing has begun
        self._awaits_since: float | None = None
        self._entered = False
        self._check: Timer | None = None
        self._return_port = 5060
        #: flows that were made before it was opened, and are lost with it
        self.stands_for: list[Flow] = []
        self.host = ""
        self.port = 0

    # ---- flow

    @property
    def peer(self) -> str:
        return peer_text("tcp", self.host, self.port)

    @property
    def alive(self) -> bool:
        return self._wire is not None and not self._wire.is_closing()

    @property
    def local(self) -> str:
        return self._streams.shown.towards(self.host)

    def send(self, data: bytes) -> bool:
        if self._wire is None or self._wire.is_closing():
            return self._streams.send_anew(data, self.host, self._return_port)
        self._wire.write(data)
        if self._wire.get_write_buffer_size() > _MOST_WAITING:
            self._wire.abort()
        return True

    def reply_flow(self, via: Via) -> Flow:
        self._return_port = via.port or 5060
        return self

    # ---- asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclass of asyncio.Transport
        wire = self._wire = cast(asyncio.Transport, transport)
        address = wire.get_extra_info("peername")
        if address is None:
            wire.abort()
            return
        self.host, self.port = address[0], address[1]
        if self._ours:
            self._return_port = self.port
        self._heard_at = self._awaits_since = self._streams.clock.now()
        self._entered = self._streams.add(self, ours=self._ours)
        if self._entered:
            self._watch()
        else:
            wire.abort()
            self._streams.listener.unwelcome(self.host)

    def data_received(self, data: bytes) -> None:
        if not self._entered:
            return
        now = self._heard_at = self._streams.clock.now()
        messages = self._framer.feed(data)
        if messages:
            self._awaits_since = None
        if self._framer.waits and self._awaits_since is None:
            self._awaits_since = now
        self._take(messages)
        self._slow_down(self._streams.rate.charge(self.host, len(messages)))

    def _take(self, messages: list[bytes | BadMessage]) -> None:
        listener = self._streams.listener
        for message in messages:
            if isinstance(message, BadMessage):
                listener.received_malformed(message, self)
                self.close()
                return
            listener.received(message, self)
        while self._framer.pings:
            self._framer.pings -= 1
            self.send(b"\r\n")

    def connection_lost(self, exc: Exception | None) -> None:
        if self._check is not None:
            self._check.cancel()
        self._wire = None
        if self._entered:
            self._streams.remove(self, ours=self._ours)
            for flow in (self, *self.stands_for):
                self._streams.listener.lost(flow)

    def _slow_down(self, seconds: float) -> None:
        """Reads no further for a while: the peer has sent more than a source may."""
        wire = self._wire
        if seconds > 0 and wire is not None and not wire.is_closing():
            wire.pause_reading()
            self._streams.clock.call_later(seconds, self._read_on)

    def _read_on(self) -> None:
        if self._wire is not None and not self._wire.is_closing():
            self._wire.resume_reading()

    def close(self) -> None:
        """Closes when what was sent has left."""
        if self._wire is not None:
            self._wire.close()

    def _watch(self) -> None:
        """Looks when the time for a message, or for being idle, may be over."""
        left = self._left()
        if left <= 0:
            self.close()
        else:
            self._check = self._streams.clock.call_later(left, self._watch)

    def _left(self) -> float:
        """Seconds until something must have come; not longer than a message that begins now may take."""
        limits, now = self._streams.limits, self._streams.clock.now()
        left = min(limits.message, self._heard_at + limits.idle - now)
        return left if self._awaits_since is None else min(left, self._awaits_since + limits.message - now)


class Streams:
    """Every connection of one endpoint, by the address of its peer."""

    def __init__(
        self,
        listener: Listener,
        shown: ShownAddress,
        clock: Clock,
        *,
        max_message: int = 65_535,
        limits: StreamLimits | None = None,
        source_host: str = "",
        trusted: Trusted | None = None,
        rate: SourceRate | None = None,
    ) -> None:
        self.listener = listener
        self.shown = shown
        self.clock = clock
        self.max_message = max_message
        self.limits = limits or StreamLimits()
        self._source_host = source_host
        trusted = trusted or Trusted()
        #: messages that each source may send
        self.rate = SourceRate(0, 0, clock.now, trusted) if rate is None else rate
        self._others = SourceCount(self.limits.connections, self.limits.of_one, trusted)
        self._connections: dict[tuple[str, int], StreamConnection] = {}
        self._connecting: dict[tuple[str, int], list[Callable[[StreamConnection | None], None]]] = {}
        self._server: asyncio.Server | None = None
        self._tasks = Tasks()

    def __len__(self) -> int:
        return len(self._connections)

    async def listen(self, bound: socket.socket) -> None:
        """Accepts connections on a bound socket."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: StreamConnection(self, ours=False), sock=bound, backlog=512)

    def add(self, connection: StreamConnection, *, ours: bool) -> bool:
        """Whether there is room for one more; for one that we opened there is."""
        if not ours and not self._others.enter(connection.host):
            return False
        self._connections[connection.host, connection.port] = connection
        return True

    def remove(self, connection: StreamConnection, *, ours: bool) -> None:
        """One that was added."""
        if not ours:
            self._others.leave(connection.host)
        if self._connections.get((connection.host, connection.port)) is connection:
            del self._connections[connection.host, connection.port]

    def reach(self, host: str, port: int, reached: Callable[[StreamConnection | None], None]) -> None:
        """Calls ``reached`` with a connection to there, an open one or a new one; with None when there is none."""
        known = self._connections.get((host, port))
        if known is not None and known.alive:
            reached(known)
            return
        waiting = self._connecting.setdefault((host, port), [])
        waiting.append(reached)
        if len(waiting) == 1:
            self._tasks.start(self._connect(host, port), f"connect to {host}:{port}")

    async def _connect(self, host: str, port: int) -> None:
        loop = asyncio.get_running_loop()
        connection: StreamConnection | None = None
        try:
            async with asyncio.timeout(self.limits.connect):
                local = (self._source_host, 0) if self._source_host else None
                _, connection = await loop.create_connection(
                    lambda: StreamConnection(self, ours=True), host, port, local_addr=local
                )
        except (OSError, TimeoutError, OverflowError):
            connection = None
        for reached in self._connecting.pop((host, port), []):
            reached(connection if connection is not None and connection.alive else None)

    def send_anew(self, data: bytes, host: str, port: int) -> bool:
        """Sends over a connection that has to be opened first; whether that can be tried."""
        if self._server is None:
            return False
        self.reach(host, port, lambda connection: None if connection is None else _send(connection, data))
        return True

    async def close(self) -> None:
        """Closes everything; what was sent still leaves when the peer reads."""
        if self._server is not None:
            self._server.close()
            self._server = None
        await self._tasks.close()
        for connection in tuple(self._connections.values()):
            connection.close()
        await asyncio.sleep(0)


def _send(connection: StreamConnection, data: bytes) -> None:
    connection.send(data)
