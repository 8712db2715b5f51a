"""Finding addresses: the order of RFC 3263, with the world's answers written down here."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from ringback.sip.flow import Hop
from ringback.sip.net.resolver import Address, Resolver, SystemNames, at_once
from ringback.sip.uri import BadUri, Uri


@dataclass
class Srv:
    priority: int
    weight: int
    target: str
    port: int


@dataclass
class Naptr:
    order: int
    preference: int
    service: bytes
    replacement: str
    flags: bytes = b"s"


@dataclass
class World:
    """Records by (kind, name), addresses by host; ``asked`` in order."""

    known: dict[tuple[str, str], list[Any]] = field(default_factory=dict)
    hosts: dict[str, list[str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def records(self, name: str, kind: str) -> Sequence[Any]:
        self.asked.append(f"{kind} {name}")
        return self.known.get((kind, name), ())

    async def addresses(self, host: str) -> Sequence[str]:
        self.asked.append(f"A {host}")
        return self.hosts.get(host, ())


async def resolve(world: World, uri: str) -> list[Address]:
    return await Resolver(world).resolve(Hop.of(Uri.parse(uri)))


@pytest.mark.parametrize(
    ("uri", "address"),
    [
        ("sip:a@192.0.2.1", Address("udp", "192.0.2.1", 5060)),
        ("sip:a@192.0.2.1:7;transport=tcp", Address("tcp", "192.0.2.1", 7)),
        ("sip:a@[2001:db8::1]", Address("udp", "2001:db8::1", 5060)),
        ("sip:a@example.com;maddr=192.0.2.9", Address("udp", "192.0.2.9", 5060)),
    ],
)
async def test_addresses_need_no_name_server(uri: str, address: Address) -> None:
    world = World()
    assert at_once(Hop.of(Uri.parse(uri))) == [address]
    assert await resolve(world, uri) == [address]
    assert world.asked == []


async def test_naptr_then_srv_then_addresses() -> None:
    world = World(
        {
            ("NAPTR", "example.com"): [
                Naptr(90, 50, b"SIP+D2U", "_sip._udp.example.com."),
                Naptr(50, 50, b"SIPS+D2T", "_sips._tcp.example.com."),
                Naptr(50, 60, b"SIP+D2T", "_sip._tcp.example.com."),
            ],
            ("SRV", "_sip._tcp.example.com"): [Srv(2, 1, "b.example.com.", 5070), Srv(1, 1, "a.example.com.", 5060)],
            ("SRV", "_sip._udp.example.com"): [Srv(1, 1, "a.example.com.", 5062)],
        },
        {"a.example.com": ["192.0.2.1", "192.0.2.2"], "b.example.com": ["192.0.2.3"]},
    )
    assert await resolve(world, "sip:example.com") == [
        Address("tcp", "192.0.2.1", 5060),
        Address("tcp", "192.0.2.2", 5060),
        Address("tcp", "192.0.2.3", 5070),
        Address("udp", "192.0.2.1", 5062),
        Address("udp", "192.0.2.2", 5062),
    ]


async def test_a_transport_asks_for_its_srv_only() -> None:
    world = World({("SRV", "_sip._tcp.example.com"): [Srv(1, 1, "192.0.2.7", 5090)]})
    assert await resolve(world, "sip:example.com;transport=tcp") == [Address("tcp", "192.0.2.7", 5090)]
    assert world.asked == ["SRV _sip._tcp.example.com"]


async def test_a_port_asks_for_addresses_only() -> None:
    world = World(hosts={"example.com": ["192.0.2.1"]})
    assert await resolve(world, "sip:example.com:5080") == [Address("udp", "192.0.2.1", 5080)]
    assert world.asked == ["A example.com"]


async def test_no_records_at_all_fall_back_to_the_host() -> None:
    world = World(hosts={"example.com": ["192.0.2.1"]})
    assert await resolve(world, "sip:example.com") == [Address("udp", "192.0.2.1", 5060)]
    assert world.asked == [
        "NAPTR example.com",
        "SRV _sip._udp.example.com",
        "SRV _sip._tcp.example.com",
        "A example.com",
    ]


async def test_a_target_of_a_dot_offers_no_service() -> None:
    world = World({("SRV", "_sip._udp.example.com"): [Srv(0, 0, ".", 0)]})
    assert await resolve(world, "sip:example.com;transport=udp") == []


async def test_weights_share_the_load() -> None:
    records = [Srv(1, 90, "192.0.2.1", 1), Srv(1, 10, "192.0.2.2", 2), Srv(1, 0, "192.0.2.3", 3)]
    world = World({("SRV", "_sip._udp.example.com"): records})
    firsts = [(await resolve(world, "sip:example.com;transport=udp"))[0].port for _ in range(300)]
    assert firsts.count(1) > firsts.count(2) > 0


async def test_the_systems_own_names() -> None:
    assert "127.0.0.1" in await SystemNames().addresses("localhost")
    assert not await SystemNames().addresses("no.such.host.invalid")
    assert not await SystemNames().addresses("x" * 70 + ".invalid")


def test_hops() -> None:
    assert Hop.parse("udp:192.0.2.1:5061") == Hop("192.0.2.1", 5061, "udp")
    assert Hop.parse("tcp:[2001:db8::1]:5061") == Hop("2001:db8::1", 5061, "tcp")
    for bad in ("", "udp", "192.0.2.1:5060", "udp:x:y"):
        with pytest.raises(BadUri):
            Hop.parse(bad)
    with pytest.raises(BadUri):
        Hop.of(Uri.parse("tel:123"))
