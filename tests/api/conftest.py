"""What tests of the API stand on: the real HTTP application on a real socket, over a real SQLite database.

The house here has a store, a clock, a bus and settings, and neither telephones nor sound: what needs those is tested in
`tests/stories` with the whole server.
"""

import asyncio
import base64
import contextlib
import inspect
import json
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import aiohttp
import pytest
import pytest_asyncio
import uvicorn
from lxml import etree
from yarl import URL

from ringback.api.authentication import md5
from ringback.api.server import build_api
from ringback.calls.live import LiveCalls
from ringback.calls.notes import Notes
from ringback.flows.house import House
from ringback.kernel.bus import Bus
from ringback.kernel.clock import Clock, SystemClock
from ringback.kernel.settings import Http, Settings
from ringback.kernel.sid import new_sid
from ringback.kernel.tasks import Tasks
from ringback.store.accounts import AccountRecord
from ringback.store.files import Files
from ringback.store.opening import open_database, start_database
from ringback.store.store import ADMINISTRATOR_SID, Store
from tests.store.postgresql import IS_WANTED, shared

TOKEN = "77f8c12cc7b8f8423e5c38b035249166"
EMAIL = "administrator@company.com"
LONG_AGO = datetime(2012, 4, 24, 6, tzinfo=UTC)


_ONE_LOOP = pytest.mark.asyncio(loop_scope="module")


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Said before pytest-asyncio chooses loops, or each test would have a loop, and a server, of its own."""
    if metafunc.definition.path.parent == Path(__file__).parent and inspect.iscoroutinefunction(metafunc.function):
        metafunc.definition.add_marker(_ONE_LOOP, append=False)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The server lives as long as a module's tests; they share its event loop."""
    for item in items:
        if item.path.parent == Path(__file__).parent and pytest_asyncio.is_async_test(item):
            item.add_marker(_ONE_LOOP, append=False)


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        assert self.headers["Content-Type"] == "application/json", self.body
        return json.loads(self.body)

    @property
    def xml(self) -> Any:
        """The root element, which is well-formed or the test fails."""
        assert self.headers["Content-Type"] == "application/xml", self.body
        root = etree.fromstring(self.body, etree.XMLParser(resolve_entities=False, remove_blank_text=True))
        assert root.tag == "RestcommResponse"
        return root

    @property
    def one(self) -> Any:
        """The only child of the root."""
        (child,) = self.xml
        return child


def basic(name: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()


class Api:
    """A program that uses the API, as one account."""

    def __init__(self, base: str, session: aiohttp.ClientSession, name: str = ADMINISTRATOR_SID, secret: str = TOKEN):
        self.base = base
        self.name = name
        self._session = session
        self.headers = {"Authorization": basic(name, secret)} if name else {}
        self.account = f"/restcomm/2012-04-24/Accounts/{name}"

    def login(self, name: str, secret: str) -> "Api":
        return Api(self.base, self._session, name, secret)

    async def ask(
        self,
        method: str,
        path: str,
        form: Mapping[str, str] | str | bytes | AsyncIterator[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """``path`` below the account, or from the root when it begins with ``/``."""
        url = URL(self.base + (path if path.startswith("/") else f"{self.account}/{path}"), encoded=True)
        data: Any = dict(form) if isinstance(form, Mapping) else form
        typed = {"Content-Type": "application/x-www-form-urlencoded"} if isinstance(form, str | bytes) else {}
        async with self._session.request(
            method, url, data=data, headers={**self.headers, **typed, **(headers or {})}, allow_redirects=False
        ) as response:
            return Reply(response.status, response.headers, await response.read())

    async def get(self, path: str, **headers: str) -> Reply:
        return await self.ask("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    async def post(self, path: str, form: Mapping[str, str] | str | bytes | None = None) -> Reply:
        return await self.ask("POST", path, form if form is not None else "")

    async def put(self, path: str, form: Mapping[str, str] | str) -> Reply:
        return await self.ask("PUT", path, form)

    async def delete(self, path: str) -> Reply:
        return await self.ask("DELETE", path)


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@pytest.fixture(scope="module")
def settings() -> Settings:
    return settings_with()


def settings_with(**more: Any) -> Settings:
    """Those of a test, on SQLite or, where it is asked for, PostgreSQL."""
    url = shared().migrated() if IS_WANTED else ""
    return Settings(http=Http(max_body=100_000), database_url=url, **more)


@pytest.fixture(scope="module")
def clock() -> Clock:
    return SystemClock()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory, settings: Settings, clock: Clock) -> AsyncIterator[House]:
    files = Files(tmp_path_factory.mktemp("api"))
    files.make()
    database = await open_database(settings, files, clock)
    await start_database(database)
    store = Store(database, files, cast(Any, None), new_sid("ID"))
    administrator = AccountRecord(
        sid=ADMINISTRATOR_SID,
        date_created=LONG_AGO,
        date_updated=LONG_AGO,
        email_address=EMAIL,
        friendly_name="Default Administrator Account",
        auth_token=TOKEN,
    )
    await store.accounts.insert(administrator)
    made = House.__new__(House)
    made.settings, made.clock, made.bus, made.store = settings, clock, Bus(), store
    made.tasks, made.notes, made.live, made.started_at = Tasks(), Notes(store, clock), LiveCalls(), clock.utc()
    made.draining = False
    yield made
    await made.tasks.close()
    await database.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def base(house: House) -> AsyncIterator[str]:
    """Where the API is reached."""
    # with its protocol named, or asyncio does not set TCP_NODELAY and each answer waits 40 ms
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(build_api(house), log_config=None, access_log=False, lifespan="off", server_header=False)
    server = _Server(config)
    serving = asyncio.create_task(server.serve([listener]))
    while not (server.started or serving.done()):  # noqa: ASYNC110 (uvicorn offers no event)
        await asyncio.sleep(0.005)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    await serving
    listener.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(base: str) -> AsyncIterator[Api]:
    """The administrator."""
    async with aiohttp.ClientSession() as session:
        yield Api(base, session)


@pytest_asyncio.fixture(loop_scope="module")
async def other(api: Api, house: House) -> Api:
    """A fresh sub-account of the administrator, with an Administrator's role."""
    return await sub_account(api, house, ADMINISTRATOR_SID)


async def sub_account(api: Api, house: House, parent: str, role: str = "Administrator", status: str = "active") -> Api:
    sid = new_sid("AC")
    now = house.clock.utc()
    await house.store.accounts.insert(
        AccountRecord(
            sid=sid,
            date_created=now,
            date_updated=now,
            email_address=f"{sid.lower()}@example.com",
            friendly_name="Somebody",
            parent_sid=parent,
            role=role,
            status=status,
            auth_token=md5("secret"),
        )
    )
    return api.login(sid, "secret")
