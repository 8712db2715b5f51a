"""Where messages come from and go to: the one thing that a transport shows to the rest."""

import ipaddress
from dataclasses import dataclass
from typing import Protocol

from ringback.sip.uri import BadUri, Uri
from ringback.sip.via import Via


class Flow(Protocol):
    """A way to one peer: for UDP an address, for a stream the connection (and after its loss, a new one)."""

    #: "UDP", "TCP" …, as Via shows it
    transport: str
    #: whether the transport itself repeats what is lost
    reliable: bool
    #: address of the peer, without brackets
    host: str
    port: int

    @property
    def peer(self) -> str:
        """``udp:127.0.0.1:5061``, for journals, bindings and routes."""

    @property
    def alive(self) -> bool:
        """Whether something sent now goes out without a new connection."""

    @property
    def local(self) -> str:
        """``host:port`` where this peer reaches us, for Via and Contact."""

    def send(self, data: bytes) -> bool:
        """Sends, or begins to; False when that failed at once."""

    def reply_flow(self, via: Via) -> "Flow":
        """The way that responses take to a request which came this way with this topmost Via (§18.2.2)."""


def peer_text(transport: str, host: str, port: int) -> str:
    """``udp:127.0.0.1:5061``; IPv6 in brackets."""
    return f"{transport.lower()}:[{host}]:{port}" if ":" in host else f"{transport.lower()}:{host}:{port}"


@dataclass(frozen=True, slots=True)
class Hop:
    """Where a request shall go next: a host that may need a name server, perhaps a port, perhaps a transport."""

    host: str
    port: int | None = None
    transport: str = ""

    @classmethod
    def of(cls, uri: Uri) -> "Hop":
        """Where ``uri`` says (RFC 3263 §4). Raises `BadUri` when it names no host."""
        host = uri.param("maddr") or uri.host
        if uri.scheme not in ("sip", "sips") or not host:
            raise BadUri(f"{uri} names no host to send to")
        return cls(host, uri.port, "tls" if uri.scheme == "sips" else uri.transport)

    @classmethod
    def parse(cls, route: str) -> "Hop":
        """The inverse of a flow's ``peer``. Raises `BadUri`."""
        transport, _, address = route.partition(":")
        host, _, port = address.rpartition(":")
        if not transport or not host or not port.isdecimal():
            raise BadUri(f"{route!r} is no route; one looks like udp:192.0.2.1:5060")
        return cls(host.strip("[]"), int(port), transport.lower())


def stays_on(flow: Flow | None, uri: Uri, routed: bool) -> bool:
    """Whether a request of a dialog to ``uri`` should take ``flow``, on which the dialog's last message came.

    A connection is used again while it lives. An address that cannot be reached from here lies behind a NAT: what goes
    back the way the peer came gets there. Routes (``routed``) are always followed.
    """
    if flow is None or not flow.alive:
        return False
    if uri.host.lower() == flow.host.lower():
        return flow.reliable
    return not routed and not reachable_from(uri.host, flow.host)


def reachable_from(host: str, peer: str) -> bool:
    """Whether ``host``, which a peer at the address ``peer`` names, can be where we get to: a private address of a
    peer with a public one cannot, a loopback address of a peer elsewhere neither."""
    try:
        named, seen = ipaddress.ip_address(host), ipaddress.ip_address(peer)
    except ValueError:
        return not host.lower().endswith((".invalid", ".local"))
    if named.is_loopback or named.is_unspecified or named.is_link_local:
        return seen.is_loopback
    return not named.is_private or seen.is_private
