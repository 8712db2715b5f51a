"""Makes connections: the name becomes addresses, each is judged, the first that answers is taken (RFC 8305)."""

import asyncio
import ipaddress
import socket
import ssl

from aiohappyeyeballs import AddrInfoType, start_connection

from ringback.kernel.clock import Clock, within
from ringback.web.connection import Connection
from ringback.web.private import Border
from ringback.web.resolver import Resolver
from ringback.web.url import Origin

#: seconds for one connection to be made, TLS aside
CONNECT_TIMEOUT = 5.0
#: seconds after which the next address is tried beside the one before
_NEXT_ADDRESS = 0.25


class ConnectTimeout(OSError):
    """No address took a connection in time."""


class Connector:
    """``border`` says which addresses may be asked."""

    def __init__(self, border: Border, clock: Clock) -> None:
        self._border = border
        self._clock = clock
        self._resolver = Resolver(border)
        self._tls = ssl.create_default_context()
        self._tls.set_alpn_protocols(["http/1.1"])

    async def connect(self, origin: Origin) -> Connection:
        """A new connection to ``origin``. Raises OSError (`socket.gaierror`, `PrivateTarget`, `ConnectTimeout`, …)."""
        addresses = _written(origin) or await self._resolver.resolve(origin.host, origin.port)
        try:
            async with within(self._clock, CONNECT_TIMEOUT):
                connected = await start_connection(
                    addresses, happy_eyeballs_delay=_NEXT_ADDRESS, interleave=1, socket_factory=self._border.socket
                )
        except TimeoutError as error:
            raise ConnectTimeout from error
        try:
            _, connection = await asyncio.get_running_loop().create_connection(
                lambda: Connection(origin),
                sock=connected,
                ssl=self._tls if origin.secure else None,
                server_hostname=origin.host.rstrip(".") if origin.secure else None,
            )
        except BaseException:
            connected.close()
            raise
        return connection

    async def close(self) -> None:
        await self._resolver.close()


def _written(origin: Origin) -> list[AddrInfoType]:
    """The address that ``origin`` names itself; nothing for a name."""
    try:
        address = ipaddress.ip_address(origin.host)
    except ValueError:
        return []
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    endpoint = (str(address), origin.port) if address.version == 4 else (str(address), origin.port, 0, 0)
    return [(family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", endpoint)]
