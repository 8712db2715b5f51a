"""Names to addresses: the system's resolver, in threads of its own, so that a hanging one delays nothing else."""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor

from aiohttp.abc import AbstractResolver, ResolveResult

from ringback.web.private import Border

_THREADS = 16


class Resolver(AbstractResolver):
    """Tells the border what the listed names stand for."""

    def __init__(self, border: Border) -> None:
        self._border = border
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Raises OSError when ``host`` does not resolve."""
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(
                self._threads, socket.getaddrinfo, host, port, family, socket.SOCK_STREAM
            )
        except UnicodeError as error:
            raise socket.gaierror(socket.EAI_NONAME, f"no name: {error}") from error
        self._border.vouch(host, (str(endpoint[0]) for *_, endpoint in found))
        return [
            ResolveResult(
                hostname=host,
                host=str(endpoint[0]),
                port=port,
                family=kind,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, _, protocol, _, endpoint in found
        ]

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
