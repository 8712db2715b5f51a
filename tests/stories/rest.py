"""A program that uses the REST API as the documented curl lines do: Basic authentication, forms, JSON or XML."""

import asyncio
import base64
import json
from dataclasses import dataclass
from typing import Any

import aiohttp

from ringback.testing import NotAsExpected

ADMINISTRATOR = "ACae6e420f425248d6a26948c17a9e2acf"
TOKEN = "77f8c12cc7b8f8423e5c38b035249166"
FINAL = {"completed", "failed", "busy", "no-answer", "canceled"}


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of the API."""

    status: int
    content_type: str
    text: str
    #: seconds, as they were written
    retry_after: str | None = None

    @property
    def json(self) -> Any:
        return json.loads(self.text)


class Rest:
    """Paths are relative to the account: ``await api.post("Calls.json", From=…, To=…, Url=…)``."""

    def __init__(self, url: str, sid: str = ADMINISTRATOR, token: str = TOKEN) -> None:
        self.url = url
        self.account = f"/restcomm/2012-04-24/Accounts/{sid}/"
        proof = base64.b64encode(f"{sid}:{token}".encode()).decode()
        each_its_own = aiohttp.TCPConnector(force_close=True)
        self._session = aiohttp.ClientSession(headers={"Authorization": f"Basic {proof}"}, connector=each_its_own)

    async def close(self) -> None:
        await self._session.close()

    async def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> Reply:
        """Whatever is answered."""
        url = self.url + (path if path.startswith("/") else self.account + path)
        async with self._session.request(method, url, data=form) as answer:
            return Reply(answer.status, answer.content_type, await answer.text(), answer.headers.get("Retry-After"))

    async def ask_octets(self, path: str) -> bytes:
        """The octets at ``path``, which must be there."""
        async with self._session.get(self.url + path) as answer:
            answer.raise_for_status()
            return await answer.read()

    async def get(self, path: str) -> Any:
        """The JSON of ``path``, which must be there."""
        return self._good(await self.ask("GET", path)).json

    async def post(self, path: str, **form: str) -> Any:
        """The JSON that a form brings, which must be taken. ``From_`` is ``From``."""
        return self._good(await self.ask("POST", path, {name.rstrip("_"): value for name, value in form.items()})).json

    async def calls(self, to: str, url: str, **form: str) -> str:
        """Places a call; its SID."""
        placed = await self.post("Calls.json", **{"From": "+16175551212", "To": to, "Url": url, **form})
        return str(placed["sid"])

    async def call(self, sid: str) -> Any:
        """The call's record."""
        return await self.get(f"Calls/{sid}.json")

    async def call_is(self, sid: str, *statuses: str, within: float = 5.0) -> Any:
        """The call's record as soon as its status is one of ``statuses`` (none given: a final one)."""
        wanted = set(statuses) or FINAL
        deadline = asyncio.get_running_loop().time() + within
        while True:
            record = await self.call(sid)
            if record["status"] in wanted:
                return record
            if record["status"] in FINAL or asyncio.get_running_loop().time() > deadline:
                raise NotAsExpected(f"the call should be {' or '.join(sorted(wanted))}: {json.dumps(record, indent=1)}")
            await asyncio.sleep(0.03)

    @staticmethod
    def _good(reply: Reply) -> Reply:
        if reply.status not in (200, 201):
            raise NotAsExpected(f"the API answered {reply.status}: {reply.text}")
        return reply
