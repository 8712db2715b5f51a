"""Via: where a message has been and where its response goes (RFC 3261 §20.42, RFC 3581)."""

import re

import msgspec

from ringback.sip.syntax import Params, get_param, parse_params, print_params

#: what the branch of everyone who follows RFC 3261 begins with
MAGIC = "z9hG4bK"

_VIA = re.compile(
    r"\s*SIP\s*/\s*\d\.\d\s*/\s*([A-Za-z0-9\-.!%*_+`'~]+)\s+"
    r"(\[[0-9A-Fa-f:.]+\]|[^\s:;,\[\]]+)(?:\s*:\s*(\d{1,5}))?\s*(?=;|\Z)",
    re.IGNORECASE,
)
DEFAULT_PORTS = {"UDP": 5060, "TCP": 5060, "TLS": 5061, "WS": 80, "WSS": 443}


class Via(msgspec.Struct, frozen=True, gc=False):
    """One Via: ``transport`` in capitals, ``host`` without brackets, ``port`` None when it is not written."""

    transport: str
    host: str
    port: int | None = None
    params: Params = ()

    @classmethod
    def parse(cls, text: str) -> "Via":
        """The Via that ``text`` is. Raises `ValueError`."""
        match = _VIA.match(text)
        if match is None:
            raise ValueError(f"not a Via: {text[:100]!r}")
        transport, host, port = match.groups()
        if port is not None and int(port) > 65535:
            raise ValueError(f"no such port: {port}")
        return cls(
            transport.upper(),
            host[1:-1] if host[0] == "[" else host,
            int(port) if port else None,
            parse_params(text[match.end() :]),
        )

    def __str__(self) -> str:
        return f"SIP/2.0/{self.transport} {self.sent_by}{print_params(self.params)}"

    @property
    def sent_by(self) -> str:
        """``host`` or ``host:port`` as it is written."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"

    @property
    def branch(self) -> str:
        return get_param(self.params, "branch") or ""

    def param(self, name: str) -> str | None:
        """The value of the parameter ``name`` (lower case); "" when it has none, None when it is absent."""
        return get_param(self.params, name)

    def seen_from(self, host: str, port: int) -> "Via":
        """With ``received`` and ``rport`` as a server must add them for a packet from there (§18.2.1, RFC 3581 §4)."""
        params: list[tuple[str, str | None]] = []
        asked = received = False
        for pair in self.params:
            name = pair[0].lower()
            if name == "rport":
                asked, pair = True, (pair[0], str(port))
            elif name == "received":
                received, pair = True, (pair[0], host)
            params.append(pair)
        if not asked and self.host.lower() == host:
            return self
        if not received:
            params.append(("received", host))
        return Via(self.transport, self.host, self.port, tuple(params))

    @property
    def reply_to(self) -> tuple[str, int]:
        """Host and port that a response over UDP goes to (§18.2.2, RFC 3581 §4)."""
        rport = self.param("rport")
        host = self.param("received") or self.host
        if rport and rport.isdecimal() and 0 < int(rport) <= 65535:
            return host, int(rport)
        return host, self.port or DEFAULT_PORTS.get(self.transport, 5060)
