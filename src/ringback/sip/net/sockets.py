"""Binds UDP and TCP to one port."""

import errno
import socket

from ringback.kernel.errors import SettingError

_ATTEMPTS = 50


def bind_pair(host: str, port: int) -> tuple[socket.socket, socket.socket]:
    """A UDP and a TCP socket on ``port`` of ``host``; port 0: any one that is free for both.

    Raises `SettingError` that names what is taken.
    """
    for _ in range(_ATTEMPTS):
        udp = _bound(host, port, socket.SOCK_DGRAM)
        try:
            tcp = _bound(host, udp.getsockname()[1], socket.SOCK_STREAM)
        except SettingError:
            udp.close()
            if port:
                raise
            continue
        return udp, tcp
    raise SettingError(f"sip.port = 0: no port of {host} is free for both UDP and TCP")


def _bound(host: str, port: int, kind: socket.SocketKind) -> socket.socket:
    name = "UDP" if kind == socket.SOCK_DGRAM else "TCP"
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=kind, flags=socket.AI_PASSIVE)[0]
    except OSError as error:
        raise SettingError(f"sip.host = {host!r}: not an address of this machine ({error})") from error
    made = socket.socket(family, kind)
    try:
        if kind == socket.SOCK_STREAM:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        else:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * 1024 * 1024)
        made.bind(address)
    except OSError as error:
        made.close()
        raise SettingError(_fault(host, port, name, error)) from error
    return made


def _fault(host: str, port: int, name: str, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"sip.port = {port}: {name} port {port} of {host} is taken by another program; choose another sip.port"
    if error.errno == errno.EACCES:
        return f"sip.port = {port}: this user may not open {name} port {port}; choose one above 1023"
    return f"sip.host = {host!r}, sip.port = {port}: {name} cannot be opened ({error.strerror})"
