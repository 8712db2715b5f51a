"""Ports for programs that must be told one."""

import asyncio
import contextlib
import random
import socket
from pathlib import Path


def free_port() -> int:
    """A loopback port that is free for UDP and TCP just now; below those that the system gives to others meanwhile."""
    for _ in range(50):
        port = random.randrange(12_000, 32_000)
        with (
            socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
            contextlib.suppress(OSError),
        ):
            tcp.bind(("127.0.0.1", port))
            udp.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")


async def until_bound(port: int, protocol: str, *, within: float = 5.0) -> None:
    """Waits until some program listens on the loopback ``port`` ("udp" or "tcp"), without a word to it."""
    deadline = asyncio.get_running_loop().time() + within
    while f":{port:04X} " not in await asyncio.to_thread(_local_addresses, protocol):
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"nobody listens on {protocol} port {port}")
        await asyncio.sleep(0.02)


def _local_addresses(protocol: str) -> str:
    lines = Path(f"/proc/net/{protocol}").read_text().splitlines()[1:]
    words = (line.split() for line in lines)
    return "".join(f"{word[1]} " for word in words if protocol == "udp" or word[3] == "0A")
