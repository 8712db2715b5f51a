"""One request and its answer, without its redirects: asked, read within its limit, decompressed."""

import asyncio
from base64 import b64encode
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, BinaryIO

import aiohttp
from yarl import URL

from ringback.web.content import PIECE, BadContent, decoder_for
from ringback.web.diagnosis import failure_of
from ringback.web.failure import BAD_PROTOCOL, NOT_RETRIEVED, TOO_LARGE, FetchFailed
from ringback.web.fetched import Fetched, first_of, media_type
from ringback.web.question import LEADS_ON, Question
from ringback.web.url import Target, form_encoded

#: octets that are held before they go to a file
_SPOOL = 1_048_576


def noting_reuse() -> aiohttp.TraceConfig:
    """Tells `exchange` whether a request went out on a kept connection."""
    config = aiohttp.TraceConfig()
    config.on_connection_reuseconn.append(_note_reuse)
    return config


async def _note_reuse(session: aiohttp.ClientSession, context: Any, parameters: Any) -> None:
    context.trace_request_ctx.reused = True


async def exchange(session: aiohttp.ClientSession, question: Question) -> Fetched:
    """The answer to ``question``. Raises nothing but `FetchFailed`.

    A kept connection that the server closed just when we asked says nothing: we ask once more, on another.
    """
    note = SimpleNamespace(reused=False)
    try:
        return await _ask(session, question, note)
    except FetchFailed as failure:
        cut = isinstance(failure.__cause__, aiohttp.ServerDisconnectedError | ConnectionError)
        if not (note.reused and cut):
            raise
    return await _ask(session, question, SimpleNamespace())


async def _ask(session: aiohttp.ClientSession, question: Question, note: SimpleNamespace) -> Fetched:
    if question.method not in ("GET", "POST"):
        raise FetchFailed(BAD_PROTOCOL, question.url, f"cannot be asked with {question.method}: GET or POST it is")
    target = Target.parse(question.on_the_wire)
    posted = form_encoded(question.form).encode("ascii") if question.method == "POST" else None
    try:
        async with session.request(
            question.method,
            URL(target.url, encoded=True),
            data=posted,
            headers=_headers(question, target),
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
    except Exception as error:
        raise failure_of(question.url, error) from error


def _headers(question: Question, target: Target) -> dict[str, str]:
    headers = dict(question.headers)
    if target.login is not None:
        headers["Authorization"] = "Basic " + b64encode(":".join(target.login).encode()).decode("ascii")
    if question.method == "POST":
        headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
    return headers


async def _read(question: Question, response: aiohttp.ClientResponse) -> Fetched:
    headers = tuple((name, _text(value)) for name, value in response.headers.items())
    kind, charset = media_type(first_of(headers, "Content-Type") or "")
    answer = Fetched(question.url, response.status, headers, kind, charset, b"", 0)
    if response.status in LEADS_ON and answer.header("Location"):
        return answer
    coding = answer.header("Content-Encoding") or ""
    into = question.file_for(kind)
    body, size = await _body(question, response, coding, question.limit_for(kind), into)
    return replace(answer, body=body, size=size)


async def _body(
    question: Question, response: aiohttp.ClientResponse, coding: str, limit: int, into: BinaryIO | None
) -> tuple[bytes, int]:
    """The decompressed body, or nothing when it went ``into`` a file; and its size."""
    try:
        decoder = decoder_for(coding)
        taken, size = bytearray(), 0
        async for octets in response.content.iter_any():
            for piece in decoder.feed(octets):
                size += len(piece)
                if size > limit:
                    raise FetchFailed(TOO_LARGE, question.url, f"answers with more than {limit} octets")
                taken += piece
                if len(piece) == PIECE:
                    await asyncio.sleep(0)  # a little that becomes much must not hold up everybody else
                if into is not None and len(taken) >= _SPOOL:
                    await asyncio.to_thread(into.write, bytes(taken))
                    taken.clear()
        decoder.finish()
    except BadContent as error:
        raise FetchFailed(NOT_RETRIEVED, question.url, f"answers with a body that {error}") from error
    if into is None:
        return bytes(taken), size
    await asyncio.to_thread(into.write, bytes(taken))
    return b"", size


def _text(value: str) -> str:
    """A header's value without the surrogates that stand for octets that are no UTF-8: those are read as Latin-1."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogateescape").decode("latin-1")
    return value
