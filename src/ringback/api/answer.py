"""Answers: what goes back for a request."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

Send = Callable[[Any], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole HTTP response; ``content_type`` is left out when there is no body."""

    status: int
    body: bytes = b""
    content_type: bytes = b""
    headers: Iterable[tuple[bytes, bytes]] = ()

    async def send(self, send: Send) -> None:
        headers = [(b"content-length", b"%d" % len(self.body)), *self.headers]
        if self.status == 204:
            headers = list(self.headers)
        if self.content_type:
            headers.insert(0, (b"content-type", self.content_type))
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})
