"""SIP, SIPS and TEL URIs (RFC 3261 §19.1, RFC 3966); any other scheme is kept as it is written."""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import quote, unquote_to_bytes

from ringback.kernel.errors import Refusal
from ringback.sip.syntax import Params, get_param


class BadUri(Refusal, ValueError):
    """Not a URI."""

    sip_status = 400


_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):(.*)\Z", re.DOTALL)
_SIP = re.compile(
    r"""
    (?:(?P<user>[^\s@<>":]*)(?::(?P<password>[^\s@<>"]*))?@)?
    (?P<host>\[[0-9A-Fa-f:.]+\]|[^\s@<>"\[\]:;?,/\\]+)
    (?::(?P<port>\d{1,5}))?
    (?P<params>;[^\s?<>"]*)?
    (?:\?(?P<headers>[^\s<>"]*))?\Z
    """,
    re.VERBOSE,
)
_USER_SAFE = "-_.!~*'()&=+$,;?/"
_PASSWORD_SAFE = "-_.!~*'()&=+$,"
_PARAM_SAFE = "-_.!~*'()[]/:&+$"
_HEADER_SAFE = "-_.!~*'()[]/?:+$"


@dataclass(frozen=True, slots=True)
class Uri:
    """One URI. ``user`` and the rest are unescaped; of ``tel:`` the number is ``user`` and ``host`` is empty."""

    scheme: str
    user: str = ""
    password: str = ""
    host: str = ""
    port: int | None = None
    params: Params = ()
    headers: tuple[tuple[str, str], ...] = ()
    #: what was parsed: printed again to the letter
    _text: str = field(default="", init=False, compare=False, repr=False)

    @classmethod
    def parse(cls, text: str) -> "Uri":
        """The URI that ``text`` is. Raises `BadUri`."""
        return _parse_again(text) if len(text) <= _MOST_REMEMBERED else cls._parse(text)

    @classmethod
    def _parse(cls, text: str) -> "Uri":
        match = _SCHEME.match(text)
        if match is None:
            raise BadUri(f"not a URI: {text[:100]!r}")
        scheme, rest = match.group(1).lower(), match.group(2)
        if scheme in ("sip", "sips"):
            uri = _parse_sip(scheme, rest)
        elif scheme == "tel":
            uri = _parse_tel(rest)
        elif rest and not re.search(r'[\s<>"]', rest):
            uri = cls(scheme, user=rest)
        else:
            raise BadUri(f"not a URI: {text[:100]!r}")
        object.__setattr__(uri, "_text", text)
        return uri

    def __str__(self) -> str:
        if not self._text:
            object.__setattr__(self, "_text", self._print())
        return self._text

    def _print(self) -> str:
        if self.scheme == "tel":
            return f"tel:{self.user}{_print_params(self.params)}"
        if self.scheme not in ("sip", "sips"):
            return f"{self.scheme}:{self.user}"
        user = escape_user(self.user)
        if self.password:
            user += ":" + quote(self.password, _PASSWORD_SAFE)
        query = "&".join(f"{quote(name, _HEADER_SAFE)}={quote(value, _HEADER_SAFE)}" for name, value in self.headers)
        return (
            f"{self.scheme}:{user}{'@' if user else ''}{self.host_port}{_print_params(self.params)}"
            f"{'?' if query else ''}{query}"
        )

    @property
    def host_port(self) -> str:
        """``host`` or ``host:port``, IPv6 in brackets."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"

    def param(self, name: str) -> str | None:
        """The value of the parameter ``name`` (lower case); "" when it has none, None when it is absent."""
        return get_param(self.params, name) if self.params else None

    @property
    def transport(self) -> str:
        """The ``transport`` parameter in lower case, or ""."""
        return (self.param("transport") or "").lower()

    def same_as(self, other: "Uri") -> bool:
        """Whether both name the same resource (RFC 3261 §19.1.4)."""
        if (self.scheme, self.user, self.password, self.port) != (other.scheme, other.user, other.password, other.port):
            return False
        if self.host.lower() != other.host.lower():
            return False
        mine, theirs = _comparable(self.params), _comparable(other.params)
        must_match = {"user", "ttl", "method", "maddr", "transport"}
        if any(mine.get(name) != theirs.get(name) for name in must_match & (mine.keys() | theirs.keys())):
            return False
        if any(mine[name] != theirs[name] for name in mine.keys() & theirs.keys()):
            return False
        return sorted((name.lower(), value) for name, value in self.headers) == sorted(
            (name.lower(), value) for name, value in other.headers
        )


#: longer URIs are not remembered, so that nobody can fill the memory with them
_MOST_REMEMBERED = 200
#: the same few URIs come in every message of a call, and from the same phones
_parse_again = lru_cache(maxsize=4096)(Uri._parse)


def _comparable(params: Params) -> dict[str, str]:
    return {name.lower(): (value or "").lower() for name, value in params}


def _parse_sip(scheme: str, rest: str) -> Uri:
    match = _SIP.match(rest)
    if match is None:
        raise BadUri(f"not a SIP URI: {rest[:100]!r}")
    user, password, host, port, params, headers = match.groups()
    if port is not None and int(port) > 65535:
        raise BadUri(f"no such port: {port}")
    return Uri(
        scheme,
        _unescape(user) if user else "",
        _unescape(password) if password else "",
        host.strip("[]"),
        int(port) if port else None,
        _parse_params(params) if params else (),
        _parse_headers(headers) if headers else (),
    )


def _parse_tel(rest: str) -> Uri:
    number, semicolon, params = rest.partition(";")
    if not re.fullmatch(r"\+?[0-9A-Fa-f*#().\-]+", number) or re.search(r'[\s<>"]', params):
        raise BadUri(f"not a telephone number: {rest[:100]!r}")
    return Uri("tel", user=number, params=_parse_params(semicolon + params) if params else ())


def _parse_params(text: str) -> Params:
    found: list[tuple[str, str | None]] = []
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        if name:
            found.append((_unescape(name), _unescape(value) if equals else None))
        elif equals:
            raise BadUri("a URI parameter without a name")
    return tuple(found)


def _parse_headers(text: str) -> tuple[tuple[str, str], ...]:
    pairs = (part.partition("=") for part in text.split("&") if part)
    return tuple((_unescape(name), _unescape(value)) for name, _, value in pairs)


def _print_params(params: Params) -> str:
    return "".join(
        f";{quote(name, _PARAM_SAFE)}" + ("" if value is None else f"={quote(value, _PARAM_SAFE)}")
        for name, value in params
    )


def escape_user(user: str) -> str:
    """``user`` as it is written in a URI."""
    return user if user.isalnum() and user.isascii() else quote(user, _USER_SAFE)


def _unescape(text: str) -> str:
    """Escaped octets that are not UTF-8 are taken as Latin-1: a name stays readable, and always can be encoded."""
    if "%" not in text:
        return text
    octets = unquote_to_bytes(text)
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("latin-1")
