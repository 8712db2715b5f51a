"""A customer's web server for tests: a real one, on a free loopback port, that answers as the test says."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from ringback.testing.answers import Answer, Document, Endless, Never, Rubbish, WrongLength, octets
from ringback.testing.failure import NotAsExpected


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that the server got."""

    method: str
    path: str
    query: Mapping[str, str]
    form: Mapping[str, str]
    headers: Mapping[str, str]  # names as sent; looked up in any case
    order: tuple[str, ...] = ()  # names of the parameters as they came: the query's, then the form's

    def __str__(self) -> str:
        facts = "&".join(f"{name}={value}" for name, value in {**self.query, **self.form}.items())
        return f"{self.method} {self.path} {facts}"


class CustomerServer:
    """``customer.answers("/menu", "<Response>…")``, then ``asked = await customer.is_asked("/menu")``.

    A path that nobody set answers 404. What a path answers may be changed at any time.
    """

    def __init__(self) -> None:
        self.requests: list[Asked] = []
        self.sounds: dict[str, bytes] = {}
        self._answers: dict[str, list[Answer]] = {}
        self._told: Counter[str] = Counter()
        self._news = asyncio.Condition()
        self._closing = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self.port = 0

    @classmethod
    async def start(cls, host: str = "127.0.0.1", port: int = 0) -> CustomerServer:
        """Listens on ``port`` (0: any free one)."""
        server = cls()
        application = web.Application(client_max_size=50_000_000)
        application.router.add_route("*", "/{anything:.*}", server._answer)
        server._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await server._runner.setup()
        site = web.TCPSite(server._runner, host, port)
        await site.start()
        server.host, server.port = server._runner.addresses[0][:2]
        return server

    host = "127.0.0.1"

    async def close(self) -> None:
        """Ends every answer that still runs, and listens no more."""
        self._closing.set()
        if self._runner is not None:
            await self._runner.cleanup()

    def url(self, path: str) -> str:
        """The absolute URL of ``path``."""
        return f"http://{self.host}:{self.port}{path}"

    # what it answers

    def answers(
        self,
        path: str,
        *bodies: str | bytes,
        content_type: str = "text/xml",
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> str:
        """``path`` answers ``bodies`` in turn, the last one for ever; the absolute URL of ``path``."""
        return self._set(path, *(Document(body, content_type, status, headers or {}) for body in bodies or ("",)))

    def sound(self, path: str, wav: bytes, content_type: str = "audio/wav") -> str:
        """``path`` is a sound; a `Phone` that knows this server's `sounds` recognises it by its path."""
        self.sounds[path] = wav
        return self._set(path, Document(wav, content_type, 200, {}))

    def redirects(self, path: str, to: str, status: int = 302) -> str:
        """``path`` sends to ``to``, a path or a URL."""
        return self._set(path, Document("", "text/plain", status, {"Location": to}))

    def hangs(self, path: str) -> str:
        """``path`` takes the request and never answers."""
        return self._set(path, Never())

    def answers_rubbish(self, path: str, rubbish: bytes = b"\x00\xff rubbish \r\n\r\n") -> str:
        """``path`` answers with what is no HTTP, and hangs up."""
        return self._set(path, Rubbish(rubbish))

    def answers_endlessly(self, path: str, piece: bytes = b"<Say>" * 2000, content_type: str = "text/xml") -> str:
        """``path`` sends ``piece`` again and again, until the other end has enough."""
        return self._set(path, Endless(piece, content_type))

    def answers_too_short(self, path: str, body: str | bytes, content_type: str = "text/xml", missing: int = 10) -> str:
        """``path`` announces ``missing`` octets more than it sends, and hangs up."""
        return self._set(path, WrongLength(octets(body), content_type, missing))

    def _set(self, path: str, *answers: Answer) -> str:
        self._answers[path] = list(answers)
        return self.url(path)

    # what it was asked

    async def is_asked(self, path: str, *, within: float = 10.0) -> Asked:
        """The next request for ``path`` that was not handed out yet; waits at most ``within`` seconds for it."""
        wanted = self._told[path]
        self._told[path] += 1

        def found() -> bool:
            return len(self.all_asked(path)) > wanted

        async with self._news:
            try:
                await asyncio.wait_for(self._news.wait_for(found), within)
            except TimeoutError:
                raise NotAsExpected(f"{path} was not asked within {within:g} s.\n{self}") from None
        return self.all_asked(path)[wanted]

    def all_asked(self, path: str) -> list[Asked]:
        """Every request for ``path`` so far."""
        return [asked for asked in self.requests if asked.path == path]

    def __str__(self) -> str:
        if not self.requests:
            return "Nothing was asked at all."
        return "Asked so far:\n" + "\n".join(f"  {asked}" for asked in self.requests)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        form = await request.post() if request.method == "POST" else {}
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        order = (*request.query, *fields)
        asked = Asked(request.method, request.path, dict(request.query), fields, request.headers, order)
        async with self._news:
            self.requests.append(asked)
            self._news.notify_all()
        answers = self._answers.get(request.path)
        if answers is None:
            return web.Response(status=404, text=f"the test set no answer for {request.path}")
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return await answer.send(request, self._closing)
