"""The address that Via and Contact show to a peer."""

import socket

from ringback.sip.flow import Flow
from ringback.sip.uri import escape_user


class ShownAddress:
    """``external`` when it is set; else the address bound to, or, when that is every address, the one that reaches."""

    def __init__(self, host: str, port: int, external: str = "") -> None:
        self._host = host
        self._port = port
        self._fixed = "" if not external and host in ("0.0.0.0", "::", "") else self._text(external or host)
        self._known: dict[str, str] = {}

    def towards(self, peer: str) -> str:
        """``host:port`` for the peer at the address ``peer``."""
        if self._fixed:
            return self._fixed
        known = self._known.get(peer)
        if known is None:
            if len(self._known) > 1000:
                self._known.clear()
            known = self._known[peer] = self._text(self._address_towards(peer))
        return known

    def contact(self, flow: Flow, user: str) -> str:
        """The Contact for ``flow``'s peer."""
        transport = "" if flow.transport == "UDP" else f";transport={flow.transport.lower()}"
        name = escape_user(user) + "@" if user else ""
        return f"<sip:{name}{flow.local}{transport}>"

    def _text(self, host: str) -> str:
        return f"[{host}]:{self._port}" if ":" in host else f"{host}:{self._port}"

    def _address_towards(self, peer: str) -> str:
        """Asks the system's routes; nothing is sent."""
        family = socket.AF_INET6 if ":" in peer else socket.AF_INET
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((peer, 9))
                return str(probe.getsockname()[0])
        except OSError:
            return "::1" if family == socket.AF_INET6 else "127.0.0.1"
