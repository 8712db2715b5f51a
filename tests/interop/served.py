"""A whole server in a thread of its own, so that programs that block (SDKs, curl) can ask it."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
import time
from base64 import b64encode
from collections.abc import Coroutine, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

from tests.conftest import settings_for_tests

if TYPE_CHECKING:
    from ringback.flows.house import House
    from ringback.store.store import Store

ADMINISTRATOR = "ACae6e420f425248d6a26948c17a9e2acf"
TOKEN = "77f8c12cc7b8f8423e5c38b035249166"
EMAIL = "administrator@company.com"
#: seconds that anything done inside the server may take
_PATIENCE = 30
#: seconds that a connection without requests is used again; the server closes one after 75
_KEPT = 60
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; ``content_type`` without parameters."""

    status: int
    content_type: str
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Served:
    """``run`` does something on the server's own event loop; ``host`` and ``port`` are where its API is."""

    host = "127.0.0.1"

    def __init__(self, house: House, loop: asyncio.AbstractEventLoop) -> None:
        self.house = house
        self.port = house.http_port
        self._loop = loop
        self._last_used = 0.0
        self._connection = http.client.HTTPConnection(self.host, self.port, timeout=_PATIENCE)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def store(self) -> Store:
        return self.house.store

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_PATIENCE)

    def ask(
        self,
        method: str,
        path: str,
        form: Mapping[str, str] | None = None,
        who: tuple[str, str] | None = (ADMINISTRATOR, TOKEN),
    ) -> Reply:
        """One request on a connection that is kept."""
        headers = {} if who is None else {"Authorization": "Basic " + b64encode(":".join(who).encode()).decode()}
        body = None if form is None else urlencode(form)
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        if time.monotonic() - self._last_used > _KEPT:
            self._connection.close()
        self._last_used = time.monotonic()
        self._connection.request(method, path, body, headers)
        with self._connection.getresponse() as response:
            kind = response.headers.get("Content-Type", "").partition(";")[0]
            return Reply(response.status, kind, response.read())

    def close(self) -> None:
        self._connection.close()


@contextmanager
def serving(data_dir: Path, **settings: Any) -> Iterator[Served]:
    """A new server with its own data; it stops when the block is left."""
    started: Future[tuple[House, asyncio.AbstractEventLoop]] = Future()
    stop = asyncio.Event()

    async def live() -> None:
        from ringback.app import Ringback

        try:
            server = await Ringback.start(settings_for_tests(data_dir, **settings))
        except BaseException as error:
            started.set_exception(error)
            return
        started.set_result((server.house, asyncio.get_running_loop()))
        await stop.wait()
        await server.stop()

    thread = threading.Thread(target=lambda: asyncio.run(live()), name="ringback", daemon=True)
    thread.start()
    house, loop = started.result(_PATIENCE)
    served = Served(house, loop)
    try:
        yield served
    finally:
        served.close()
        loop.call_soon_threadsafe(stop.set)
        thread.join(_PATIENCE)
