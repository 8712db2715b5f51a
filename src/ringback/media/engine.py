"""The media engine: opens streams, and keeps the worker processes that carry them."""

from __future__ import annotations

import asyncio
import ipaddress
import itertools
import os
import socket

from ringback.kernel.errors import Unavailable
from ringback.media.crew import Member
from ringback.media.negotiation import Address, peer_of
from ringback.media.ports import PortPair, Ports, open_ports
from ringback.media.stream import Capture, Key, Playback, Stream, StreamReport, must_be_reachable
from ringback.media.timer import PERIOD

__all__ = ["Capture", "Engine", "Key", "Playback", "Stream", "StreamReport"]


class Engine:
    """Streams over a few shared UDP ports, carried by worker processes."""

    def __init__(self, host: str, external_address: str, pairs: list[PortPair], workers: int) -> None:
        self._host = host
        everywhere = ipaddress.ip_address(host).is_unspecified
        self._fixed_address = external_address or ("" if everywhere else host)
        self._numbers = sorted(pair.number for pair in pairs)
        self._members = [Member(Ports(host, pairs[index::workers])) for index in range(workers)]
        self._names = itertools.count(1)
        self._stopped = False

    @classmethod
    async def start(
        cls, *, host: str, first_port: int, ports: int, external_address: str = "", workers: int = 0
    ) -> Engine:
        """Binds ``ports`` RTP ports (``first_port``, +2, +4, …; RTCP on the port above each) and starts the workers.

        ``first_port`` 0: any free ones. ``workers`` 0: one for each core but one. Raises `SettingError`.
        """
        workers = workers or max((os.cpu_count() or 1) - 1, 1)
        host = host.strip("[]").replace("localhost", "127.0.0.1")
        engine = cls(host, external_address, open_ports(host, first_port, ports), min(workers, ports))
        try:
            await asyncio.gather(*(member.start() for member in engine._members))
        except BaseException:
            await engine.stop()
            raise
        return engine

    @property
    def streams(self) -> int:
        """How many streams are open."""
        return sum(len(member.streams) for member in self._members)

    @property
    def strain(self) -> float:
        """How near the workers are to what they can carry, 1: no more; that of the one with the most room."""
        return min((member.strain for member in self._members), default=0.0)

    @property
    def processes(self) -> list[int]:
        """The workers' process ids."""
        return [member.process for member in self._members]

    @property
    def description(self) -> str:
        """One line for the banner: which ports, how many workers."""
        count = len(self._members)
        first, last = self._numbers[0], self._numbers[-1]
        ports = f"port {first}" if first == last else f"ports {first}-{last + 1} ({len(self._numbers)} pairs)"
        return f"RTP on {self._host} {ports}, {count} worker{'s' if count > 1 else ''}"

    async def open(self, offer: bytes | None = None) -> Stream:
        """A new stream; ``offer``: the peer's SDP when there is one. Raises `Refusal` (sip_status 400, 488, 503)."""
        peer = peer_of(offer) if offer is not None else None
        if peer is not None:
            must_be_reachable(peer, self._host)
        living = [member for member in self._members if member.alive]
        if self._stopped or not living:
            raise Unavailable("no media worker is running; try again later")
        member = min(living, key=lambda member: len(member.streams))
        stream = Stream(next(self._names), member, self._shown_address)
        stream.place(peer)
        return stream

    async def figures(self, seconds: float = 100.0) -> list[dict[str, float]]:
        """How the workers did in the last ``seconds`` (at most 100): lateness, time a tick; and since they began."""
        ticks = max(int(seconds / PERIOD), 1)
        return list(await asyncio.gather(*(member.figures(ticks) for member in self._members)))

    async def stop(self) -> None:
        """Ends all streams and workers."""
        self._stopped = True
        await asyncio.gather(*(member.stop() for member in self._members))

    def _shown_address(self, peer: Address | None) -> str:
        """What SDP shows: the set address, or the one that we listen on, or that which leads to the peer."""
        if self._fixed_address:
            return self._fixed_address
        return _address_towards(peer.host if peer is not None else None, ":" in self._host)


def _address_towards(host: str | None, version_6: bool) -> str:
    """Our address on the way to ``host``, or to the rest of the world. No packet is sent."""
    family = socket.AF_INET6 if version_6 else socket.AF_INET
    anywhere = "2001:db8::1" if version_6 else "192.0.2.1"
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((host or anywhere, 9))
        except OSError:
            return "::1" if version_6 else "127.0.0.1"
        return str(probe.getsockname()[0])
