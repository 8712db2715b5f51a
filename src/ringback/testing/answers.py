"""What a customer's server may answer in a test: documents, and everything that goes wrong on the web."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web


class Answer(Protocol):
    """Sends itself; ``closing`` is set when the server ends."""

    async def send(self, request: web.Request, closing: asyncio.Event) -> web.StreamResponse: ...


def octets(body: str | bytes) -> bytes:
    """``body`` as it goes over the wire; text in UTF-8."""
    return body.encode() if isinstance(body, str) else body


@dataclass(frozen=True, slots=True)
class Document:
    """A complete and honest answer."""

    body: str | bytes
    content_type: str
    status: int
    headers: Mapping[str, str]

    async def send(self, request: web.Request, closing: asyncio.Event) -> web.StreamResponse:
        headers = {**self.headers, **({"Content-Type": self.content_type} if self.content_type else {})}
        return web.Response(body=octets(self.body), status=self.status, headers=headers)


@dataclass(frozen=True, slots=True)
class Never:
    """No answer."""

    async def send(self, request: web.Request, closing: asyncio.Event) -> web.StreamResponse:
        await closing.wait()
        return web.Response(status=503)


@dataclass(frozen=True, slots=True)
class Rubbish:
    """No HTTP at all."""

    octets: bytes

    async def send(self, request: web.Request, closing: asyncio.Event) -> web.StreamResponse:
        return _raw(request, self.octets)


@dataclass(frozen=True, slots=True)
class Endless:
    """A body without end."""

    piece: bytes
    content_type: str

    async def send(self, request: web.Request, closing: asyncio.Event) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": self.content_type})
        await response.prepare(request)
        try:
            while not closing.is_set():
                await response.write(self.piece)
        except ConnectionError:
            pass
        return response


@dataclass(frozen=True, slots=True)
class WrongLength:
    """Fewer octets than the header says."""

    octets: bytes
    content_type: str
    missing: int

    async def send(self, request: web.Request, closing: asyncio.Event) -> web.StreamResponse:
        length = len(self.octets) + self.missing
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {self.content_type}\r\nContent-Length: {length}\r\n\r\n"
        return _raw(request, head.encode() + self.octets)


def _raw(request: web.Request, octets: bytes) -> web.StreamResponse:
    """Writes ``octets`` to the socket past aiohttp and closes it."""
    assert request.transport is not None
    request.transport.write(octets)
    request.transport.close()
    return web.Response()
