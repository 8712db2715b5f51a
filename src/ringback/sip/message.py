"""SIP messages: parsed quickly, their headers understood only when asked for and then remembered (RFC 3261 §7)."""

import re
from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar, overload

import msgspec

from ringback.kernel.errors import RingbackError
from ringback.sip.address import NameAddress
from ringback.sip.headers import _CANONICAL, Headers, canonical
from ringback.sip.multipart import sdp_of
from ringback.sip.reasons import reason_of
from ringback.sip.syntax import TOKEN, split_list
from ringback.sip.uri import Uri
from ringback.sip.via import Via

Value = TypeVar("Value")

_REQUEST_LINE = re.compile(r"([A-Za-z0-9\-.!%*_+`'~]+) (\S+) SIP/2\.0\Z", re.IGNORECASE)
_STATUS_LINE = re.compile(r"SIP/2\.0 ([1-6]\d\d)(?: (.*))?\Z", re.IGNORECASE | re.DOTALL)
#: line ends that end no line: nobody behind us may take them for some
_BARE = re.compile(r"[\r\n]+")
_FOLD = re.compile(r"\r?\n[ \t]+")
#: lines of a head above which it is not even looked at
_MOST_LINES = 1000
_DIGITS = re.compile(r"\d{1,10}\Z")
_CSEQ = re.compile(r"\s*(\d{1,10})\s+([A-Za-z0-9\-.!%*_+`'~]+)\s*\Z")
_MAX_CSEQ = 2**32 - 1
#: what a response takes over from its request (§8.2.6.2)
_COPIED = frozenset(("Via", "From", "To", "Call-ID", "CSeq"))


class BadMessage(RingbackError):
    """Octets or a header that are no SIP. ``code``: the status to refuse with; ``partial``: what could be read."""

    def __init__(self, code: int, why: str, partial: "Message | None" = None) -> None:
        super().__init__(f"{code} {why}")
        self.code = code
        self.why = why
        self.partial = partial


class CSeq(msgspec.Struct, frozen=True, gc=False):
    """Number and method of a CSeq."""

    number: int
    method: str

    def __str__(self) -> str:
        return f"{self.number} {self.method}"


class lazy(Generic[Value]):
    """A header understood at its first use; a bad one raises `BadMessage` (400) then."""

    def __init__(self, compute: Callable[[Any], Value]) -> None:
        self._compute = compute
        self._name = compute.__name__
        self.__doc__ = compute.__doc__

    @overload
    def __get__(self, message: None, owner: type) -> "lazy[Value]": ...
    @overload
    def __get__(self, message: "Message", owner: type) -> Value: ...
    def __get__(self, message: "Message | None", owner: type) -> "Value | lazy[Value]":
        if message is None:
            return self
        try:
            value = self._compute(message)
        except ValueError as error:
            raise BadMessage(400, f"bad {self._name.strip('_')}: {error}", message) from None
        message.__dict__[self._name] = value
        return value


class Message:
    """What requests and responses share. Change headers only before the typed ones are looked at."""

    def __init__(self, headers: Headers | Iterable[tuple[str, str]] = (), body: bytes = b"") -> None:
        self.headers = headers if isinstance(headers, Headers) else Headers(headers)
        self.body = body
        #: the octets that arrived; empty for messages of our own making
        self.raw = b""

    @property
    def first_line(self) -> str:
        raise NotImplementedError

    def serialize(self) -> bytes:
        """The octets on the wire; Content-Length is always written."""
        lines = [self.first_line]
        lines += [f"{name}: {value}" for name, value in self.headers if name != "Content-Length"]
        lines.append(f"Content-Length: {len(self.body)}\r\n\r\n")
        return "\r\n".join(lines).encode("utf-8", "replace") + self.body

    def _one(self, name: str) -> str:
        headers = self.headers
        value = headers.one(name)
        if value is None or name in headers._repeated:
            raise ValueError("missing" if value is None else "more than one")
        return value

    def _addresses(self, name: str) -> tuple[NameAddress, ...]:
        values = self.headers.lines(name)
        return tuple([NameAddress.parse(part) for value in values for part in split_list(value)])

    def _number(self, name: str) -> int | None:
        """A header that is seconds or a count; capped at 2³²-1 (RFC 4475 §3.1.2.4)."""
        value = self.headers.one(name)
        if value is None:
            return None
        digits = value.strip()
        if not digits.isascii() or not digits.isdecimal():
            raise ValueError(f"not a number: {value[:40]!r}")
        return min(int(digits[:20]), _MAX_CSEQ)

    def _tokens(self, name: str) -> tuple[str, ...]:
        return tuple([part for value in self.headers.lines(name) for part in split_list(value) if part])

    @lazy
    def vias(self) -> tuple[Via, ...]:
        values = self.headers.lines("Via")
        if not values:
            raise ValueError("missing")
        return tuple([Via.parse(part) for value in values for part in split_list(value)])

    @lazy
    def via(self) -> Via:
        """The topmost Via."""
        value = self.headers.one("Via")
        if value is None:
            raise ValueError("missing")
        return self.vias[0] if "," in value else Via.parse(value)

    @lazy
    def from_(self) -> NameAddress:
        return NameAddress.parse(self._one("From"))

    @lazy
    def to(self) -> NameAddress:
        return NameAddress.parse(self._one("To"))

    @lazy
    def call_id(self) -> str:
        value = self._one("Call-ID").strip()
        if not value or " " in value:
            raise ValueError(f"not a Call-ID: {value[:40]!r}")
        return value

    @lazy
    def cseq(self) -> CSeq:
        match = _CSEQ.match(self._one("CSeq"))
        if match is None or int(match.group(1)) > _MAX_CSEQ:
            raise ValueError("not a number below 2**32 and a method")
        return CSeq(int(match.group(1)), match.group(2))

    @lazy
    def contacts(self) -> tuple[NameAddress, ...]:
        """The contacts; ``Contact: *`` is in `contact_star`."""
        return () if self.contact_star else self._addresses("Contact")

    @lazy
    def contact_star(self) -> bool:
        """Whether a Contact is ``*`` (REGISTER only)."""
        return any(value.strip() == "*" for value in self.headers.lines("Contact"))

    @lazy
    def routes(self) -> tuple[NameAddress, ...]:
        return self._addresses("Route")

    @lazy
    def record_routes(self) -> tuple[NameAddress, ...]:
        return self._addresses("Record-Route")

    @lazy
    def path(self) -> tuple[NameAddress, ...]:
        return self._addresses("Path")

    @lazy
    def expires(self) -> int | None:
        return self._number("Expires")

    @lazy
    def min_expires(self) -> int | None:
        return self._number("Min-Expires")

    @lazy
    def max_forwards(self) -> int | None:
        return self._number("Max-Forwards")

    @lazy
    def require(self) -> tuple[str, ...]:
        return self._tokens("Require")

    @lazy
    def supported(self) -> tuple[str, ...]:
        return self._tokens("Supported")

    @lazy
    def authorization(self) -> tuple[str, ...]:
        """The values of Authorization and Proxy-Authorization."""
        return (*self.headers.lines("Authorization"), *self.headers.lines("Proxy-Authorization"))

    @lazy
    def challenges(self) -> tuple[str, ...]:
        """The values of WWW-Authenticate and Proxy-Authenticate."""
        return (*self.headers.lines("WWW-Authenticate"), *self.headers.lines("Proxy-Authenticate"))

    @lazy
    def content_type(self) -> str:
        """Media type in lower case, without parameters; "" when there is none."""
        return (self.headers.one("Content-Type") or "").partition(";")[0].strip().lower()

    @lazy
    def sdp(self) -> bytes | None:
        """The session description of the body, also out of a multipart one; None when there is none."""
        return sdp_of(self.headers.one("Content-Type") or "", self.body) if self.body else None

    @lazy
    def user_agent(self) -> str:
        return self.headers.one("User-Agent") or self.headers.one("Server") or ""


class Request(Message):
    """A request. ``uri`` is a `Uri` or its text."""

    def __init__(
        self, method: str, uri: Uri | str, headers: Headers | Iterable[tuple[str, str]] = (), body: bytes = b""
    ) -> None:
        super().__init__(headers, body)
        self.method = method
        self.uri_text = str(uri)
        if isinstance(uri, Uri):
            self.__dict__["uri"] = uri

    @lazy
    def uri(self) -> Uri:
        return Uri.parse(self.uri_text)

    @property
    def first_line(self) -> str:
        return f"{self.method} {self.uri_text} SIP/2.0"

    def __repr__(self) -> str:
        return f"<{self.method} {self.uri_text}>"

    def stamp(self, host: str, port: int) -> Via:
        """Writes into the topmost Via where the request was seen to come from, as far as that is needed."""
        via = self.via
        seen = via.seen_from(host, port)
        if seen is not via:
            first = self.headers.one("Via") or ""
            others = split_list(first)[1:] if "," in first else []
            self.headers.replace_first("Via", ", ".join([str(seen), *others]))
            self.__dict__["via"] = seen
            for understood in ("vias", "_for_responses"):
                self.__dict__.pop(understood, None)
        return seen

    def response(
        self,
        status: int,
        reason: str = "",
        headers: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
        *,
        to_tag: str = "",
    ) -> "Response":
        """A response with what must be copied (§8.2.6); ``to_tag`` is added when To has no tag yet."""
        items = self._copied(to_tag)
        if status == 100 and (timestamp := self.headers.one("Timestamp")) is not None:
            items.append(("Timestamp", timestamp))
        response = Response(status, reason, Headers.parsed(items), body)
        add = response.headers.add
        for name, value in headers:
            add(name, value)
        return response

    def _copied(self, to_tag: str) -> list[tuple[str, str]]:
        """A new list of what each response takes over; of what arrived it is found once for all with the same tag."""
        known = self.__dict__.get("_for_responses")
        if known is None or known[0] != to_tag or not self.raw:
            items = [(name, value) for name, value in self.headers if name in _COPIED]
            if to_tag and not self.to.tag:
                items = [(name, f"{value};tag={to_tag}" if name == "To" else value) for name, value in items]
            known = self.__dict__["_for_responses"] = to_tag, items
        return list(known[1])


class Response(Message):
    """A response; ``local`` ones were made here because nothing came from the other side."""

    def __init__(
        self,
        status: int,
        reason: str = "",
        headers: Headers | Iterable[tuple[str, str]] = (),
        body: bytes = b"",
        *,
        local: bool = False,
    ) -> None:
        super().__init__(headers, body)
        self.status = status
        self.reason = reason or reason_of(status)
        self.local = local

    @property
    def first_line(self) -> str:
        return f"SIP/2.0 {self.status} {self.reason}"

    def __repr__(self) -> str:
        return f"<{self.status} {self.reason}>"


def parse_message(data: bytes) -> Request | Response:
    """The message in ``data`` (one datagram, or what `Framer` cut out of a stream).

    Raises `BadMessage`: its ``partial`` is the request as far as it could be read, or None.
    """
    head, body = _head_and_body(data)
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError:
        text = head.decode("latin-1")
    if "\r\n " in text or "\r\n\t" in text or "\n " in text or "\n\t" in text:
        text = _FOLD.sub(" ", text)
    lines = _lines(text)
    if len(lines) > _MOST_LINES:
        raise BadMessage(400, f"{len(lines)} lines")
    items: list[tuple[str, str]] = []
    bad = ""
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        known = _CANONICAL.get(name)
        if known is None:
            name = name.rstrip(" \t")
            known = canonical(name)
            if not colon or not TOKEN.match(name):
                bad = bad or f"not a header: {line[:60]!r}"
                continue
        items.append((known, value.strip(" \t\r")))
    message = _first_line(lines[0].rstrip(" \t\r"), Headers.parsed(items))
    message.raw = data
    if bad:
        raise BadMessage(400, bad, message)
    message.body = _cut(message, body)
    return message


def _lines(text: str) -> list[str]:
    if "\r\n" in text:
        lines = text.split("\r\n")
        is_clean = text.count("\n") < len(lines) and text.count("\r") < len(lines)
    else:
        lines, is_clean = text.split("\n"), "\r" not in text
    return lines if is_clean else [_BARE.sub(" ", line) for line in lines]


def _head_and_body(data: bytes) -> tuple[bytes, bytes]:
    if data[:1] in b"\r\n":
        data = data.lstrip(b"\r\n")
    head, blank, body = data.partition(b"\r\n\r\n")
    if not blank and b"\n\n" in data:
        head, blank, body = data.partition(b"\n\n")
    if not blank:
        head = data.rstrip(b"\r\n")
    if not head:
        raise BadMessage(400, "empty")
    return head, body


def _first_line(line: str, headers: Headers) -> Request | Response:
    match = _REQUEST_LINE.match(line)
    if match is not None:
        return Request(match.group(1), match.group(2), headers)
    match = _STATUS_LINE.match(line)
    if match is not None:
        return Response(int(match.group(1)), match.group(2) or " ", headers)
    return _bad_first_line(line, headers)


def _bad_first_line(line: str, headers: Headers) -> Request:
    """Says why the line is none, with as much of the request as an answer needs."""
    words = line.split()
    if not words or line[:4].upper() == "SIP/" or not TOKEN.match(words[0]):
        raise BadMessage(400, f"not a first line: {line[:60]!r}")
    partial = Request(words[0], words[1] if len(words) > 2 else "", headers)
    version = re.fullmatch(r"SIP/(\d+\.\d+)", words[-1], re.IGNORECASE)
    if version is not None and version.group(1) != "2.0":
        raise BadMessage(505, f"version {words[-1][:20]}", partial)
    raise BadMessage(400, f"not a request line: {line[:60]!r}", partial)


def _cut(message: Message, body: bytes) -> bytes:
    """The body as long as Content-Length says; all of it when there is none (§18.3)."""
    values = message.headers.lines("Content-Length")
    if not values:
        return body
    length = values[0]
    if not _DIGITS.match(length) or any(value != length for value in values):
        raise BadMessage(400, "bad Content-Length", message)
    size = int(length)
    if size > len(body):
        raise BadMessage(400, f"the body has {len(body)} octets, Content-Length says {size}", message)
    return body if size == len(body) else body[:size]
