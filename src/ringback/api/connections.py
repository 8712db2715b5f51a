"""The connections of HTTP: limited in number, in all and from each source, and closed when a request does not come."""

import asyncio
from collections.abc import Callable
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ringback.kernel.clock import Clock, Timer
from ringback.kernel.source_count import SourceCount

_TOO_SLOW = (
    b"HTTP/1.1 408 Request Timeout\r\ncontent-type: text/plain; charset=utf-8\r\nconnection: close\r\n"
    b"content-length: 47\r\n\r\nThe request did not come in time; send it again"
)


class LimitedProtocol(HttpToolsProtocol):
    """uvicorn's protocol. A request's head must be complete within ``patience`` seconds; its body may not pause longer.

    Between requests uvicorn's own limit for kept connections holds.
    """

    counted: ClassVar[SourceCount]
    patience: ClassVar[float]
    clock: ClassVar[Clock]
    unwelcome: ClassVar[Callable[[str], object]]

    _entered = False
    _check: Timer | None = None
    #: the clock's time: since when a head is awaited, None while none is; when octets came last
    _head_since: float | None = None
    _heard_at = 0.0
    _body_awaited = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        address = transport.get_extra_info("peername")
        self._host = str(address[0]) if address else ""
        self._entered = self.counted.enter(self._host)
        if not self._entered:
            transport.abort()
            type(self).unwelcome(self._host)
            return
        self._head_since = self._heard_at = self.clock.now()
        self._watch()
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._entered:
            self._leave()
            super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._entered:
            self._heard_at = self.clock.now()
            super().data_received(data)

    def on_message_begin(self) -> None:
        self._head_since = self._heard_at
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._head_since = None
        self._body_awaited = True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._body_awaited = False
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        """From here on another protocol has the connection."""
        self._leave()
        super().handle_websocket_upgrade()

    def _leave(self) -> None:
        self._entered = False
        self.counted.leave(self._host)
        if self._check is not None:
            self._check.cancel()

    def _watch(self) -> None:
        left = self._left()
        if left > 0:
            self._check = self.clock.call_later(left, self._watch)
        elif not self.transport.is_closing():
            if self._heard_at != self._head_since or self._body_awaited:
                self.transport.write(_TOO_SLOW)
            self.transport.close()

    def _left(self) -> float:
        """Seconds until a head, or more of a body, must have come; what we do not read ourselves is not awaited."""
        since = self._head_since
        if self._body_awaited and not self.flow.read_paused:
            since = self._heard_at
        return self.patience if since is None else since + self.patience - self.clock.now()


def limited(
    counted: SourceCount, patience: float, clock: Clock, unwelcome: Callable[[str], object]
) -> type[HttpToolsProtocol]:
    """The protocol for one server. ``unwelcome`` is told of each connection that is refused."""
    facts: dict[str, Any] = {"counted": counted, "patience": patience, "clock": clock}
    return type("LimitedProtocol", (LimitedProtocol,), {**facts, "unwelcome": staticmethod(unwelcome)})
