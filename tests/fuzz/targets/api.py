"""The REST API: any method, path, query and form is answered, in well-formed JSON or XML, and never with our own fault.

The house is the one of the API's tests, without telephones; it is opened anew from time to time, to stay small.
"""

import asyncio
import base64
import json
import tempfile
from collections.abc import Iterable, MutableMapping
from functools import cache
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

from lxml import etree

from ringback.api.dialect import DIALECTS
from ringback.api.place import Place
from ringback.api.registry import places, resources
from ringback.api.resource import Resource
from ringback.api.server import build_api
from ringback.calls.live import LiveCalls
from ringback.calls.notes import Notes
from ringback.flows.house import House
from ringback.kernel.bus import Bus
from ringback.kernel.clock import SystemClock
from ringback.kernel.settings import Http, Settings
from ringback.kernel.sid import new_sid
from ringback.kernel.tasks import Tasks
from ringback.store.accounts import AccountRecord
from ringback.store.database import Database
from ringback.store.files import Files
from ringback.store.opening import open_database, start_database
from ringback.store.store import ADMINISTRATOR_SID, Store
from tests.fuzz.octets import Octets, piece
from tests.fuzz.target import Target

_TOKEN = "77f8c12cc7b8f8423e5c38b035249166"
_LOGIN = base64.b64encode(f"{ADMINISTRATOR_SID}:{_TOKEN}".encode())
#: requests after which everything begins anew
_EVERY = 2000
#: what needs telephones
_NOT_HERE = {("POST", "Calls"), ("POST", "Logout")}
Scope = MutableMapping[str, Any]
_PARSER = etree.XMLParser(resolve_entities=False)


class _Served:
    """A house with its application; `ask` asks it as a web server would."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._asked = 0
        self._database: Database | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def ask(self, scope: Scope, body: bytes) -> tuple[int, dict[bytes, bytes], bytes]:
        return self._loop.run_until_complete(self._ask(scope, body))

    async def _ask(self, scope: Scope, body: bytes) -> tuple[int, dict[bytes, bytes], bytes]:
        if self._asked % _EVERY == 0:
            await self._open()
        self._asked += 1
        sent: list[Scope] = []

        async def receive() -> Scope:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Scope) -> None:
            sent.append(message)

        await self._app(scope, receive, send)
        head, *rest = sent
        return head["status"], dict(head["headers"]), b"".join(message["body"] for message in rest)

    async def _open(self) -> None:
        if self._database is not None:
            await self._database.close()
        if self._folder is not None:
            self._folder.cleanup()
        self._folder = tempfile.TemporaryDirectory(prefix="ringback-fuzz-")
        files, clock, settings = Files(Path(self._folder.name)), SystemClock(), Settings(http=Http(max_body=20_000))
        files.make()
        self._database = await open_database(settings, files, clock)
        await start_database(self._database)
        store = Store(self._database, files, cast(Any, None), new_sid("ID"))
        await store.accounts.insert(_administrator(clock))
        house = House.__new__(House)
        house.settings, house.clock, house.bus, house.store = settings, clock, Bus(), store
        house.tasks, house.notes, house.live = Tasks(), Notes(store, clock), LiveCalls()
        house.started_at, house.draining = clock.utc(), False
        self._app = build_api(house)


def _administrator(clock: SystemClock) -> AccountRecord:
    return AccountRecord(
        sid=ADMINISTRATOR_SID,
        date_created=clock.utc(),
        date_updated=clock.utc(),
        email_address="administrator@company.com",
        friendly_name="Default Administrator Account",
        auth_token=_TOKEN,
    )


@cache
def _served() -> _Served:
    return _Served()


@cache
def _routes() -> list[tuple[str, str]]:
    """(method, path with placeholders) of all that this house can answer."""
    pages: list[Resource[Any] | Place] = [*resources(), *places()]
    found = {
        (method, dialect.prefixes[0] + "/" + route.path.strip("/"))
        for dialect in DIALECTS
        for page in pages
        for route in page.routes(dialect)
        for method in route.methods
        if "." not in method
    }
    return sorted(pair for pair in found if (pair[0], pair[1].rpartition("/")[2]) not in _NOT_HERE)


def _take(octets: bytes) -> None:
    given = Octets(octets)
    method, template = _routes()[given.number(2) % len(_routes())]
    flags, name, query = given.number(), given.piece().decode("utf-8", "replace"), given.piece()
    path = template.replace("{account}", ADMINISTRATOR_SID)
    path = "/".join(name if part.startswith("{") else part for part in path.split("/"))
    as_json = bool(flags & 1)
    headers = [(b"authorization", b"Basic " + _LOGIN), (b"content-type", b"application/x-www-form-urlencoded")]
    scope: dict[str, Any] = {
        "type": "http",
        "method": method,
        "path": path + ".json" * as_json,
        "raw_path": quote(path).encode(),
        "root_path": "",
        "query_string": query,
        "headers": headers,
        "client": ("127.0.0.1", 40000),
        "http_version": "1.1",
        "scheme": "http",
    }
    status, said, body = _served().ask(scope, given.rest())
    assert status != 500, body
    assert 200 <= status < 600
    assert said.get(b"content-length", b"0") == b"%d" % len(body)
    _check_form(said.get(b"content-type", b""), body)


def _check_form(content_type: bytes, body: bytes) -> None:
    if content_type.startswith(b"application/json"):
        json.loads(body)
    elif content_type.startswith(b"application/xml"):
        etree.fromstring(body, _PARSER)


def _seed(method: str, ending: str, form: bytes, query: bytes = b"", name: bytes = b"CA" + b"0" * 32) -> bytes:
    number = next(place for place, (verb, path) in enumerate(_routes()) if verb == method and path.endswith(ending))
    return number.to_bytes(2, "big") + b"\1" + piece(name) + piece(query) + form


def _seeds() -> Iterable[bytes]:
    yield _seed("POST", "/Clients", b"Login=alice&Password=1234&FriendlyName=A&VoiceUrl=http%3A%2F%2Fe.example%2F")
    yield _seed("POST", "/IncomingPhoneNumbers", b"PhoneNumber=%2B15551234567&VoiceUrl=http%3A%2F%2Fe.example%2F")
    yield _seed("POST", "/Applications", b"FriendlyName=x&ApiVersion=2012-04-24&HasVoiceCallerIdLookup=true")
    yield _seed("POST", "/Accounts", b"FriendlyName=x&EmailAddress=a%40b.example&Password=RestComm1234!")
    yield _seed("POST", "/Gateways", b"FriendlyName=x&UserName=u&Password=p&Proxy=127.0.0.1&Register=true&TTL=3600")
    yield _seed(
        "GET", "/Calls", b"", b"Status=completed&StartTime>=2026-01-01&PageSize=5&Page=1&SortBy=DateCreated:desc"
    )
    yield _seed("GET", "/Notifications", b"", b"MessageDate=2026-01-01&Log=0&ErrorCode=11200&Page=0")
    yield from (place.to_bytes(2, "big") + b"\0\0\0" for place in range(len(_routes())))


TARGET = Target(
    _take,
    _seeds,
    (
        b"PhoneNumber=",
        b"VoiceUrl=",
        b"Page=",
        b"PageSize=",
        b"SortBy=",
        b"=2026-01-01",
        b"%2B1",
        b"FriendlyName=",
        b"Status=",
    ),
    1000,
    dear=4,
)
