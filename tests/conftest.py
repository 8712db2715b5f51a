"""What stories stand on: a whole server, telephones, a customer's web server, a program that uses the REST API.

The server and the telephones' media engine start once a test process and are shared: each story makes its own clients
and numbers, and speaks to its own customer. All of them run on one event loop, so the tests that use them do too.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import itertools
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
import pytest_asyncio

if TYPE_CHECKING:
    from ringback.app import Ringback
    from ringback.kernel.config import Settings
    from ringback.media.engine import Engine
    from ringback.testing import CustomerServer, Phone
    from tests.stories.rest import Rest

hypothesis.settings.register_profile("whatever time it takes", deadline=None)
hypothesis.settings.load_profile("whatever time it takes")
ON_ONE_LOOP = ("stories", "testing")
_numbers = itertools.count(1)

MakePhone = Callable[..., Awaitable["Phone"]]
MakeNumber = Callable[..., Awaitable[str]]
MakeClient = Callable[..., Awaitable[str]]


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> Mapping[str, Callable[[], Any]]:
    """The server runs on uvloop, and so do the tests."""
    import uvloop

    return {"uvloop": uvloop.new_event_loop}


_ONE_LOOP = pytest.mark.asyncio(loop_scope="session")


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Said before pytest-asyncio chooses loops, or each story would have a loop, and a server, of its own."""
    if _shares_a_loop(metafunc.definition) and inspect.iscoroutinefunction(metafunc.function):
        metafunc.definition.add_marker(_ONE_LOOP, append=False)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Stories share the event loop of their server, and what waits for ever fails."""
    for item in items:
        if not pytest_asyncio.is_async_test(item):
            continue
        if _shares_a_loop(item):
            item.add_marker(_ONE_LOOP, append=False)
        if isinstance(item, pytest.Function) and not hasattr(item.obj, "hypothesis"):
            marker = item.get_closest_marker("timeout")
            seconds = float(marker.args[0] if marker is not None else item.config.getini("timeout"))
            item.obj = _limited(item.obj, 0.9 * seconds)


def _limited(test: Callable[..., Awaitable[None]], seconds: float) -> Callable[..., Awaitable[None]]:
    """The alarm of pytest-timeout is heard by nobody while uvloop waits."""

    @functools.wraps(test)
    async def limited(*args: Any, **options: Any) -> None:
        async with asyncio.timeout(seconds):
            await test(*args, **options)

    return limited


def _shares_a_loop(item: pytest.Item) -> bool:
    here = Path(__file__).parent
    return item.path.is_relative_to(here) and item.path.relative_to(here).parts[0] in ON_ONE_LOOP


def settings_for_tests(data_dir: Path, **changes: Any) -> Settings:
    """Everything on free loopback ports; one media worker; impatient with customers' servers."""
    from ringback.kernel.config import load_settings
    from tests.store.postgresql import wanted_database

    options: dict[str, Any] = {
        "database_url": wanted_database(),
        "http.port": 0,
        "sip.port": 0,
        "media.first_port": 0,
        "media.ports": 16,
        "media.workers": 1,
        "fetch.timeout": 2.0,
        "data_dir": str(data_dir),
        **changes,
    }
    return load_settings(environment={}, options=options)


def pytest_unconfigure() -> None:
    """Where tests ran on PostgreSQL, it stops with them."""
    if (postgresql := sys.modules.get("tests.store.postgresql")) is not None:
        postgresql.stop_shared()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def ringback(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ringback]:
    """The whole server."""
    from ringback.app import Ringback

    server = await Ringback.start(settings_for_tests(tmp_path_factory.mktemp("ringback")))
    yield server
    await server.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def engine() -> AsyncIterator[Engine]:
    """The telephones' media engine."""
    from ringback.media.engine import Engine

    engine = await Engine.start(host="127.0.0.1", first_port=0, ports=16, workers=1)
    yield engine
    await engine.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def customer() -> AsyncIterator[CustomerServer]:
    """A customer's web server."""
    from ringback.testing import CustomerServer

    server = await CustomerServer.start()
    yield server
    await server.close()


@pytest_asyncio.fixture(loop_scope="session")
async def new_phone(ringback: Ringback, engine: Engine, customer: CustomerServer) -> AsyncIterator[MakePhone]:
    """Makes telephones that know the server and the customer's sounds."""
    from ringback.testing import Phone

    phones: list[Phone] = []

    async def make(**options: Any) -> Phone:
        server = f"{ringback.house.sip.host}:{ringback.house.sip.port}"
        phone = await Phone.start(engine, **{"server": server, "sounds": customer.sounds, **options})
        phones.append(phone)
        return phone

    yield make
    for phone in phones:
        await phone.close()


@pytest_asyncio.fixture(loop_scope="session")
async def phone(new_phone: MakePhone) -> Phone:
    """One telephone, not registered."""
    return await new_phone()


@pytest_asyncio.fixture(loop_scope="session")
async def api(ringback: Ringback) -> AsyncIterator[Rest]:
    """The REST API, asked as the administrator."""
    from tests.stories.rest import Rest

    rest = Rest(ringback.house.own_url)
    yield rest
    await rest.close()


@pytest_asyncio.fixture(loop_scope="session")
async def new_client(api: Rest) -> MakeClient:
    """Makes clients with a login that nobody else has."""

    async def make(password: str = "1234", **fields: str) -> str:
        login = f"client{next(_numbers)}"
        await api.post("Clients.json", Login=login, Password=password, **fields)
        return login

    return make


@pytest_asyncio.fixture(loop_scope="session")
async def new_number(api: Rest) -> MakeNumber:
    """Makes phone numbers that nobody else has, bound to a document."""

    async def make(url: str, **fields: str) -> str:
        number = f"+1555{next(_numbers):07d}"
        await api.post("IncomingPhoneNumbers.json", PhoneNumber=number, VoiceUrl=url, **fields)
        return number

    return make
