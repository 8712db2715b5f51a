"""One request and its answer, without its redirects: asked, read within its limit, decompressed."""

import asyncio
import re
from base64 import b64encode
from typing import BinaryIO

from ringback.web.answer import Answer
from ringback.web.connection import Connection
from ringback.web.content import ACCEPTED, PIECE, BadContent, decoder_for
from ringback.web.diagnosis import failure_of
from ringback.web.failure import BAD_PROTOCOL, NOT_RETRIEVED, TOO_LARGE, FetchFailed
from ringback.web.fetched import Fetched, first_of, media_type
from ringback.web.pool import Pool
from ringback.web.question import LEADS_ON, Question
from ringback.web.url import Target, form_encoded

#: octets that are held before they go to a file
_SPOOL = 1_048_576
#: what would end a header's line
_LINE_END = re.compile(r"[\r\n\0]")


async def exchange(pool: Pool, user_agent: str, question: Question) -> Fetched:
    """The answer to ``question``. Raises nothing but `FetchFailed`.

    A kept connection that the server closed just when we asked says nothing: we ask once more, on a new one.
    """
    target = Target.parse(question.on_the_wire)
    request = _octets(question, target, user_agent)
    answer = await _ask(pool, question, target, request, new=False)
    if answer is None:
        answer = await _ask(pool, question, target, request, new=True)
    assert answer is not None, "a new connection was no new one"
    return answer


async def _ask(pool: Pool, question: Question, target: Target, request: bytes, *, new: bool) -> Fetched | None:
    """None when a kept connection ended without a word."""
    connection: Connection | None = None
    try:
        connection = await pool.take(target.origin, new)
        return await _read(question, connection, await connection.ask(request))
    except FetchFailed:
        raise
    except Exception as error:
        heard = connection is not None and connection.heard
        if connection is not None and connection.asked > 1 and not heard and isinstance(error, OSError):
            return None
        raise failure_of(question.url, error, asked=connection is not None, heard=heard) from error
    finally:
        if connection is not None:
            pool.leave(connection)


def _octets(question: Question, target: Target, user_agent: str) -> bytes:
    """The request as it goes over the wire. Raises `FetchFailed`."""
    if question.method not in ("GET", "POST"):
        raise FetchFailed(BAD_PROTOCOL, question.url, f"cannot be asked with {question.method}: GET or POST it is")
    lines = [
        f"{question.method} {target.path} HTTP/1.1\r\nHost: {target.authority}\r\nUser-Agent: {user_agent}\r\n"
        f"Accept: */*\r\nAccept-Encoding: {ACCEPTED}\r\n"
    ]
    for name, value in question.headers:
        if _LINE_END.search(name) or _LINE_END.search(value):
            raise FetchFailed(BAD_PROTOCOL, question.url, f"cannot be asked with the header {name!r}: {value!r}")
        lines.append(f"{name}: {value}\r\n")
    if target.login is not None:
        lines.append(f"Authorization: Basic {b64encode(':'.join(target.login).encode()).decode('ascii')}\r\n")
    if question.method == "GET":
        lines.append("\r\n")
    else:
        form = form_encoded(question.form)
        kind = "application/x-www-form-urlencoded; charset=UTF-8"
        lines.append(f"Content-Type: {kind}\r\nContent-Length: {len(form)}\r\n\r\n{form}")
    return "".join(lines).encode()


async def _read(question: Question, connection: Connection, answer: Answer) -> Fetched:
    headers = answer.headers
    kind, charset = media_type(first_of(headers, "Content-Type") or "")
    if answer.status in LEADS_ON and first_of(headers, "Location"):
        return Fetched(question.url, answer.status, headers, kind, charset, b"", 0)
    coding = first_of(headers, "Content-Encoding") or ""
    into = question.file_for(kind)
    body, size = await _body(question, connection, coding, question.limit_for(kind), into)
    return Fetched(question.url, answer.status, headers, kind, charset, body, 0, size=size)


async def _body(
    question: Question, connection: Connection, coding: str, limit: int, into: BinaryIO | None
) -> tuple[bytes, int]:
    """The decompressed body, or nothing when it went ``into`` a file; and its size."""
    try:
        decoder = decoder_for(coding)
        taken, size = bytearray(), 0
        while octets := await connection.more():
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
