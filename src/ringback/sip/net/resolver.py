"""Finds the addresses of a name, never blocking the loop: NAPTR, SRV, then addresses (RFC 3263 §4)."""

import asyncio
import ipaddress
import random
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import dns.asyncresolver
import dns.exception

from ringback.sip.flow import Hop

#: seconds for one question
_LIFETIME = 2.0
_SERVICES = {"SIP+D2U": "udp", "SIP+D2T": "tcp"}


@dataclass(frozen=True, slots=True)
class Address:
    """Where to send: "udp" or "tcp", an address, a port."""

    transport: str
    host: str
    port: int


class Names(Protocol):
    """The questions that the resolver asks of the world."""

    async def records(self, name: str, kind: str) -> Sequence[Any]:
        """DNS records of ``kind``; none when there is no answer."""

    async def addresses(self, host: str) -> Sequence[str]:
        """Addresses of a host, as the system knows them (its own table of hosts too)."""


class SystemNames:
    """The machine's name servers."""

    async def records(self, name: str, kind: str) -> Sequence[Any]:
        try:
            answer = await dns.asyncresolver.resolve(name, kind, lifetime=_LIFETIME)
        except (dns.exception.DNSException, OSError, ValueError):
            return ()
        return list(answer)

    async def addresses(self, host: str) -> Sequence[str]:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, None, type=socket.SOCK_DGRAM)
        except (OSError, UnicodeError):
            return ()
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def literal(host: str) -> bool:
    """Whether ``host`` is an address already."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def at_once(hop: Hop) -> list[Address] | None:
    """The address of a hop that needs no name server; None when it needs one."""
    if not literal(hop.host):
        return None
    return [Address(hop.transport or "udp", hop.host, hop.port or 5060)]


class Resolver:
    """Addresses in the order to try them."""

    def __init__(self, names: Names | None = None) -> None:
        self._names = names or SystemNames()

    async def resolve(self, hop: Hop) -> list[Address]:
        """Every address of ``hop``; none when there is none."""
        known = at_once(hop)
        if known is not None:
            return known
        if hop.port is not None or "." not in hop.host:
            return await self._by_address(hop.transport or "udp", hop.host, hop.port or 5060)
        transports = await self._transports(hop)
        found: list[Address] = []
        for transport, service in transports:
            for target, port in await self._services(service):
                found += await self._by_address(transport, target, port)
        return found or await self._by_address(hop.transport or "udp", hop.host, 5060)

    async def _transports(self, hop: Hop) -> list[tuple[str, str]]:
        """(transport, SRV name) in the order to try (§4.1)."""
        if hop.transport:
            return [(hop.transport, f"_sip._{hop.transport}.{hop.host}")]
        pointers = await self._names.records(hop.host, "NAPTR")
        chosen = []
        for record in sorted(pointers, key=lambda record: (record.order, record.preference)):
            transport = _SERVICES.get(_text(record.service).upper())
            if transport is not None and _text(record.flags).lower() == "s":
                chosen.append((transport, str(record.replacement).rstrip(".")))
        return chosen or [("udp", f"_sip._udp.{hop.host}"), ("tcp", f"_sip._tcp.{hop.host}")]

    async def _services(self, name: str) -> list[tuple[str, int]]:
        """(host, port) by priority, and at random by weight inside of one (RFC 2782)."""
        records = await self._names.records(name, "SRV")
        usable = [record for record in records if str(record.target) != "."]
        ordered = sorted(
            usable, key=lambda record: (record.priority, -(random.random() ** (1 / (record.weight + 0.01))))
        )
        return [(str(record.target).rstrip("."), int(record.port)) for record in ordered]

    async def _by_address(self, transport: str, host: str, port: int) -> list[Address]:
        if literal(host):
            return [Address(transport, host, port)]
        return [Address(transport, address, port) for address in await self._names.addresses(host)]


def _text(value: Any) -> str:
    return value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)
