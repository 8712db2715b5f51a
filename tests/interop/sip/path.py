"""A bad network: a way between two UDP ports on which one packet is lost, doubled or overtaken."""

import asyncio
from dataclasses import dataclass, field
from typing import Literal

from ringback.sip.message import Request, parse_message
from tests.sip.wire import method_of

Fate = Literal["lost", "doubled", "overtaken"]
Address = tuple[str, int]


def what(octets: bytes) -> str:
    """``INVITE`` or ``200 INVITE``."""
    message = parse_message(octets)
    return message.method if isinstance(message, Request) else f"{message.status} {method_of(message)}"


@dataclass
class Trouble:
    """The first packet of this kind that goes one way has this fate. ``happened``: whether it came by."""

    kind: str
    fate: Fate
    happened: bool = False
    #: one that waits until another has overtaken it
    held: list[bytes] = field(default_factory=list)

    def pass_on(self, octets: bytes) -> list[bytes]:
        """What arrives, in this order."""
        if self.happened or what(octets) != self.kind:
            held, self.held = self.held, []
            return [octets, *held]
        self.happened = True
        if self.fate == "overtaken":
            self.held = [octets]
        return [octets, octets] if self.fate == "doubled" else []


class _End(asyncio.DatagramProtocol):
    """One end of the way."""

    def __init__(self, towards: Address, trouble: Trouble | None) -> None:
        self._towards = towards
        self._trouble = trouble
        self.other: _End
        self.transport: asyncio.DatagramTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.DatagramTransport) or hasattr(transport, "sendto")
        self.transport = transport  # type: ignore[assignment]

    def datagram_received(self, data: bytes, addr: object) -> None:
        for octets in self._trouble.pass_on(data) if self._trouble else [data]:
            self.other.transport.sendto(octets, self.other._towards)

    def error_received(self, exc: Exception) -> None:
        """A peer that has gone already."""


class Path:
    """Between ``phone`` and ``server``: who sends to ``port_for_phone`` gets to the server, and the other way."""

    def __init__(self, near: _End, far: _End) -> None:
        self._ends = near, far
        self.port_for_phone, self.port_for_server = (
            int(end.transport.get_extra_info("sockname")[1]) for end in (near, far)
        )

    @classmethod
    async def open(cls, phone: Address, server: Address, *, out: Trouble | None, back: Trouble | None) -> "Path":
        """``out``: what happens on the way from the phone to the server; ``back``: on the way back."""
        loop = asyncio.get_running_loop()
        near, far = _End(phone, out), _End(server, back)
        near.other, far.other = far, near
        for end in (near, far):
            await loop.create_datagram_endpoint(lambda end=end: end, local_addr=("127.0.0.1", 0))  # type: ignore[misc]
        return cls(near, far)

    def close(self) -> None:
        for end in self._ends:
            end.transport.close()
