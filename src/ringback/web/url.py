"""URLs: which can be asked, how a reference in a document resolves (RFC 3986 §5), what goes on the wire."""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, quote_plus, unquote, urljoin, urlsplit

from ringback.web.failure import BAD_URL, FetchFailed

#: what no URL may hold (RFC 3986 §2); other letters than ASCII's are sent percent-encoded
_FORBIDDEN = re.compile(r"""[\x00-\x20\x7f<>"{}|\\^`\u0080-\u00a0\u2028\u2029\ud800-\udfff]""")
_BAD_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")
#: a host's name (RFC 3986 §3.2.2: reg-name, without escapes)
_NAME = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=-]+\Z")
_RESERVED = "!#$%&'()*+,/:;=?@[]~"
#: longest URL that is asked, in characters
MOST_CHARACTERS = 8000


def fault_of(url: str) -> str | None:
    """What keeps ``url`` (absolute or relative) from being a URL at all; None when nothing does."""
    if found := _FORBIDDEN.search(url):
        return f"holds {found[0]!r}, which a URL may not"
    if _BAD_ESCAPE.search(url):
        return "holds a % that no two hexadecimal digits follow"
    if len(url) > MOST_CHARACTERS:
        return f"is longer than {MOST_CHARACTERS} characters"
    try:
        _ = urlsplit(url).port
    except ValueError as error:
        return f"is no URL: {error}"
    return None


def resolve(base: str, reference: str) -> str:
    """The absolute URL of ``reference`` in the document at ``base``. Raises `FetchFailed` (11100)."""
    if why := fault_of(reference):
        raise FetchFailed(BAD_URL, reference, why)
    try:
        return urljoin(base, reference)
    except ValueError as error:
        raise FetchFailed(BAD_URL, reference, f"is no URL: {error}") from error


class Origin(NamedTuple):
    """Whom to connect to (RFC 9110 §4.3.1); ``host``: a name, an IPv4 or an IPv6 address."""

    secure: bool
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Target:
    """A URL taken apart for the wire, all ASCII: ``authority`` for Host, ``path`` with query, ``login`` for Basic."""

    origin: Origin
    authority: str
    path: str
    login: tuple[str, str] | None

    @classmethod
    def parse(cls, url: str) -> "Target":
        """Raises `FetchFailed` (11100) for what is no absolute http or https URL with a host."""
        return _parse_again(url) if len(url) <= _MOST_REMEMBERED else cls._parse(url)

    @classmethod
    def _parse(cls, url: str) -> "Target":
        if why := fault_of(url):
            raise FetchFailed(BAD_URL, url, why)
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https"):
            raise FetchFailed(BAD_URL, url, "is no absolute http or https URL")
        host = _host(url, parts.hostname or "")
        secure = parts.scheme == "https"
        usual = 443 if secure else 80
        port = usual if parts.port is None else parts.port
        shown = f"[{host}]" if ":" in host else host
        path = (_encoded(parts.path) or "/") + (f"?{_encoded(parts.query)}" if parts.query else "")
        login = None if parts.username is None else (unquote(parts.username), unquote(parts.password or ""))
        return cls(Origin(secure, host, port), shown if port == usual else f"{shown}:{port}", path, login)


#: longer URLs are not remembered, so that they do not fill the memory
_MOST_REMEMBERED = 300
_parse_again = lru_cache(maxsize=1024)(Target._parse)


def with_query(url: str, form: Sequence[tuple[str, str]]) -> str:
    """``url`` with ``form`` after the query that it has."""
    if not form:
        return url
    bare, hash_, fragment = url.partition("#")
    joint = "" if bare.endswith(("?", "&")) else "&" if "?" in bare else "?"
    return f"{bare}{joint}{form_encoded(form)}{hash_}{fragment}"


def form_encoded(form: Sequence[tuple[str, str]]) -> str:
    """``form`` as application/x-www-form-urlencoded. Names and most values are those of the calls before."""
    return "&".join([f"{_quoted(name)}={_quoted(value)}" for name, value in form])


def _quoted(text: str) -> str:
    if text.isalnum() and text.isascii():
        return text
    return _quoted_again(text) if len(text) <= _MOST_QUOTED else quote_plus(text)


#: longer texts are not remembered: they do not fill the memory, and most never come again, like the time of a call
_MOST_QUOTED = 20
_quoted_again = lru_cache(maxsize=4096)(quote_plus)


def _encoded(part: str) -> str:
    return part if part.isascii() else quote(part, safe=_RESERVED)


def _host(url: str, host: str) -> str:
    if not host or "%" in host:
        raise FetchFailed(BAD_URL, url, "names no host")
    try:
        if ":" in host:
            return str(ipaddress.IPv6Address(host))
        name = host if host.isascii() else host.encode("idna").decode("ascii")
    except ValueError as error:
        raise FetchFailed(BAD_URL, url, f"names no host that can exist: {error}") from error
    if not _NAME.match(name):
        raise FetchFailed(BAD_URL, url, f"names no host that can exist: {host!r}")
    return name
