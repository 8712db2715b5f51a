"""What RFC 3261 §8.2 refuses before anyone is asked: each check knows its answer."""

import re
from collections.abc import Sequence

from ringback.kernel.errors import RingbackError
from ringback.sip.flow import Flow
from ringback.sip.message import BadMessage, Message, Request, Response
from ringback.sip.multipart import SDP
from ringback.sip.via import MAGIC, Via

HeaderList = Sequence[tuple[str, str]]
Refusing = tuple[int, HeaderList]

#: methods that the stack itself understands
OWN_METHODS = ("INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "INFO", "UPDATE")
_SCHEMES = ("sip", "sips", "tel")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*\Z")
#: seconds that a draining server asks others to wait
RETRY_AFTER = 30


class Admission:
    """The checks of one endpoint. ``methods``: those that its user takes beside the stack's own."""

    def __init__(
        self, *, methods: Sequence[str] = (), supported: Sequence[str] = (), user_agent: str, max_message: int = 65_535
    ) -> None:
        self.allowed = frozenset((*OWN_METHODS, *methods))
        self.supported = frozenset(supported)
        self.max_message = max_message
        self.draining = False
        allow = ", ".join(dict.fromkeys((*OWN_METHODS, *methods)))
        self.allow: HeaderList = (("Allow", allow),)
        self.server: HeaderList = (("Server", user_agent),) if user_agent else ()
        extensions = (("Supported", ", ".join(supported)),) if supported else ()
        #: what an OPTIONS is told, and every 2xx to an INVITE
        self.capabilities: HeaderList = (*self.allow, ("Accept", SDP), *extensions, *self.server)

    def must_be_whole(self, message: Message) -> None:
        """Raises `BadMessage` unless every header that the stack and its users look at can be read (§8.1.1)."""
        _ = message.from_, message.to, message.call_id
        cseq, headers = message.cseq, message.headers
        if isinstance(message, Request) and cseq.method != message.method:
            raise BadMessage(400, "CSeq is of another method", message)
        _ = message.contacts, message.max_forwards
        if headers.lines("Record-Route"):
            _ = message.record_routes
        if isinstance(message, Request):
            _ = _scheme_known(message) and message.uri
            if headers.lines("Require"):
                _ = message.require
            if len(message.raw) > self.max_message:
                raise BadMessage(513, f"more than {self.max_message} octets", message)
            if message.method == "REGISTER":
                message.__dict__["expires"] = _lenient_expires(message)
            if message.contact_star and message.method != "REGISTER":
                raise BadMessage(400, "Contact: * outside of REGISTER", message)
        elif isinstance(message, Response) and len(message.raw) > self.max_message:
            raise BadMessage(513, "too large", message)

    def refusal(self, request: Request) -> Refusing | None:
        """Why this request is not even looked at, or None."""
        if request.method not in self.allowed:
            return 405, self.allow
        if not _scheme_known(request):
            return 416, ()
        if request.headers.lines("Require"):
            unknown = [option for option in request.require if option.lower() not in self.supported]
            if unknown:
                return 420, (("Unsupported", ", ".join(unknown)),)
        return _content_refusal(request) if request.body else None

    def refusal_outside(self, request: Request) -> Refusing | None:
        """Why this request, which belongs to no dialog, is not looked at, or None."""
        if request.method in ("BYE", "INFO", "UPDATE"):
            return 481, ()
        if self.draining and request.method in ("INVITE", "OPTIONS"):
            return 503, (("Retry-After", str(RETRY_AFTER)),)
        if request.method == "INVITE":
            return _invite_refusal(request)
        return None


def _invite_refusal(request: Request) -> Refusing | None:
    """An INVITE needs a Contact (§8.1.1.8; not so in RFC 2543) and must take a session description as an answer."""
    if not request.contacts and request.via.branch.startswith(MAGIC):
        return 400, ()
    accepted = ",".join(request.headers.lines("Accept")).lower()
    if accepted and not any(kind in accepted for kind in (SDP, "application/*", "*/*")):
        return 406, ()
    return None


def _scheme_known(request: Request) -> bool:
    scheme, colon, _ = request.uri_text.partition(":")
    if not colon or not _SCHEME.match(scheme):
        raise BadMessage(400, "bad Request-URI", request)
    return scheme.lower() in _SCHEMES


def _content_refusal(request: Request) -> Refusing | None:
    """An INVITE or UPDATE may carry a session description, alone or among others (§8.2.3)."""
    encoding = (request.headers.get("Content-Encoding") or "identity").strip().lower()
    if encoding != "identity":
        return 415, (("Accept-Encoding", "identity"),)
    if request.method not in ("INVITE", "UPDATE") or request.sdp is not None:
        return None
    if "handling=optional" in (request.headers.get("Content-Disposition") or "").lower().replace(" ", ""):
        return None
    return 415, (("Accept", SDP),)


def _lenient_expires(message: Request) -> int | None:
    """A time that is no number counts as none (§20.19 with §10.2.1.1)."""
    try:
        return message._number("Expires")
    except ValueError:
        return None


def refuse_malformed(bad: BadMessage, flow: Flow) -> None:
    """Answers what could not be read, when it is known where to and it was a request other than ACK."""
    request = bad.partial
    if not isinstance(request, Request) or request.method.upper() == "ACK":
        return
    headers = request.headers
    if "Via" not in headers:
        return
    reason = "" if bad.code != 400 else f"Bad Request ({printable(bad.why)})"
    try:
        way = flow.reply_flow(_way_back(request, flow))
        way.send(request.response(bad.code, reason).serialize())
    except (RingbackError, ValueError):
        return


def _way_back(request: Request, flow: Flow) -> Via:
    """The topmost Via, also when what follows it on its line cannot be read."""
    try:
        return request.stamp(flow.host, flow.port)
    except BadMessage:
        return Via.parse((request.headers.one("Via") or "").partition(",")[0]).seen_from(flow.host, flow.port)


def printable(text: str) -> str:
    """``text`` fit for a reason phrase."""
    return "".join(character if character.isprintable() else " " for character in text)[:120]
