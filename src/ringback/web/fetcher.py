"""Asks customers' servers, and is hurt by none of them: each request ends in time and bounds, or as `FetchFailed`."""

from dataclasses import replace

import aiohttp

from ringback.kernel.clock import Clock, within
from ringback.kernel.settings import Fetch
from ringback.web.content import ACCEPTED
from ringback.web.diagnosis import CONNECT_TIMEOUT
from ringback.web.exchange import exchange, noting_reuse
from ringback.web.failure import BAD_REDIRECT, NO_CONNECTION, FetchFailed
from ringback.web.fetched import Fetched
from ringback.web.private import Border
from ringback.web.question import Form, Into, Limit, Question
from ringback.web.resolver import Resolver

__all__ = ["FetchFailed", "Fetched", "Fetcher", "Form", "Limit"]

#: connections to one host; what goes beyond waits, and only for that host
CONNECTIONS_PER_HOST = 128


class Fetcher:
    """One session for everything that is asked; `start` before the first `fetch`."""

    def __init__(self, settings: Fetch, private_allowed: bool, clock: Clock, user_agent: str) -> None:
        self._settings = settings
        self._clock = clock
        self._user_agent = user_agent
        self._border = Border(private_allowed, settings.private)
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0,
                limit_per_host=CONNECTIONS_PER_HOST,
                resolver=Resolver(self._border),
                socket_factory=self._border.socket,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT),
            headers={"User-Agent": self._user_agent, "Accept": "*/*", "Accept-Encoding": ACCEPTED},
            auto_decompress=False,
            trust_env=False,
            trace_configs=[noting_reuse()],
        )

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def open_door(self, host: str, port: int) -> None:
        """Our own server at this address and port may be asked, whatever else is private."""
        self._border.open_door(host, port)

    async def fetch(
        self,
        url: str,
        *,
        method: str = "GET",
        form: Form = (),
        limit: Limit,
        timeout: float | None = None,
        headers: Form = (),
        into: Into = None,
    ) -> Fetched:
        """The answer to one request, whatever its status, after its redirects.

        GET puts ``form`` into the query, after the URL's own; POST into the body. ``timeout``: seconds for all of it
        (None: the setting). ``into``: where the body goes instead of into memory. Raises `FetchFailed`.
        """
        begun = self._clock.now()
        seconds = self._settings.timeout if timeout is None else timeout
        question = Question(url, method.upper(), form, headers, limit, into)
        try:
            async with within(self._clock, seconds):
                answer = await self._follow(question)
        except TimeoutError as error:
            raise FetchFailed(NO_CONNECTION, url, f"did not answer in full within {seconds:g} s") from error
        return replace(answer, ms=round((self._clock.now() - begun) * 1000))

    async def _follow(self, question: Question) -> Fetched:
        assert self._session is not None, "the fetcher was not started"
        asked = {question.identity}
        while True:
            answer = await exchange(self._session, question)
            following = question.after(answer, self._settings.max_redirects)
            if following is None:
                return replace(answer, url=question.url, redirects=question.passed)
            if following.identity in asked:
                raise FetchFailed(BAD_REDIRECT, question.url, f"redirects in a circle, to {following.url} again")
            asked.add(following.identity)
            question = following
