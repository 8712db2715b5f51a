"""Asks customers' servers, and is hurt by none of them: each request ends in time and bounds, or as `FetchFailed`."""

import asyncio
import os
import socket
import ssl
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any, BinaryIO, Literal
from urllib.parse import urlencode

import aiohttp
from yarl import URL

from ringback.kernel.clock import Clock, within
from ringback.kernel.settings import Fetch
from ringback.web.content import ACCEPTED, BadContent, decoder_for
from ringback.web.failure import (
    BAD_HOST,
    BAD_PROTOCOL,
    BAD_REDIRECT,
    BAD_TLS,
    BAD_URL,
    NO_CONNECTION,
    NOT_RETRIEVED,
    TOO_LARGE,
    FetchFailed,
)
from ringback.web.fetched import Fetched, media_type
from ringback.web.private import Border, PrivateTarget
from ringback.web.resolver import Resolver
from ringback.web.url import Target, resolve, with_query

__all__ = ["FetchFailed", "Fetched", "Fetcher", "Form", "Limit"]

Form = Sequence[tuple[str, str]]
#: most octets of a body, decompressed; or what says so for each content type
Limit = int | Callable[[str], int]
#: seconds for one connection to be made, TLS aside
CONNECT_TIMEOUT = 5.0
#: connections to one host; what goes beyond waits, and only for that host
CONNECTIONS_PER_HOST = 128
_SPOOL = 1_048_576
#: what becomes of the method (RFC 9110 §15.4; 301 and 302 keep it here, as the original did)
_KEEPS_METHOD = {301: True, 302: True, 303: False, 307: True, 308: True}


@dataclass(frozen=True, slots=True)
class _Question:
    """One request on its way: what is asked next, and how it came to that."""

    url: str
    method: str
    form: Form
    headers: Form
    limit: Limit
    into: BinaryIO | None
    passed: tuple[str, ...] = ()

    @property
    def on_the_wire(self) -> str:
        return with_query(self.url, self.form) if self.method == "GET" else self.url

    @property
    def identity(self) -> tuple[str, str]:
        return self.method, self.on_the_wire


class Fetcher:
    """One session for everything that is asked; `start` before the first `fetch`."""

    def __init__(self, settings: Fetch, private_allowed: bool, clock: Clock, user_agent: str) -> None:
        self._settings = settings
        self._clock = clock
        self._user_agent = user_agent
        self._border = Border(private_allowed, settings.private)
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        reuse = aiohttp.TraceConfig()
        reuse.on_connection_reuseconn.append(_note_reuse)
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
            trace_configs=[reuse],
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
        method: Literal["GET", "POST"] | str = "GET",
        form: Form = (),
        limit: Limit,
        timeout: float | None = None,
        headers: Form = (),
        into: BinaryIO | None = None,
    ) -> Fetched:
        """The answer to one request, whatever its status, after its redirects.

        GET puts ``form`` into the query, after the URL's own; POST into the body. ``timeout``: seconds for all of it
        (None: the setting). ``into``: the body goes there instead of into memory. Raises `FetchFailed`.
        """
        begun = self._clock.now()
        seconds = self._settings.timeout if timeout is None else timeout
        question = _Question(url, method.upper(), form, headers, limit, into)
        try:
            async with within(self._clock, seconds):
                answer = await self._follow(question)
        except TimeoutError as error:
            raise FetchFailed(NO_CONNECTION, url, f"did not answer in full within {seconds:g} s") from error
        return replace(answer, ms=round((self._clock.now() - begun) * 1000))

    async def _follow(self, question: _Question) -> Fetched:
        asked = {question.identity}
        while True:
            answer = await self._ask_again_when_cut(question)
            following = self._redirected(question, answer)
            if following is None:
                return replace(answer, url=question.url, redirects=question.passed)
            if following.identity in asked:
                raise FetchFailed(BAD_REDIRECT, question.url, f"redirects in a circle, to {following.url} again")
            asked.add(following.identity)
            question = following

    def _redirected(self, question: _Question, answer: Fetched) -> _Question | None:
        """What is to be asked next; None when ``answer`` is the last."""
        location = answer.header("Location")
        if answer.status not in _KEEPS_METHOD or not location:
            return None
        if len(question.passed) >= self._settings.max_redirects:
            first = question.passed[0] if question.passed else question.url
            raise FetchFailed(BAD_REDIRECT, first, f"redirects more than {self._settings.max_redirects} times")
        try:
            url = resolve(question.url, location.strip())
        except FetchFailed as failure:
            raise FetchFailed(
                BAD_REDIRECT, question.url, f"redirects to {location!r}, which {failure.why}"
            ) from failure
        again = question.method == "POST" and _KEEPS_METHOD[answer.status]
        return replace(
            question,
            url=url,
            method="POST" if again else "GET",
            form=question.form if again else (),
            passed=(*question.passed, question.url),
        )

    async def _ask_again_when_cut(self, question: _Question) -> Fetched:
        """A kept connection that the server closed just when we asked says nothing: asked once more, on another."""
        note = SimpleNamespace(reused=False)
        try:
            return await self._ask(question, note)
        except FetchFailed as failure:
            cut = isinstance(failure.__cause__, aiohttp.ServerDisconnectedError | ConnectionError)
            if not (note.reused and cut):
                raise
        return await self._ask(question, SimpleNamespace())

    async def _ask(self, question: _Question, note: SimpleNamespace) -> Fetched:
        if question.method not in ("GET", "POST"):
            raise FetchFailed(BAD_PROTOCOL, question.url, f"cannot be asked with {question.method}: GET or POST it is")
        target = Target.parse(question.on_the_wire)
        assert self._session is not None, "the fetcher was not started"
        posted = urlencode(question.form).encode("ascii") if question.method == "POST" else None
        headers = dict(question.headers)
        if target.login is not None:
            headers["Authorization"] = "Basic " + b64encode(":".join(target.login).encode()).decode("ascii")
        if posted is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
        try:
            async with self._session.request(
                question.method,
                URL(target.url, encoded=True),
                data=posted,
                headers=headers,
                allow_redirects=False,
                trace_request_ctx=note,
            ) as response:
                try:
                    return await _read(question, response)
                finally:
                    if not response.content.is_eof():
                        response.close()
        except FetchFailed:
            raise
        except PrivateTarget as error:
            raise self._private(question.url) from error
        except Exception as error:
            if isinstance(getattr(error, "os_error", None), PrivateTarget):
                raise self._private(question.url) from error
            raise _failure(question.url, error) from error

    def _private(self, url: str) -> FetchFailed:
        return FetchFailed(
            NOT_RETRIEVED, url, "leads to a private address, which is not asked; list it in fetch.private to allow it"
        )


async def _note_reuse(session: aiohttp.ClientSession, context: Any, parameters: Any) -> None:
    if context.trace_request_ctx is not None:
        context.trace_request_ctx.reused = True


async def _read(question: _Question, response: aiohttp.ClientResponse) -> Fetched:
    headers = tuple((name, _text(value)) for name, value in response.headers.items())
    answer = Fetched(question.url, response.status, headers, "", None, b"", 0)
    kind, charset = media_type(answer.header("Content-Type") or "")
    answer = replace(answer, content_type=kind, charset=charset)
    if response.status in _KEEPS_METHOD and answer.header("Location"):
        return answer
    limit = question.limit if isinstance(question.limit, int) else question.limit(kind)
    return replace(answer, body=await _body(question, response, answer.header("Content-Encoding") or "", limit))


async def _body(question: _Question, response: aiohttp.ClientResponse, coding: str, limit: int) -> bytes:
    """The decompressed body, or nothing when it went to the question's file."""
    try:
        decoder = decoder_for(coding)
        taken, size = bytearray(), 0
        async for octets in response.content.iter_any():
            for piece in decoder.feed(octets):
                size += len(piece)
                if size > limit:
                    raise FetchFailed(TOO_LARGE, question.url, f"answers with more than {limit} octets")
                taken += piece
                if question.into is not None and len(taken) >= _SPOOL:
                    await asyncio.to_thread(question.into.write, bytes(taken))
                    taken.clear()
        decoder.finish()
    except BadContent as error:
        raise FetchFailed(NOT_RETRIEVED, question.url, f"answers with a body that {error}") from error
    if question.into is None:
        return bytes(taken)
    await asyncio.to_thread(question.into.write, bytes(taken))
    return b""


def _text(value: str) -> str:
    """A header's value without the surrogates that stand for octets that are no UTF-8: those are read as Latin-1."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogateescape").decode("latin-1")
    return value


def _failure(url: str, error: Exception) -> FetchFailed:
    """What an error of the HTTP client means."""
    said = error.message if isinstance(error, aiohttp.ClientResponseError) else str(error)
    words = " ".join(said.split())[:300] or type(error).__name__
    match error:
        case aiohttp.InvalidURL():
            return FetchFailed(BAD_URL, url, f"is no URL: {words}")
        case aiohttp.ClientConnectorDNSError() | socket.gaierror():
            return FetchFailed(BAD_HOST, url, "names a host that does not resolve")
        case aiohttp.ClientSSLError() | ssl.SSLError():
            return FetchFailed(BAD_TLS, url, f"cannot be trusted: {words}")
        case aiohttp.ConnectionTimeoutError():
            return FetchFailed(NO_CONNECTION, url, f"takes no connection within {CONNECT_TIMEOUT:g} s")
        case aiohttp.ClientPayloadError():
            return FetchFailed(NO_CONNECTION, url, "broke off before its answer was complete")
        case aiohttp.ServerDisconnectedError():
            return FetchFailed(NO_CONNECTION, url, "closed the connection without an answer")
        case aiohttp.ClientConnectorError():
            return FetchFailed(
                NO_CONNECTION, url, f"cannot be reached: {os.strerror(error.errno) if error.errno else words}"
            )
        case aiohttp.ClientConnectionError() | OSError():
            return FetchFailed(NO_CONNECTION, url, f"broke the connection: {words}")
        case _:
            return FetchFailed(BAD_PROTOCOL, url, f"does not answer in proper HTTP: {words}")
