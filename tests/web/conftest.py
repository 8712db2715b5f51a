"""The fetcher that these tests ask with: private targets allowed, since all servers are on loopback."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from ringback.kernel.clock import Clock, SystemClock
from ringback.kernel.settings import Fetch
from ringback.web.fetcher import Fetcher

Opened = Callable[..., Awaitable[Fetcher]]


@pytest.fixture
async def opened() -> AsyncIterator[Opened]:
    """Opens fetchers, which are closed after the test."""
    async with AsyncExitStack() as stack:

        async def open_one(*, allowed: bool = True, clock: Clock | None = None, **settings: object) -> Fetcher:
            fetcher = Fetcher(Fetch.model_validate(settings), allowed, clock or SystemClock(), "Ringback/test")
            await fetcher.start()
            stack.push_async_callback(fetcher.close)
            return fetcher

        yield open_one


@pytest.fixture
async def fetcher(opened: Opened) -> Fetcher:
    return await opened(timeout=3.0)
