"""The fetcher with servers that misbehave: one test for each bad thing; nothing but `FetchFailed` ever comes of it."""

import asyncio
import gzip
import os
import socket
import ssl
import zlib
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ringback.kernel.clock import ManualClock
from ringback.web.fetcher import Fetched, Fetcher, FetchFailed
from tests.web.conftest import Opened
from tests.web.servers import proper, raw, says

HEAD = b"HTTP/1.1 200 OK\r\n"


async def failure(fetcher: Fetcher, url: str, limit: int = 1000) -> FetchFailed:
    with pytest.raises(FetchFailed) as caught:
        await fetcher.fetch(url, limit=limit)
    assert caught.value.message.startswith(caught.value.url)
    return caught.value


async def outcome_of(fetching: Coroutine[Any, Any, Fetched]) -> Fetched | int:
    """The answer, or the code of the failure."""
    try:
        return await fetching
    except FetchFailed as failed:
        return failed.code


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/relative",
        "ftp://h/x",
        "file:///etc/passwd",
        "http://",
        "http:///x",
        "http://h:port/",
        "http://h:99999/",
        "http://a b/",
        "http://h/{x}",
        "http://h/%zz",
        "http://[::1",
        "http://[fe80::1%eth0]/",
        "http://" + "a" * 9000,
        "http://h/\r\nHost: evil",
        "http://\u3002/",
        "http://" + "ä" * 70 + ".example/",
    ],
)
async def test_what_is_no_url(fetcher: Fetcher, url: str) -> None:
    assert (await failure(fetcher, url)).code == 11100


@pytest.mark.parametrize("method", ["PUT", "", "GET /x HTTP/1.1\r\nX: y"])
async def test_what_is_no_method(fetcher: Fetcher, method: str) -> None:
    with pytest.raises(FetchFailed, match="GET or POST it is") as caught:
        await fetcher.fetch("http://127.0.0.1:9/", method=method, limit=10)
    assert caught.value.code == 11206


async def test_a_password_is_not_told(fetcher: Fetcher) -> None:
    failed = await message_of(fetcher, "http://me:secret@nowhere.invalid/")
    assert failed == "http://me:…@nowhere.invalid/ names a host that does not resolve"


async def message_of(fetcher: Fetcher, url: str) -> str:
    with pytest.raises(FetchFailed) as caught:
        await fetcher.fetch(url, limit=10)
    return caught.value.message


async def test_a_host_that_does_not_exist(fetcher: Fetcher) -> None:
    assert (await failure(fetcher, "http://nowhere.invalid/")).code == 11210


@pytest.mark.parametrize("host", ["a..b", "x" * 64 + ".example", "-"])
async def test_a_host_that_cannot_exist(fetcher: Fetcher, host: str) -> None:
    assert (await failure(fetcher, f"http://{host}/")).code in (11100, 11210)


async def test_nobody_listens(fetcher: Fetcher) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        failed = await failure(fetcher, f"http://127.0.0.1:{taken.getsockname()[1]}/")
    assert failed.code == 11205
    assert "refused" in failed.message


async def test_a_server_that_says_nothing_is_given_up_in_time(opened: Opened) -> None:
    clock = ManualClock()
    fetcher = await opened(clock=clock, timeout=15.0)
    asked = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await asyncio.Event().wait()

    async with raw(talk) as url:
        fetching = asyncio.ensure_future(failure(fetcher, url))
        await asked.wait()
        clock.advance(14.9)
        await asyncio.sleep(0)
        assert not fetching.done()
        clock.advance(0.2)
        failed = await fetching
    assert failed.code == 11205
    assert "within 15 s" in failed.message


async def test_a_body_that_drips_does_not_outlast_the_time(opened: Opened) -> None:
    fetcher = await opened(timeout=0.3)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + b"Content-Length: 1000\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with raw(talk) as url:
        assert "did not answer in full within 0.3 s" in (await failure(fetcher, url)).message


async def test_headers_that_never_end(fetcher: Fetcher) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD)
        while True:
            writer.write(b"X-More: and more\r\n" * 100)
            await writer.drain()

    async with raw(talk) as url:
        assert (await failure(fetcher, url)).code == 11206


async def test_an_endless_body(fetcher: Fetcher) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + b"\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()

    async with raw(talk) as url:
        assert (await failure(fetcher, url, limit=200_000)).code == 11750


async def test_a_body_that_says_to_be_huge(fetcher: Fetcher) -> None:
    async with raw(says(HEAD + b"Content-Length: 99999999999999999999\r\n\r\nx")) as url:
        assert (await failure(fetcher, url)).code in (11205, 11206)


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
async def test_a_bomb_is_never_unpacked(fetcher: Fetcher, coding: str) -> None:
    """100 MB of zeros in 100 kB; also packed twice it stays below the limit in memory."""
    zeros = bytes(100_000_000)
    packed = gzip.compress(zeros, 9) if coding == "gzip" else zlib.compress(zeros, 9)
    del zeros

    async def handler(request: web.BaseRequest) -> web.Response:
        return web.Response(body=packed, headers={"Content-Encoding": coding})

    async with proper(handler) as url:
        assert (await failure(fetcher, url, limit=1_000_000)).code == 11750


@pytest.mark.parametrize("coding", ["br", "gzip, gzip", "compress", "zstd", "€"])
async def test_a_coding_that_was_not_asked_for(fetcher: Fetcher, coding: str) -> None:
    octets = HEAD + b"Content-Length: 1\r\nContent-Encoding: " + coding.encode() + b"\r\n\r\nx"
    async with raw(says(octets)) as url:
        failed = await failure(fetcher, url)
    assert failed.code == 11200
    assert "was not asked for" in failed.message


@pytest.mark.parametrize(
    "body", [b"no gzip at all", gzip.compress(b"hello" * 99, mtime=0)[:-9], gzip.compress(b"x", mtime=0)[:5]]
)
async def test_a_body_that_is_not_what_its_coding_says(fetcher: Fetcher, body: bytes) -> None:
    async def handler(request: web.BaseRequest) -> web.Response:
        return web.Response(body=body, headers={"Content-Encoding": "gzip"})

    async with proper(handler) as url:
        assert (await failure(fetcher, url)).code == 11200


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        HEAD,
        HEAD + b"Content-Length: 10\r\n\r\nshort",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhel",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    ],
)
async def test_a_connection_that_closes_too_early(fetcher: Fetcher, octets: bytes) -> None:
    async with raw(says(octets)) as url:
        assert (await failure(fetcher, url)).code == 11205


@pytest.mark.parametrize(
    "octets",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"220 mail.example ESMTP\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        bytes(range(256)) * 20,
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 99999 Big\r\n\r\n",
        HEAD + b"no colon here\r\n\r\n",
        HEAD + b"Content-Length: -5\r\n\r\n",
        HEAD + b"Content-Length: five\r\n\r\nhello",
        HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nhello",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
        HEAD + b"X: " + b"y" * 100_000 + b"\r\n\r\n",
        b"<html>hello</html>",
    ],
)
async def test_rubbish_instead_of_http(fetcher: Fetcher, octets: bytes) -> None:
    async with raw(says(octets)) as url:
        assert (await failure(fetcher, url)).code in (11205, 11206)


async def test_more_body_than_the_length_says(fetcher: Fetcher) -> None:
    """Where the answer ends cannot be known: it is not used."""
    async with raw(says(HEAD + b"Content-Length: 5\r\n\r\nhello world\r\n\r\n", keep_open=True)) as url:
        assert (await failure(fetcher, url)).code == 11206


async def test_headers_that_are_no_utf_8(fetcher: Fetcher) -> None:
    octets = HEAD + b"Content-Type: text/plain; charset=\xff\xfe\r\nX-Name: Zo\xeb\r\nContent-Length: 2\r\n\r\nhi"
    async with raw(says(octets)) as url:
        answer = await fetcher.fetch(url, limit=10)
    assert answer.body == b"hi"
    assert answer.header("X-Name") == "Zoë"
    assert all(value.encode() for _, value in answer.headers)


async def test_a_location_that_is_no_utf_8(fetcher: Fetcher) -> None:
    async with raw(says(b"HTTP/1.1 302 Found\r\nLocation: /\xff\x80\r\nContent-Length: 0\r\n\r\n")) as url:
        assert (await failure(fetcher, url)).code == 11215


async def test_a_server_that_closes_its_ear_but_answers(fetcher: Fetcher) -> None:
    """Half closed: it reads no more, and says everything."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with socket.socket(fileno=os.dup(writer.get_extra_info("socket").fileno())) as connection:
            connection.shutdown(socket.SHUT_RD)
        writer.write(HEAD + b"\r\nall of it")
        writer.write_eof()
        await asyncio.sleep(0.05)

    async with raw(talk) as url:
        assert (await fetcher.fetch(url, limit=100)).body == b"all of it"


async def test_a_server_that_answers_before_it_has_read_a_big_form(fetcher: Fetcher) -> None:
    async with raw(says(HEAD + b"Content-Length: 2\r\n\r\nok")) as url:
        outcome = await outcome_of(fetcher.fetch(url, method="POST", form=[("a", "b" * 5_000_000)], limit=10))
    assert outcome in (11205, 11206) or (isinstance(outcome, Fetched) and outcome.body == b"ok")


async def test_a_reset_connection(fetcher: Fetcher) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        writer.transport.abort()

    async with raw(talk) as url:
        assert (await failure(fetcher, url)).code == 11205


async def test_endless_1xx(opened: Opened) -> None:
    fetcher = await opened(timeout=0.3)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with raw(talk) as url:
        assert (await failure(fetcher, url)).code == 11205


async def test_a_certificate_that_nobody_signed(fetcher: Fetcher) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Path(__file__).with_name("self_signed.pem"))
    async with raw(says(HEAD + b"\r\n"), tls=context) as url:
        failed = await failure(fetcher, url)
    assert failed.code == 11220
    assert "certificate" in failed.message


async def test_no_tls_where_tls_was_expected(fetcher: Fetcher) -> None:
    async def handler(request: web.BaseRequest) -> web.Response:
        return web.Response()

    async with proper(handler) as url:
        assert (await failure(fetcher, url.replace("http:", "https:"))).code in (11220, 11205)


async def test_tls_where_none_was_expected(fetcher: Fetcher) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Path(__file__).with_name("self_signed.pem"))
    async with raw(says(b""), tls=context) as url:
        assert (await failure(fetcher, url.replace("https:", "http:"))).code in (11205, 11206)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tail=st.binary(max_size=200), head=st.sampled_from([b"", HEAD, HEAD + b"Transfer-Encoding: chunked\r\n\r\n"]))
async def test_any_octets_are_an_answer_or_a_failure(opened: Opened, head: bytes, tail: bytes) -> None:
    fetcher = await opened(timeout=2.0)
    async with raw(says(head + tail)) as url:
        outcome = await outcome_of(fetcher.fetch(url, limit=1000))
    assert outcome in (11100, 11200, 11205, 11206, 11215, 11750) or (
        isinstance(outcome, Fetched) and len(outcome.body) <= 1000
    )
