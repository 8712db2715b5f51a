"""Dialogs: two tags, two sequence numbers, a remote target and a route (RFC 3261 §12)."""

from collections.abc import Iterable
from typing import Any

from ringback.sip.address import NameAddress
from ringback.sip.message import Message, Request, Response
from ringback.sip.uri import Uri

DialogKey = tuple[str, str, str]
MAX_FORWARDS = ("Max-Forwards", "70")


class Dialog:
    """One side's view of one dialog. ``local_text`` and ``remote_text`` are From and To as they must be repeated."""

    __slots__ = (
        "call_id",
        "key",
        "local_cseq",
        "local_tag",
        "local_text",
        "owner",
        "remote_cseq",
        "remote_tag",
        "remote_text",
        "routes",
        "target",
    )

    def __init__(
        self,
        call_id: str,
        local: tuple[str, str],
        remote: tuple[str, str],
        target: Uri,
        routes: tuple[NameAddress, ...],
        local_cseq: int = 0,
        remote_cseq: int = -1,
    ) -> None:
        self.call_id = call_id
        self.local_text, self.local_tag = local
        self.remote_text, self.remote_tag = remote
        self.target = target
        self.routes = routes
        self.local_cseq = local_cseq
        self.remote_cseq = remote_cseq
        self.key: DialogKey = (call_id, self.local_tag, self.remote_tag)
        #: who hears what arrives in it
        self.owner: Any = None

    @classmethod
    def of_server(cls, request: Request, to_tag: str) -> "Dialog":
        """The called side's, from the request that made it (§12.1.1)."""
        to = request.to
        local = request.headers.get("To") or ""
        return cls(
            request.call_id,
            (local if to.tag else f"{local};tag={to_tag}", to.tag or to_tag),
            (request.headers.get("From") or "", request.from_.tag),
            _contact(request) or request.from_.uri,
            request.record_routes,
            remote_cseq=request.cseq.number,
        )

    @classmethod
    def of_client(cls, request: Request, response: Response) -> "Dialog":
        """The calling side's, from a response with a To tag (§12.1.2)."""
        return cls(
            request.call_id,
            (request.headers.get("From") or "", request.from_.tag),
            (response.headers.get("To") or "", response.to.tag),
            _contact(response) or request.uri,
            response.record_routes[::-1],
            local_cseq=request.cseq.number,
        )

    def confirm(self, response: Response) -> None:
        """The 2xx of an early dialog: route and target are taken from it (§13.2.2.4)."""
        self.routes = response.record_routes[::-1]
        self.refresh(response)

    def refresh(self, message: Message) -> None:
        """A target refresh: later requests go to the new Contact (§12.2)."""
        self.target = _contact(message) or self.target

    def accepts(self, request: Request) -> bool:
        """Whether ``request`` is in order; its number is remembered (§12.2.2)."""
        number = request.cseq.number
        if number <= self.remote_cseq:
            return False
        self.remote_cseq = number
        return True

    def request(
        self,
        method: str,
        headers: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
        content_type: str = "",
        cseq: int | None = None,
    ) -> Request:
        """The next request in this dialog (§12.2.1.1); an ACK takes the number ``cseq`` of what it acknowledges."""
        if cseq is None:
            self.local_cseq += 1
            cseq = self.local_cseq
        uri, routes = self._route()
        request = Request(method, uri, body=body)
        add = request.headers.add
        for route in routes:
            add("Route", route)
        add(*MAX_FORWARDS)
        add("From", self.local_text)
        add("To", self.remote_text)
        add("Call-ID", self.call_id)
        add("CSeq", f"{cseq} {method}")
        for name, value in headers:
            add(name, value)
        if body and content_type:
            add("Content-Type", content_type)
        return request

    def _route(self) -> tuple[Uri, list[str]]:
        """Request-URI and Route lines. A first route without ``lr`` is a strict router's: it takes the URI's place."""
        if not self.routes:
            return self.target, []
        first = self.routes[0]
        if first.uri.param("lr") is not None:
            return self.target, [str(route) for route in self.routes]
        return first.uri, [*(str(route) for route in self.routes[1:]), f"<{self.target}>"]

    @property
    def next_hop(self) -> Uri:
        """Where requests are sent."""
        return self.routes[0].uri if self.routes else self.target


def _contact(message: Message) -> Uri | None:
    contacts = message.contacts
    return contacts[0].uri if contacts else None
