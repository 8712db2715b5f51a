"""SIP over UDP: one socket, drained in small batches."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any

from ringback.sip.flow import Flow, peer_text
from ringback.sip.net.shown import ShownAddress
from ringback.sip.net.unreachable import Doorbell, take_errors, want_errors
from ringback.sip.net.waited import ROOM, Waited
from ringback.sip.via import Via

#: datagrams taken in one turn of the loop, so that others get theirs
_BATCH = 64
_LARGEST = 65_535
#: addresses that are remembered
_MOST_FLOWS = 8192


class UdpFlow:
    """The address of one peer."""

    __slots__ = ("_peer", "_socket", "host", "port")

    transport = "UDP"
    reliable = False
    alive = True

    def __init__(self, udp: "UdpSocket", host: str, port: int) -> None:
        self._socket = udp
        self.host = host
        self.port = port
        self._peer = ""

    @property
    def peer(self) -> str:
        if not self._peer:
            self._peer = peer_text("udp", self.host, self.port)
        return self._peer

    @property
    def local(self) -> str:
        return self._socket.shown.towards(self.host)

    def send(self, data: bytes) -> bool:
        return self._socket.send(data, self.host, self.port)

    def reply_flow(self, via: Via) -> "UdpFlow":
        host, port = via.reply_to
        return self if port == self.port and host == self.host else self._socket.flow(self.host, port)


class UdpSocket:
    """Hands each datagram to ``received`` with the flow of its sender, if that ``may``; who was not reached to
    ``unreachable``."""

    def __init__(
        self,
        bound: socket.socket,
        shown: ShownAddress,
        received: Callable[[bytes, Flow], None],
        unreachable: Callable[[str, int], None] = lambda host, port: None,
        may: Callable[[str], bool] = lambda host: True,
    ) -> None:
        bound.setblocking(False)
        self._socket = bound
        self.shown = shown
        self._received = received
        self._unreachable = unreachable
        self._may = may
        self._flows: dict[tuple[str, int], UdpFlow] = {}
        self.waited = Waited(bound)
        self._doorbell = Doorbell(bound) if want_errors(bound) else None
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._watched, self._readable)

    @property
    def _watched(self) -> int:
        return self._socket.fileno() if self._doorbell is None else self._doorbell.fileno()

    def _readable(self) -> None:
        received, may = self._received, self._may
        receive = self._receive_with_time if self.waited.due() else self._socket.recvfrom
        for count in range(_BATCH):
            try:
                data, address = receive(_LARGEST)
            except BlockingIOError:
                if not count:
                    self._take_errors()
                return
            except OSError:
                self._take_errors()
                continue
            receive = self._socket.recvfrom
            if (len(data) > 4 or data.strip()) and may(address[0]):
                received(data, self.flow(address[0], address[1]))

    def _receive_with_time(self, most: int) -> tuple[bytes, Any]:
        data, ancillary, _, address = self._socket.recvmsg(most, ROOM)
        self.waited.look(ancillary)
        return data, address

    def _take_errors(self) -> None:
        """Tells each address once, when what is under way is done."""
        if self._doorbell is not None:
            for host, port in dict.fromkeys(take_errors(self._socket)):
                self._loop.call_soon(self._unreachable, host, port)

    def flow(self, host: str, port: int) -> UdpFlow:
        """The flow to an address: the same one for as long as it is remembered, for what lasts keeps its flow."""
        flow = self._flows.get((host, port))
        if flow is None:
            if len(self._flows) >= _MOST_FLOWS:
                self._flows.clear()
            flow = self._flows[host, port] = UdpFlow(self, host, port)
        return flow

    def send(self, data: bytes, host: str, port: int) -> bool:
        """False when the system refuses; a full buffer counts as loss on the way, which is repaired like any other.

        What the system says first may be about a datagram sent before, to another: then we try again.
        """
        try:
            return self._send(data, host, port)
        except (OSError, OverflowError, ValueError):
            self._take_errors()
        try:
            return self._send(data, host, port)
        except (OSError, OverflowError, ValueError):
            return False

    def _send(self, data: bytes, host: str, port: int) -> bool:
        try:
            self._socket.sendto(data, (host, port))
        except (BlockingIOError, InterruptedError):
            pass
        return True

    def close(self) -> None:
        self._flows.clear()
        self._loop.remove_reader(self._watched)
        if self._doorbell is not None:
            self._doorbell.close()
        self._socket.close()
