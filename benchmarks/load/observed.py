"""The whole server, with a window into it: for each line on its input it says in one of JSON what it holds.

    python benchmarks/load/observed.py [--set NAME=VALUE …]

Before it looks, garbage is collected, SQLite gives back its page caches (8 MB a connection at most), and the C library
what it keeps of freed memory: what is left is held by somebody.
"""

import asyncio
import contextlib
import ctypes
import gc
import json
import sys
from typing import Any

import uvloop

from ringback.app import Ringback
from ringback.flows.house import House
from ringback.kernel import collector
from ringback.kernel.config import load_settings
from ringback.kernel.log import set_up_logs
from ringback.store.connection import Connection
from ringback.store.database import Database


def settings_of(words: list[str]) -> dict[str, Any]:
    """From ``--set NAME=VALUE`` again and again."""
    return dict(word.split("=", 1) for word in words if word != "--set")


def holds(house: House) -> dict[str, int]:
    """How many of everything that a call makes there are, and must not stay."""
    stack = house.sip.stack
    return {
        "tasks": len(asyncio.all_tasks()),
        "calls": len(house.live),
        "SIP calls": house.sip.calls,
        "dialogs": len(stack.dialogs),
        "server transactions": len(stack.server_transactions),
        "client transactions": len(stack.client_transactions),
        "SIP timers": len(stack.timers),
        "half-open INVITEs": len(stack.half_open),
        "streams": house.media.streams,
        "changes not committed": house.store.database.waiting,
    }


def give_back(database: Database) -> None:
    """Page caches and freed memory."""
    gc.collect()
    for connection in connections(database):
        connection._raw.execute("PRAGMA shrink_memory").fetchall()  # a cursor of its own: the writer may use the other
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def connections(database: Database) -> list[Connection]:
    readers = database._readers
    idle = [readers._idle.get() for _ in range(readers._count)]
    for connection in idle:
        readers._idle.put(connection)
    committer = database._committer
    found = [database._point, committer._connection if committer else None, *idle]
    return [connection for connection in found if connection is not None]


async def serve(words: list[str]) -> None:
    settings = load_settings(environment={}, options=settings_of(words))
    set_up_logs("warning", False)
    server = await Ringback.start(settings)
    collector.settle()
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.readline():
        give_back(server.house.store.database)
        print(json.dumps(holds(server.house)), flush=True)
    await server.drain()
    await server.stop()


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1:]))
