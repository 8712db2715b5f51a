"""Digest authentication, both sides, without I/O (RFC 7616, RFC 8760; RFC 2617 and 2069 clients are understood)."""

import hashlib
import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from ringback.kernel.chance import random_octets
from ringback.kernel.clock import Clock
from ringback.sip.syntax import quote, unquote

#: seconds that a nonce is good for
NONCE_LIFE = 300.0
_ALGORITHMS: dict[str, Callable[[bytes], str]] = {
    "SHA-256": lambda text: hashlib.sha256(text).hexdigest(),
    "MD5": lambda text: hashlib.md5(text, usedforsecurity=False).hexdigest(),
}
_FIELD = re.compile(r'\s*([^\s=,"]+)\s*=\s*("[^"\\]*(?:\\.[^"\\]*)*"|[^\s,"]*)\s*(?:,|\Z)', re.DOTALL)
#: programs that give up when they meet any algorithm but MD5, although they should pass over it (RFC 2617 §3.2.1):
#: baresip before 2.0, and SIPp before 3.7, whose scenarios mostly carry no User-Agent at all
_KNOWS_MD5_ALONE = re.compile(r"\s*\Z|baresip v?[01]\.|SIPp", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client proves that it knows."""

    username: str
    password: str


class Accepted(msgspec.Struct, frozen=True, gc=False):
    """The proof is right."""

    username: str


class Stale(msgspec.Struct, frozen=True, gc=False):
    """The proof is right but old, or has been used already: challenge again with ``stale=true``."""

    username: str


class Wrong(msgspec.Struct, frozen=True, gc=False):
    """No proof: unknown user, wrong password, other realm, or no digest at all. They look the same from outside."""

    username: str
    why: str


#: qualities of protection; others are passed over (RFC 7616 §3.3)
_QOPS = ("auth", "auth-int")


class _Nonce(NamedTuple):
    genuine: bool
    fresh: bool


def parse_digest(value: str) -> dict[str, str]:
    """The fields of a ``Digest …`` header value, names in lower case. Raises `ValueError`."""
    scheme, _, rest = value.strip().partition(" ")
    if scheme.lower() != "digest":
        raise ValueError(f"not Digest: {scheme[:20]!r}")
    fields: dict[str, str] = {}
    rest = rest.strip()
    position = 0
    for match in _FIELD.finditer(rest):
        begin, end = match.span()
        if begin != position:
            break
        position = end
        name, text = match.groups()
        fields.setdefault(name.lower(), unquote(text))
    if position < len(rest):
        raise ValueError("bad Digest field")
    return fields


def digest_response(fields: dict[str, str], method: str, password: str, body: bytes = b"") -> str:
    """What ``response`` must be for these fields (RFC 7616 §3.4.1). Raises `ValueError` for an algorithm not known."""
    name = fields.get("algorithm", "MD5").upper()
    session = name.endswith("-SESS")
    hashed = _ALGORITHMS.get(name.removesuffix("-SESS"))
    if hashed is None:
        raise ValueError(f"unknown algorithm {name[:20]!r}")

    def h(*parts: str) -> str:
        return hashed(":".join(parts).encode("utf-8", "surrogateescape"))

    nonce, qop = fields.get("nonce", ""), fields.get("qop", "").lower()
    ha1 = h(fields.get("username", ""), fields.get("realm", ""), password)
    if session:
        ha1 = h(ha1, nonce, fields.get("cnonce", ""))
    uri = fields.get("uri", "")
    ha2 = h(method, uri, hashed(body)) if qop == "auth-int" else h(method, uri)
    if not qop:
        return h(ha1, nonce, ha2)
    return h(ha1, nonce, fields.get("nc", ""), fields.get("cnonce", ""), qop, ha2)


class Authenticator:
    """The server side. Nonces are signed and dated, so only the counts of used ones are kept, for their life."""

    def __init__(self, secret: bytes, realm: str, clock: Clock) -> None:
        self._key = hashlib.sha256(secret).digest()
        self._clock = clock
        self.realm = realm
        self._used: dict[str, int] = {}
        self._used_before: dict[str, int] = {}
        self._turned_at = clock.now()

    def challenge(self, stale: bool = False, user_agent: str | None = None) -> list[str]:
        """Values of WWW-Authenticate (or Proxy-Authenticate), the strongest first (RFC 8760 §2.4).

        ``user_agent``: who is challenged, as the request says; some programs must not see anything but MD5.
        """
        nonce = self._new_nonce()
        end = ", stale=true" if stale else ""
        return [
            f'Digest realm={quote(self.realm)}, nonce="{nonce}", algorithm={name}, qop="auth"{end}'
            for name in _offered_to(user_agent)
        ]

    def check(
        self, header_value: str, method: str, password_of: Callable[[str], str | None]
    ) -> Accepted | Stale | Wrong:
        """Judges an Authorization value; ``password_of`` gives a user's password, None when there is no such user."""
        try:
            fields = parse_digest(header_value)
        except ValueError as error:
            return Wrong("", str(error))
        username = fields.get("username", "")
        password = password_of(username)
        try:
            expected = digest_response(fields, method, "" if password is None else password)
        except ValueError as error:
            return Wrong(username, str(error))
        right = hmac.compare_digest(expected.encode(), fields.get("response", "").lower().encode("utf-8", "replace"))
        if why := self._fault(fields, right and password is not None):
            return Wrong(username, why)
        nonce = self._read_nonce(fields.get("nonce", ""))
        if not nonce.genuine or not nonce.fresh or not self._first_use(fields):
            return Stale(username)
        return Accepted(username)

    def _fault(self, fields: dict[str, str], right: bool) -> str:
        if not right:
            return "unknown user or wrong password"
        if fields.get("realm") != self.realm:
            return "another realm"
        if fields.get("qop", "auth").lower() != "auth":
            return "a quality of protection that was not offered"
        return ""

    def _new_nonce(self) -> str:
        made = f"{int(self._clock.utc().timestamp()):x}.{random_octets(9).hex()}"
        return f"{made}.{self._signature(made)}"

    def _signature(self, made: str) -> str:
        """Keyed BLAKE2 (RFC 7693 §2.9)."""
        return hashlib.blake2b(made.encode("utf-8", "replace"), digest_size=16, key=self._key).hexdigest()

    def _read_nonce(self, nonce: str) -> _Nonce:
        made, _, signature = nonce.rpartition(".")
        if not hmac.compare_digest(self._signature(made).encode(), signature.encode("utf-8", "replace")):
            return _Nonce(False, False)
        age = self._clock.utc().timestamp() - int(made.partition(".")[0], 16)
        return _Nonce(True, age <= NONCE_LIFE)

    def _first_use(self, fields: dict[str, str]) -> bool:
        """Whether this count of this nonce is new: counts only grow. Without qop a nonce is good once."""
        nonce = fields["nonce"]
        try:
            count = int(fields["nc"], 16) if fields.get("qop") else 1
        except (KeyError, ValueError):
            return False
        if count <= max(self._used.get(nonce, 0), self._used_before.get(nonce, 0)):
            return False
        self._forget_old()
        self._used[nonce] = count
        return True

    def _forget_old(self) -> None:
        """Counts of nonces are dropped when no nonce of that age is good any more."""
        if self._clock.now() - self._turned_at > NONCE_LIFE:
            self._used_before, self._used = self._used, {}
            self._turned_at = self._clock.now()


def _offered_to(user_agent: str | None) -> Sequence[str]:
    if user_agent is not None and _KNOWS_MD5_ALONE.match(user_agent):
        return ("MD5",)
    return tuple(_ALGORITHMS)


def choose(challenges: Sequence[str]) -> str | None:
    """The strongest challenge that we can answer, or None."""
    for name in _ALGORITHMS:
        for challenge in challenges:
            try:
                fields = parse_digest(challenge)
            except ValueError:
                continue
            if fields.get("algorithm", "MD5").upper().removesuffix("-SESS") == name:
                return challenge
    return None


def answer(
    challenge: str,
    method: str,
    uri: str,
    credentials: Credentials,
    *,
    body: bytes = b"",
    count: int = 1,
    cnonce: str = "",
) -> str:
    """The Authorization value for a challenge. Raises `ValueError` for one that cannot be answered."""
    offered = parse_digest(challenge)
    fields = {
        "username": credentials.username,
        "realm": offered.get("realm", ""),
        "nonce": offered.get("nonce", ""),
        "uri": uri,
    }
    if "algorithm" in offered:
        fields["algorithm"] = offered["algorithm"]
    qops = [qop for part in offered.get("qop", "").split(",") if (qop := part.strip().lower()) in _QOPS]
    if qops:
        fields["qop"] = "auth" if "auth" in qops else qops[0]
        fields["nc"] = f"{count:08x}"
    if qops or fields.get("algorithm", "").lower().endswith("-sess"):
        fields["cnonce"] = cnonce or random_octets(12).hex()
    fields["response"] = digest_response(fields, method, credentials.password, body)
    if "opaque" in offered:
        fields["opaque"] = offered["opaque"]
    bare = ("algorithm", "qop", "nc")
    return "Digest " + ", ".join(f"{name}={value if name in bare else quote(value)}" for name, value in fields.items())
