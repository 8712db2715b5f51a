"""Floods: what an attacker sends, from many addresses of the loopback network."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

from ringback.sip.message import Request

#: INVITEs sent between two turns of the loop
_AT_ONCE = 50


def addresses(count: int, network: int) -> list[str]:
    """As many sources, of one of the networks 127.1.0.0, 127.2.0.0 …"""
    return [f"127.{network}.{number // 250 + 1}.{number % 250 + 1}" for number in range(count)]


def invite(source: str, port: int, number: int, target: str) -> bytes:
    """One to ``target`` that is never acknowledged."""
    headers = [
        ("Via", f"SIP/2.0/UDP {source}:{port};branch=z9hG4bK-flood-{source}-{number}"),
        ("Max-Forwards", "70"),
        ("From", f"<sip:flood@{source}>;tag=f{number}"),
        ("To", f"<{target}>"),
        ("Call-ID", f"flood-{source}-{number}"),
        ("CSeq", "1 INVITE"),
        ("Contact", f"<sip:flood@{source}:{port}>"),
    ]
    return Request("INVITE", target, headers, b"").serialize()


@contextlib.asynccontextmanager
async def half_open(port: int, sources: list[str], each: int, target: str) -> AsyncIterator[None]:
    """``each`` INVITEs from each source; nobody reads the answers, so nobody acknowledges one."""
    with contextlib.ExitStack() as stack:
        phones = []
        for source in sources:
            phone = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            phone.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            phone.bind((source, 0))
            phones.append((source, phone))
        sent = 0
        for number in range(each):
            for source, phone in phones:
                phone.sendto(invite(source, phone.getsockname()[1], number, target), ("127.0.0.1", port))
                sent += 1
                if sent % _AT_ONCE == 0:
                    await asyncio.sleep(0.001)
        yield


@contextlib.asynccontextmanager
async def silent_connections(port: int, sources: list[str], each: int) -> AsyncIterator[list[socket.socket]]:
    """``each`` connections from each source, on which nothing is said."""
    loop = asyncio.get_running_loop()
    opened: list[socket.socket] = []
    try:
        for source in sources:
            for _ in range(each):
                one = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
                one.setblocking(False)
                one.bind((source, 0))
                opened.append(one)
                with contextlib.suppress(ConnectionError):
                    await loop.sock_connect(one, ("127.0.0.1", port))
        yield opened
    finally:
        for one in opened:
            one.close()
