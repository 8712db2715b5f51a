"""Endpoints on real loopback sockets with people behind them, for tests."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from ringback.kernel.clock import Clock, SystemClock
from ringback.kernel.tasks import Tasks
from ringback.sip.address import NameAddress
from ringback.sip.net.endpoint import Endpoint
from ringback.sip.server_request import ServerRequest
from ringback.sip.session import ClientCall, ServerCall
from ringback.sip.uri import Uri

OFFER = b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
ANSWER = OFFER.replace(b"4000", b"5000")


class Person:
    """Who answers an endpoint's calls: with ``takes``, by default at once."""

    def __init__(self, takes: Callable[[ServerCall], Awaitable[Any]] | None = None) -> None:
        self.calls: asyncio.Queue[ServerCall] = asyncio.Queue()
        self.requests: asyncio.Queue[ServerRequest] = asyncio.Queue()
        self.takes = takes or self.answers
        self._tasks = Tasks()
        self.endpoint: Endpoint

    @classmethod
    async def at(
        cls, host: str = "127.0.0.1", port: int = 0, *, takes: Any = None, clock: Clock | None = None, **options: Any
    ) -> "Person":
        person = cls(takes)
        person.endpoint = await Endpoint.open(
            host, port, handler=person, clock=clock or SystemClock(), user_agent="test", **options
        )
        return person

    async def answers(self, call: ServerCall) -> None:
        call.ring()
        await call.answer(ANSWER)

    def on_invite(self, call: ServerCall) -> None:
        self.calls.put_nowait(call)
        self._tasks.start(self._take(call), "take a call")

    async def _take(self, call: ServerCall) -> None:
        await self.takes(call)

    def on_request(self, request: ServerRequest) -> None:
        self.requests.put_nowait(request)

    def uri(self, user: str = "bob", transport: str = "") -> Uri:
        host = f"[{self.endpoint.host}]" if ":" in self.endpoint.host else self.endpoint.host
        end = f";transport={transport}" if transport else ""
        return Uri.parse(f"sip:{user}@{host}:{self.endpoint.port}{end}")

    @property
    def me(self) -> NameAddress:
        return NameAddress("", self.uri("me"))

    def invites(self, other: "Person", transport: str = "", **options: Any) -> ClientCall:
        return self.endpoint.invite(other.uri(transport=transport), sdp=OFFER, from_=self.me, **options)

    async def leaves(self) -> None:
        await self._tasks.close()
        await self.endpoint.close()


New = Callable[..., Awaitable[Person]]
