"""Names to addresses: the system's resolver, in threads of its own, so that a hanging one delays nothing else.

A customer whose name server hangs must not take all threads: names of one domain are asked a few at a time.
"""

import asyncio
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from weakref import WeakValueDictionary

from aiohappyeyeballs import AddrInfoType

from ringback.web.private import Border

_THREADS = 64
#: questions at once about names that end in the same two labels, and questions that may wait for their turn
_AT_ONCE, _MOST_WAITING = 8, 256


class _Domain:
    """The turns of the questions about one domain."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0

    async def take_turn(self) -> None:
        """Raises OSError when too many wait."""
        if self._waiting >= _MOST_WAITING:
            raise socket.gaierror(socket.EAI_AGAIN, "too many names of one domain are asked for")
        self._waiting += 1
        try:
            await self._turns.acquire()
        finally:
            self._waiting -= 1

    def give_back(self, asked: "asyncio.Future[Any]") -> None:
        self._turns.release()
        _ = asked.cancelled() or asked.exception()  # whoever asked may have gone


class Resolver:
    """Tells the border what the listed names stand for."""

    def __init__(self, border: Border) -> None:
        self._border = border
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="names")
        self._domains: WeakValueDictionary[str, _Domain] = WeakValueDictionary()

    async def resolve(self, host: str, port: int) -> Sequence[AddrInfoType]:
        """What `socket.getaddrinfo` says. Raises OSError when ``host`` does not resolve."""
        domain = self._domains.setdefault(".".join(host.lower().rstrip(".").split(".")[-2:]), _Domain())
        await domain.take_turn()
        asking = asyncio.get_running_loop().run_in_executor(
            self._threads, socket.getaddrinfo, host, port, socket.AF_UNSPEC, socket.SOCK_STREAM
        )
        asking.add_done_callback(domain.give_back)
        try:
            found = await asyncio.shield(asking)  # its thread is busy until the system answers, whoever still waits
        except UnicodeError as error:
            raise socket.gaierror(socket.EAI_NONAME, f"no name: {error}") from error
        self._border.vouch(host, (str(endpoint[0]) for *_, endpoint in found))
        return found

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
