"""SIP over TCP: connections that are used again, limited in number, and closed when nothing comes for long."""

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, cast

from ringback.kernel.clock import Clock, Timer
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
    """Connections at once, and seconds: until the first message, until an idle one is closed, for connecting."""

    connections: int = 5000
    first_message: float = 30.0
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
        self._heard_any = False
        self._check: Timer | None = None
        self._return_port = 5060
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
        self._heard_at = self._streams.clock.now()
        if self._streams.add(self):
            self._watch(self._streams.limits.first_message)
        else:
            wire.abort()

    def data_received(self, data: bytes) -> None:
        self._heard_at = self._streams.clock.now()
        listener = self._streams.listener
        for message in self._framer.feed(data):
            if isinstance(message, BadMessage):
                listener.received_malformed(message, self)
                self.close()
                return
            self._heard_any = True
            listener.received(message, self)
        while self._framer.pings:
            self._framer.pings -= 1
            self.send(b"\r\n")

    def connection_lost(self, exc: Exception | None) -> None:
        if self._check is not None:
            self._check.cancel()
        self._wire = None
        self._streams.remove(self)
        self._streams.listener.lost(self)

    def close(self) -> None:
        """Closes when what was sent has left."""
        if self._wire is not None:
            self._wire.close()

    def _watch(self, seconds: float) -> None:
        """Looks again when the connection may have been idle for too long."""
        self._check = self._streams.clock.call_later(seconds, self._close_if_idle)

    def _close_if_idle(self) -> None:
        limits = self._streams.limits
        limit = limits.idle if self._heard_any else limits.first_message
        left = self._heard_at + limit - self._streams.clock.now()
        if not self._heard_any or left <= 0:
            self.close()
        else:
            self._watch(left)


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
    ) -> None:
        self.listener = listener
        self.shown = shown
        self.clock = clock
        self.max_message = max_message
        self.limits = limits or StreamLimits()
        self._source_host = source_host
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

    def add(self, connection: StreamConnection) -> bool:
        """Whether there is room for one more."""
        if len(self._connections) >= self.limits.connections:
            return False
        self._connections[connection.host, connection.port] = connection
        return True

    def remove(self, connection: StreamConnection) -> None:
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
