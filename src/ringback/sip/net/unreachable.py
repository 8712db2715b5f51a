"""What the network says of datagrams that could not be delivered: ICMP errors, read from a socket's error queue.

Linux keeps them for each socket that wants them (IP_RECVERR, ip(7)), each with the address that the datagram was sent
to. Elsewhere nothing is heard, and what is not answered is found out by the time it takes (timers B and F).
"""

import errno
import select
import socket
import struct
import sys
from collections.abc import Iterator

_IP_RECVERR, _IPV6_RECVERR = 11, 25
#: struct sock_extended_err: errno, origin, ICMP type, ICMP code, padding, info, data
_EXTENDED = struct.Struct("=IBBBBII")
#: enough for that and the address of who told it
_ANCILLARY = 512
#: what ends an attempt (RFC 3261 §18.4): host, network, port or protocol unreachable, a parameter problem
_HARD = frozenset((errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENOPROTOOPT, errno.EPROTO))
#: ICMP and ICMPv6 say "time exceeded" by these (RFC 792, RFC 4443 §3.3), which §18.4 ignores: (origin, type)
_TIME_EXCEEDED = frozenset(((2, 11), (3, 3)))
#: errors taken at once, so that others get their turn
_BATCH = 64


def want_errors(bound: socket.socket) -> bool:
    """Asks for the errors of what ``bound`` sends; whether the system has such a thing."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        if bound.family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVERR, 1)
        else:
            bound.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 1)
    except OSError:
        return False
    return True


def take_errors(bound: socket.socket) -> Iterator[tuple[str, int]]:
    """The addresses, host and port, that datagrams of ``bound`` did not reach, since it was asked last."""
    for _ in range(_BATCH):
        try:
            _, ancillary, _, address = bound.recvmsg(0, _ANCILLARY, socket.MSG_ERRQUEUE)
        except OSError:
            return
        if address and any(_is_hard(level, kind, data) for level, kind, data in ancillary):
            yield address[0], address[1]


def _is_hard(level: int, kind: int, data: bytes) -> bool:
    if (level, kind) not in ((socket.IPPROTO_IP, _IP_RECVERR), (socket.IPPROTO_IPV6, _IPV6_RECVERR)):
        return False
    if len(data) < _EXTENDED.size:
        return False
    number, origin, icmp_type, *_ = _EXTENDED.unpack_from(data)
    return number in _HARD and (origin, icmp_type) not in _TIME_EXCEEDED


class Doorbell:
    """Rings, as a descriptor that can be read, when a datagram or an error waits at a socket.

    An event loop that watched the socket itself would take a waiting error for the end of it (libuv does).
    """

    def __init__(self, bound: socket.socket) -> None:
        self._inner = select.epoll()
        self._inner.register(bound.fileno(), select.EPOLLIN)

    def fileno(self) -> int:
        return self._inner.fileno()

    def close(self) -> None:
        self._inner.close()
