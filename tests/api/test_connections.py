"""The connections of HTTP are limited, and a request that does not come on is given up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import uvicorn

from ringback.api.connections import limited
from ringback.kernel.clock import ManualClock
from ringback.kernel.source import Trusted
from ringback.kernel.source_count import SourceCount

PATIENCE = 30.0
REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
#: seconds that anything may take
LONG = 20


Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


async def echo(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answers with the length of the body."""
    length, more = 0, True
    while more:
        event = await receive()
        if event["type"] == "http.disconnect":
            return
        length += len(event["body"])
        more = event["more_body"]
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"8")]})
    await send({"type": "http.response.body", "body": b"%8d" % length})


class Server(uvicorn.Server):
    """``refused``: who was not let in."""

    def __init__(self, count: SourceCount, clock: ManualClock) -> None:
        self.refused: list[str] = []
        protocol = limited(count, PATIENCE, clock, self.refused.append)
        config = uvicorn.Config(echo, host="127.0.0.1", port=0, log_config=None, lifespan="off", http=protocol)
        super().__init__(config)

    @property
    def port(self) -> int:
        return int(self.servers[0].sockets[0].getsockname()[1])


@asynccontextmanager
async def serving(count: SourceCount, clock: ManualClock) -> AsyncIterator[Server]:
    server = Server(count, clock)
    serving = asyncio.ensure_future(server._serve())
    while not server.started:  # noqa: ASYNC110 (uvicorn tells nobody)
        await asyncio.sleep(0.01)
    try:
        yield server
    finally:
        server.should_exit = server.force_exit = True
        await serving


@asynccontextmanager
async def connected(server: Server) -> AsyncIterator[Connection]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        async with asyncio.timeout(LONG):
            yield reader, writer
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    return head.split()[1] + await reader.readexactly(8)


async def test_connections_are_counted_and_refused(clock: ManualClock) -> None:
    count = SourceCount(10, 1, Trusted(loopback=False))
    async with serving(count, clock) as server:
        async with connected(server) as (reader, writer):
            writer.write(REQUEST)
            assert (await answer(reader)).startswith(b"200")
            async with connected(server) as (other, _):
                with suppress(ConnectionResetError):
                    assert await other.read() == b""
            writer.write(REQUEST)
            assert (await answer(reader)).startswith(b"200")
        while len(count):  # noqa: ASYNC110 (uvicorn tells nobody)
            await asyncio.sleep(0.01)
        async with connected(server) as (reader, writer):
            writer.write(REQUEST)
            assert (await answer(reader)).startswith(b"200")
        assert server.refused == ["127.0.0.1"]


@asynccontextmanager
async def one(clock: ManualClock) -> AsyncIterator[Connection]:
    """A connection to a server that has let it in."""
    count = SourceCount(9, 9, Trusted())
    async with serving(count, clock) as server, connected(server) as connection:
        while not len(count):  # noqa: ASYNC110 (uvicorn tells nobody)
            await asyncio.sleep(0.01)
        yield connection


async def passes(clock: ManualClock, seconds: float) -> None:
    """Time goes by, and what was sent before has arrived."""
    await asyncio.sleep(0.02)
    clock.advance(seconds)


async def test_a_silent_connection_is_closed(clock: ManualClock) -> None:
    async with one(clock) as (reader, _):
        clock.advance(PATIENCE + 1)
        assert await reader.read() == b""


async def test_a_head_that_trickles_is_refused(clock: ManualClock) -> None:
    async with one(clock) as (reader, writer):
        for octet in REQUEST[:3]:
            writer.write(bytes([octet]))
            await passes(clock, 0.3 * PATIENCE)
        clock.advance(0.2 * PATIENCE)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 408 ")


async def test_a_body_that_stops_is_refused(clock: ManualClock) -> None:
    async with one(clock) as (reader, writer):
        writer.write(REQUEST)
        await answer(reader)
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")
        for _ in range(3):
            await passes(clock, PATIENCE)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 408 ")


async def test_a_body_that_goes_on_may_take_its_time(clock: ManualClock) -> None:
    async with one(clock) as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 15\r\n\r\n")
        for _ in range(15):
            await passes(clock, PATIENCE / 2)
            writer.write(b"x")
        assert await answer(reader) == b"200      15"


async def test_a_kept_connection_may_be_idle(clock: ManualClock) -> None:
    async with one(clock) as (reader, writer):
        for _ in range(2):
            writer.write(REQUEST)
            assert (await answer(reader)).startswith(b"200")
            await passes(clock, 3 * PATIENCE)
