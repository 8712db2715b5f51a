"""The endpoint: the SIP stack on real sockets, UDP and TCP on one port."""

from collections.abc import Sequence
from typing import Protocol

from ringback.kernel.clock import Clock
from ringback.sip.address import NameAddress
from ringback.sip.digest import Credentials
from ringback.sip.message import Request, Response
from ringback.sip.session import ClientCall, HeaderList, ServerCall, Trace
from ringback.sip.uri import Uri


class ServerRequest:
    """A request outside of any dialog that waits for its answer."""

    request: Request
    source: str

    def reply(
        self, status: int, reason: str = "", headers: HeaderList = (), body: bytes = b"", content_type: str = ""
    ) -> None:
        """Answers; a second answer is ignored."""
        raise NotImplementedError


class Handler(Protocol):
    """Who is told of what arrives outside of dialogs."""

    def on_invite(self, call: ServerCall) -> None:
        """A new INVITE; 100 has been sent."""

    def on_request(self, request: ServerRequest) -> None:
        """REGISTER, MESSAGE …; OPTIONS is answered by the stack."""


class Endpoint:
    """One address and port where SIP is spoken."""

    host: str
    port: int
    draining: bool = False

    @classmethod
    async def open(
        cls,
        host: str,
        port: int,
        *,
        handler: Handler,
        clock: Clock,
        user_agent: str,
        external_ip: str = "",
        max_message: int = 65_535,
    ) -> "Endpoint":
        """Listens on UDP and TCP. Raises `SettingError` that names a taken port."""
        raise NotImplementedError

    def invite(
        self,
        target: Uri,
        *,
        sdp: bytes | None,
        from_: NameAddress,
        to: NameAddress | None = None,
        headers: HeaderList = (),
        credentials: Credentials | None = None,
        route: str | None = None,
        trace: Trace | None = None,
    ) -> ClientCall:
        """Calls ``target``."""
        raise NotImplementedError

    async def request(
        self,
        method: str,
        target: Uri,
        *,
        from_: NameAddress,
        to: NameAddress | None = None,
        headers: Sequence[tuple[str, str]] = (),
        body: bytes = b"",
        content_type: str = "",
        credentials: Credentials | None = None,
        route: str | None = None,
        trace: Trace | None = None,
        timeout: float | None = None,
    ) -> Response:
        """The final response; a time-out is a locally made 408, a transport error a 503."""
        raise NotImplementedError

    async def close(self) -> None:
        """Ends everything and closes the sockets."""
        raise NotImplementedError
