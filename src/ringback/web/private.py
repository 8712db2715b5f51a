"""Private targets: addresses that a customer's URL must not reach, judged when the connection is made.

A name is resolved once, and the very address that is connected to is what is judged: an answer of the name server that
changes in between, a redirect, or an unusual way to write an address lead nowhere else.
"""

import ipaddress
import socket
from collections.abc import Iterable
from typing import Any

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_COMPATIBLE = ipaddress.ip_network("::/96")


class PrivateTarget(OSError):
    """The address is private, and private targets are not allowed."""


class Border:
    """Says who may be asked. ``listed``: host names and networks that may although they are private."""

    def __init__(self, private_allowed: bool, listed: Iterable[str] = ()) -> None:
        self.private_allowed = private_allowed
        self._networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = []
        self._names: set[str] = set()
        self._vouched: set[Address] = set()
        self._doors: set[tuple[str, int]] = set()
        for entry in listed:
            try:
                self._networks.append(ipaddress.ip_network(entry.strip("[]"), strict=False))
            except ValueError:
                self._names.add(entry.lower().rstrip("."))

    def vouch(self, name: str, addresses: Iterable[str]) -> None:
        """``name`` resolved to ``addresses``: when it is a listed name, they may be asked."""
        if name.lower().rstrip(".") in self._names:
            self._vouched.update(_true_address(address) for address in addresses)

    def open_door(self, address: str, port: int) -> None:
        """This one port may be asked although it is private: the demos and sounds of our own server."""
        self._doors.add((address, port))

    def permits(self, address: str) -> bool:
        """Whether a connection to ``address`` (as text) may be made; what is no plain address may not."""
        try:
            true = _true_address(address)
        except ValueError:
            return False
        if self.private_allowed or not _is_private(true) or true in self._vouched:
            return True
        return any(true in network for network in self._networks)

    def socket(self, address: "tuple[Any, ...]") -> socket.socket:
        """A socket for the result of getaddrinfo ``address``; raises `PrivateTarget`."""
        family, kind, protocol, _, endpoint = address
        if endpoint[:2] not in self._doors and not self.permits(str(endpoint[0])):
            raise PrivateTarget("a private address")  # same words each time: of equal errors one is kept
        return socket.socket(family, kind, protocol)


def _true_address(text: str) -> Address:
    """The address that packets go to in the end: what an IPv6 form wraps is unwrapped."""
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour or address
    if address.teredo:
        return address.teredo[1]
    if address in _NAT64 or (address in _COMPATIBLE and int(address) > 1):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _is_private(address: Address) -> bool:
    """Everything that is not one host of the public internet."""
    local = isinstance(address, ipaddress.IPv6Address) and address.is_site_local
    return not address.is_global or address.is_multicast or address.is_reserved or local
