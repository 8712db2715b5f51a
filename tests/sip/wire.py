"""A network in memory: nodes with a whole stack each, joined by a list; the test decides what arrives, and when."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ringback.kernel.clock import ManualClock
from ringback.sip.address import NameAddress
from ringback.sip.admission import Admission
from ringback.sip.digest import Credentials
from ringback.sip.flow import Flow, Hop
from ringback.sip.initial import initial_request
from ringback.sip.message import Request, Response, parse_message
from ringback.sip.multipart import SDP
from ringback.sip.outgoing import Outgoing, Reached
from ringback.sip.server_request import ServerRequest
from ringback.sip.server_transaction import ServerTransaction
from ringback.sip.session import ClientCall, ServerCall
from ringback.sip.stack import Stack
from ringback.sip.uri import Uri
from ringback.sip.via import Via

OFFER = b"v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
ANSWER = b"v=0\r\no=- 2 2 IN IP4 10.0.0.2\r\ns=-\r\nc=IN IP4 10.0.0.2\r\nt=0 0\r\nm=audio 5000 RTP/AVP 0\r\n"


def method_of(message: Response) -> str:
    """The method that a response belongs to, also when the number before it is none."""
    return (message.headers.get("CSeq") or "").split(" ")[-1]


@dataclass
class Packet:
    """One message on its way."""

    source: str
    target: str
    octets: bytes
    reliable: bool = False

    @property
    def what(self) -> str:
        """``INVITE`` or ``200 INVITE``."""
        message = parse_message(self.octets)
        return message.method if isinstance(message, Request) else f"{message.status} {method_of(message)}"


class WireFlow:
    """The way from one node to an address."""

    alive = True

    def __init__(self, node: "Node", host: str, port: int, reliable: bool) -> None:
        self._node = node
        self.host = host
        self.port = port
        self.reliable = reliable
        self.transport = "TCP" if reliable else "UDP"

    @property
    def peer(self) -> str:
        return f"{self.transport.lower()}:{self.host}:{self.port}"

    @property
    def local(self) -> str:
        return f"{self._node.name}:5060"

    def send(self, data: bytes) -> bool:
        if self._node.mute:
            return False
        self._node.wire.carry(Packet(self._node.name, self.host, data, self.reliable))
        return True

    def reply_flow(self, via: Via) -> Flow:
        return self


class Wire:
    """``fate``: what becomes of a packet; by default it arrives once."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.nodes: dict[str, Node] = {}
        self.under_way: list[Packet] = []
        #: everything that was sent, in order: "a→b INVITE"
        self.seen: list[str] = []
        self.fate: Callable[[Packet], Sequence[Packet]] = lambda packet: [packet]

    def node(self, name: str) -> "Node":
        return self.nodes.setdefault(name, Node(self, name))

    def carry(self, packet: Packet) -> None:
        self.seen.append(f"{packet.source}→{packet.target} {packet.what}")
        self.under_way.extend(self.fate(packet))

    def deliver(self) -> None:
        """Everything under way arrives, and what it causes."""
        while self.under_way:
            packet = self.under_way.pop(0)
            node = self.nodes.get(packet.target)
            if node is not None:
                node.stack.receive(packet.octets, WireFlow(node, packet.source, 5060, packet.reliable))

    async def settle(self) -> None:
        """Until nothing is under way and nobody has anything to do."""
        for _ in range(6):
            self.deliver()
            await asyncio.sleep(0)
        self.deliver()

    async def passes(self, seconds: float, step: float = 0.1) -> None:
        """Time goes by."""
        for _ in range(round(seconds / step)):
            self.clock.advance(step)
            for node in self.nodes.values():
                node.stack.timers.run()
            await self.settle()

    def count(self, what: str) -> int:
        return self.seen.count(what)


@dataclass
class Node:
    """One element with its stack; what arrives is kept in ``calls`` and ``requests``."""

    wire: Wire
    name: str
    reliable: bool = False
    #: sending fails
    mute: bool = False
    calls: list[ServerCall] = field(default_factory=list)
    requests: list[ServerRequest] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.admission = Admission(methods=("REGISTER", "MESSAGE"), user_agent=self.name)
        self.stack = Stack(self, self.admission, now=self.wire.clock.now)

    def on_invite(self, transaction: ServerTransaction, request: Request) -> None:
        self.calls.append(ServerCall(self, transaction, request))

    def on_request(self, transaction: ServerTransaction, request: Request) -> None:
        self.requests.append(ServerRequest(transaction, request, self.admission))

    def reach(self, hop: Hop, reached: Reached) -> None:
        reliable = self.reliable or hop.transport == "tcp"
        reached([WireFlow(self, hop.host, hop.port or 5060, reliable)] if hop.host != "nowhere" else [])

    def contact(self, flow: Flow, user: str) -> str:
        return f"<sip:{user}{'@' if user else ''}{flow.local}>"

    def flow(self, target: str) -> WireFlow:
        return WireFlow(self, target, 5060, self.reliable)

    def invites(
        self,
        target: str,
        sdp: bytes | None = OFFER,
        headers: Sequence[tuple[str, str]] = (),
        credentials: Credentials | None = None,
        hop: str = "",
    ) -> ClientCall:
        request = self.initial("INVITE", target, headers, sdp or b"", SDP)
        call = ClientCall(self, request, credentials=credentials)
        call.start(Hop(hop) if hop else None)
        return call

    def initial(
        self,
        method: str,
        target: str,
        headers: Sequence[tuple[str, str]] = (),
        body: bytes = b"",
        content_type: str = "",
    ) -> Request:
        return initial_request(
            method,
            Uri.parse(target),
            from_=NameAddress.parse(f"<sip:me@{self.name}>"),
            to=None,
            admission=self.admission,
            user_agent="",
            headers=headers,
            body=body,
            content_type=content_type,
        )

    def asks(self, request: Request, heard: Callable[[Response], None]) -> Outgoing:
        outgoing = Outgoing(self, request, heard)
        outgoing.start(request.uri)
        return outgoing

    def says(self, target: str, octets: bytes) -> None:
        """Puts any octets on the wire."""
        self.wire.under_way.append(Packet(self.name, target, octets, self.reliable))

    @property
    def quiet(self) -> bool:
        """Whether no transaction and no dialog is left."""
        stack = self.stack
        return not (
            stack.server_transactions or stack.client_transactions or stack.dialogs or stack._initial or stack._towards
        )
