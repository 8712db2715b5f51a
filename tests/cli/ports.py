"""Ports that are taken, for a server to find."""

import random
import socket


def take_an_even_port(holder: socket.socket) -> int:
    """Binds ``holder`` to a free even port of loopback; the port."""
    while True:
        port = random.randrange(10_000, 30_000, 2)
        try:
            holder.bind(("127.0.0.1", port))
        except OSError:
            continue
        return port
