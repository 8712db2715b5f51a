"""Asks customers' servers, and is hurt by none of them: each request ends in time and bounds, or as `FetchFailed`."""

import msgspec

from ringback.kernel.clock import Clock, within
from ringback.kernel.settings import Fetch
from ringback.web.connect import Connector
from ringback.web.exchange import exchange
from ringback.web.failure import BAD_REDIRECT, NO_CONNECTION, FetchFailed
from ringback.web.fetched import Fetched
from ringback.web.pool import Pool
from ringback.web.private import Border
from ringback.web.question import Form, Into, Limit, Question

__all__ = ["FetchFailed", "Fetched", "Fetcher", "Form", "Limit"]


class Fetcher:
    """One pool of connections for everything that is asked; `start` before the first `fetch`."""

    def __init__(self, settings: Fetch, private_allowed: bool, clock: Clock, user_agent: str) -> None:
        self._settings = settings
        self._clock = clock
        self._user_agent = user_agent
        self._border = Border(private_allowed, settings.private)
        self._pool: Pool | None = None

    async def start(self) -> None:
        self._pool = Pool(Connector(self._border, self._clock), self._clock)

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.close()

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
        return msgspec.structs.replace(answer, ms=round((self._clock.now() - begun) * 1000))

    async def _follow(self, question: Question) -> Fetched:
        assert self._pool is not None, "the fetcher was not started"
        asked = {question.identity}
        while True:
            answer = await exchange(self._pool, self._user_agent, question)
            following = question.after(answer, self._settings.max_redirects)
            if following is None:
                return msgspec.structs.replace(answer, url=question.url, redirects=question.passed)
            if following.identity in asked:
                raise FetchFailed(BAD_REDIRECT, question.url, f"redirects in a circle, to {following.url} again")
            asked.add(following.identity)
            question = following
