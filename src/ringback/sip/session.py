"""Calls as their users see them: one object a call, for the side that was called and for the side that calls."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from ringback.kernel.errors import Refusal
from ringback.sip.address import NameAddress
from ringback.sip.message import Request, Response

#: told of every message of a call's transactions, each retransmission too: way, peer ("udp:127.0.0.1:5061"), octets
Trace = Callable[[Literal["in", "out"], str, bytes], None]
HeaderList = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Ending:
    """How a call ended; ``status`` is the final SIP status when there was one (else 0)."""

    cause: str
    by_remote: bool
    status: int = 0
    reason: str = ""
    message: Request | Response | None = None


class CallRefused(Refusal):
    """The other side answered an INVITE with a final response that is no 2xx (a local 408 or 503 included)."""

    def __init__(self, response: Response) -> None:
        super().__init__(f"{response.status} {response.reason}", sip_status=response.status)
        self.response = response


class CallEnded(Refusal):
    """The call was over before what was asked for could happen."""

    def __init__(self, ending: Ending) -> None:
        super().__init__(f"the call is over: {ending.cause}")
        self.ending = ending


class SipCall:
    """What both directions share."""

    call_id: str
    local: NameAddress
    remote: NameAddress
    request: Request
    ended: asyncio.Future[Ending]
    on_offer: Callable[[bytes], bytes] | None = None
    on_offer_wanted: Callable[[], bytes] | None = None
    on_answer: Callable[[bytes], None] | None = None
    on_info: Callable[[Request], None] | None = None

    @property
    def trace(self) -> Trace | None:
        raise NotImplementedError

    @trace.setter
    def trace(self, trace: Trace | None) -> None:
        raise NotImplementedError

    def end(self, status: int = 0, reason: str = "", headers: HeaderList = ()) -> None:
        """Ends the call with what is right in its state: a final response, CANCEL (as soon as a 1xx came) or BYE."""
        raise NotImplementedError


class ServerCall(SipCall):
    """A call that came in."""

    source: str
    offer: bytes | None

    def ring(self, status: int = 180, headers: HeaderList = ()) -> None:
        """Sends a provisional response."""
        raise NotImplementedError

    def refuse(self, status: int, reason: str = "", headers: HeaderList = ()) -> None:
        """Sends a final response of 300 or above."""
        raise NotImplementedError

    async def answer(self, sdp: bytes, headers: HeaderList = ()) -> bytes | None:
        """Sends 200 until the ACK comes; the ACK's body, or None. Raises `CallEnded`."""
        raise NotImplementedError


class ClientCall(SipCall):
    """A call that we make."""

    rang: asyncio.Event
    progress: asyncio.Queue[Response]

    async def answered(self) -> Response:
        """The 2xx, already ACKed. Raises `CallRefused` on any other final response."""
        raise NotImplementedError

    async def reinvite(self, sdp: bytes) -> bytes:
        """Offers ``sdp`` in the running call; the peer's answer."""
        raise NotImplementedError
