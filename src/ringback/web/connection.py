"""One connection to a customer's server: one request at a time, and its answer (RFC 9112)."""

import asyncio
from typing import cast

from ringback.web.answer import Answer, BadAnswer, CutShort
from ringback.web.url import Origin

#: octets of a body that wait to be taken, above which no more are read from the socket
_MOST_HELD = 262_144


class Connection(asyncio.Protocol):
    """Made by `connect`; owned by one request at a time."""

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        self.asked = 0  #: requests
        self.kept_at = 0.0  #: when its last answer was complete, on the pool's clock
        self._loop = asyncio.get_running_loop()
        self._answer: Answer | None = None
        self._fault: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._paused = False
        self._closed = False
        self.heard = False  #: anything of the answer

    # ---- for its owner

    async def ask(self, request: bytes) -> Answer:
        """Sends ``request``; the answer, when its head is here. Raises `BadAnswer` and OSError."""
        self._answer = answer = Answer()
        self.heard = False
        self.asked += 1
        if self._closed:
            self._fault = self._fault or CutShort()
        else:
            self._transport.write(request)
        while not answer.status:
            await self._news()
        return answer

    async def more(self) -> bytes:
        """The next octets of the body; none at its end. Raises `BadAnswer` and OSError."""
        answer = self._answer
        assert answer is not None, "nothing was asked"
        while not answer.held:
            if answer.complete and self._fault is None:
                return b""
            await self._news()
        if self._paused:
            self._paused = False
            self._transport.resume_reading()
        return answer.take()

    @property
    def usable(self) -> bool:
        """Whether it may be asked again."""
        answer = self._answer
        if self._closed or self._fault is not None or self._transport.is_closing():
            return False
        return answer is None or (answer.complete and answer.keeps and not self._transport.get_write_buffer_size())

    def rest(self) -> None:
        """What it was asked is over; what comes from now on was not asked for."""
        self._answer = None

    def close(self) -> None:
        """At once, whatever is on the way."""
        self._transport.abort()

    async def _news(self) -> None:
        if self._fault is not None:
            raise self._fault
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _tell(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # ---- for the event loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        answer = self._answer
        if answer is None:
            return self.close()  # it speaks without being asked
        self.heard = True
        try:
            answer.feed(data)
        except BadAnswer as bad:
            self._fault = bad
            self.close()
        if answer.held > _MOST_HELD and not self._paused and not answer.complete:
            self._paused = True
            self._transport.pause_reading()
        self._tell()

    def connection_lost(self, error: Exception | None) -> None:
        self._closed = True
        if self._answer is not None:
            try:
                self._answer.end()
            except CutShort:
                self._fault = self._fault or error or CutShort()  # a new one: the other knows this frame, and so us
        self._tell()
