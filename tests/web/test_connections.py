"""Connections to customers' servers: kept, shared out, closed; and answers in all shapes that HTTP/1.1 allows."""

import asyncio
import socket
import ssl
from collections import Counter
from pathlib import Path

import pytest
from aiohttp import web

from ringback.kernel.clock import ManualClock
from ringback.web.fetcher import Fetcher, FetchFailed
from ringback.web.pool import CONNECTIONS_PER_SERVER, KEPT_FOR
from tests.web.conftest import Opened
from tests.web.servers import Talk, proper, raw, says

HEAD = b"HTTP/1.1 200 OK\r\n"
OK = HEAD + b"Content-Length: 2\r\n\r\nok"
CERTIFICATE = Path(__file__).with_name("self_signed.pem")


class Visitors:
    """Counts the requests of each connection."""

    def __init__(self) -> None:
        self.of: Counter[object] = Counter()

    async def handler(self, request: web.BaseRequest) -> web.Response:
        assert request.transport is not None
        self.of[request.transport.get_extra_info("peername")] += 1
        return web.Response(text="hello")


async def test_one_connection_serves_one_request_after_the_other(fetcher: Fetcher) -> None:
    visitors = Visitors()
    async with proper(visitors.handler) as url:
        for _ in range(20):
            assert (await fetcher.fetch(url, limit=10)).body == b"hello"
    assert list(visitors.of.values()) == [20]


async def test_no_more_connections_than_one_server_may_get(fetcher: Fetcher) -> None:
    visitors = Visitors()
    async with proper(visitors.handler) as url:
        await asyncio.gather(*(fetcher.fetch(url, limit=10) for _ in range(3 * CONNECTIONS_PER_SERVER)))
    assert sum(visitors.of.values()) == 3 * CONNECTIONS_PER_SERVER
    assert len(visitors.of) <= CONNECTIONS_PER_SERVER


async def test_who_gives_up_while_waiting_for_a_connection_leaves_the_others_theirs(fetcher: Fetcher) -> None:
    go_on = asyncio.Event()

    async def handler(request: web.BaseRequest) -> web.Response:
        await go_on.wait()
        return web.Response(text="at last")

    async with proper(handler) as url:
        tasks = [asyncio.ensure_future(fetcher.fetch(url, limit=10)) for _ in range(CONNECTIONS_PER_SERVER + 40)]
        await asyncio.sleep(0)
        for task in tasks[:20] + tasks[-20:]:
            task.cancel()
        await asyncio.sleep(0)
        go_on.set()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert sum(isinstance(answer, asyncio.CancelledError) for answer in answers) == 40
    assert all(isinstance(answer, asyncio.CancelledError) or answer.body == b"at last" for answer in answers)  # type: ignore[union-attr]


def until_hung_up(closed: asyncio.Event) -> Talk:
    """Answers once, and waits until the other side hangs up."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK)
        await reader.read()
        closed.set()

    return talk


async def test_a_connection_that_nobody_wants_is_closed_after_a_while(opened: Opened) -> None:
    clock = ManualClock()
    fetcher = await opened(clock=clock)
    closed = asyncio.Event()

    async with raw(until_hung_up(closed)) as url:
        await fetcher.fetch(url, limit=10)
        clock.advance(KEPT_FOR - 1)
        await asyncio.sleep(0.01)
        assert not closed.is_set()
        clock.advance(KEPT_FOR)
        await asyncio.wait_for(closed.wait(), 3)


async def test_the_end_of_the_fetcher_closes_what_is_kept(opened: Opened) -> None:
    fetcher = await opened()
    closed = asyncio.Event()

    async with raw(until_hung_up(closed)) as url:
        await fetcher.fetch(url, limit=10)
        await fetcher.close()
        await asyncio.wait_for(closed.wait(), 3)


async def test_who_goes_away_while_an_answer_comes_hangs_up(fetcher: Fetcher) -> None:
    closed, asked = asyncio.Event(), asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + b"Content-Length: 10\r\n\r\nhalf ")
        asked.set()
        await reader.read()
        closed.set()

    async with raw(talk) as url:
        task = asyncio.ensure_future(fetcher.fetch(url, limit=10))
        await asked.wait()
        task.cancel()
        await asyncio.wait_for(closed.wait(), 3)


@pytest.mark.parametrize(
    "octets",
    [
        HEAD + b"Connection: close\r\n\r\nall of it",
        b"HTTP/1.0 200 OK\r\n\r\nall of it",
        HEAD + b"Content-Length: 9\r\n\r\nall of it",
        HEAD + b"Content-Length: 9\r\n\r\nall of it\r\n",
        b"\r\n" + HEAD + b"Content-Length: 9\r\n\r\nall of it",
        HEAD + b"X-Empty:\r\nContent-Length:   9  \r\n\r\nall of it",
        HEAD + b"transfer-encoding: chunked\r\n\r\n3\r\nall\r\n6;x=y\r\n of it\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n9\r\nall of it\r\n0\r\nX-Sum: 1\r\nContent-Type: text/evil\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\n" + HEAD + b"Content-Length: 9\r\n\r\nall of it",
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 3 + HEAD + b"Content-Length: 9\r\n\r\nall of it",
    ],
)
@pytest.mark.parametrize("torn", [False, True])
async def test_every_way_to_say_where_an_answer_ends(fetcher: Fetcher, octets: bytes, torn: bool) -> None:
    async def octet_by_octet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for place in range(len(octets)):
            writer.write(octets[place : place + 1])
            await asyncio.sleep(0)

    async with raw(octet_by_octet if torn else says(octets)) as url:
        answer = await fetcher.fetch(url, limit=10)
    assert (answer.status, answer.body) == (200, b"all of it")
    assert answer.content_type == ""
    assert answer.header("X-Early") is None
    assert answer.header("X-Empty") in (None, "")


async def test_trailers_of_one_answer_are_not_headers_of_the_next(fetcher: Fetcher) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\n1\r\n0\r\nX-Trailer: 1\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD + b"X-Own: 2\r\nContent-Length: 1\r\n\r\n2")

    async with raw(talk) as url:
        assert (await fetcher.fetch(url, limit=10)).body == b"1"
        second = await fetcher.fetch(url, limit=10)
    assert (second.body, second.headers) == (b"2", (("X-Own", "2"), ("Content-Length", "1")))


@pytest.mark.parametrize("status", [204, 304])
async def test_an_answer_without_a_body_ends_with_its_head(fetcher: Fetcher, status: int) -> None:
    async with raw(says(b"HTTP/1.1 %d No\r\nContent-Length: 5\r\n\r\n" % status, keep_open=True)) as url:
        answer = await fetcher.fetch(url, limit=10)
    assert (answer.status, answer.body) == (status, b"")


@pytest.mark.parametrize(
    ("octets", "told"),
    [
        (b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", "switches protocols"),
        (HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nhi", "proper HTTP"),
        (OK + OK, "more than the whole answer"),
        (HEAD + b"Connection: close\r\nContent-Length: 2\r\n\r\nokay", "more than the whole answer"),
        (HEAD + b"X: " + b"y" * 70_000, "more than 65536 octets"),
        (HEAD + b"X: y\r\n" * 20_000 + b"\r\n", "more than 65536 octets"),
        (HEAD + b"X-Bare: a\x00b\r\n\r\n", "proper HTTP"),
    ],
)
async def test_an_answer_that_breaks_the_rules(fetcher: Fetcher, octets: bytes, told: str) -> None:
    async with raw(says(octets, keep_open=True)) as url:
        with pytest.raises(FetchFailed, match=told) as caught:
            await fetcher.fetch(url, limit=10)
    assert caught.value.code == 11206


@pytest.mark.parametrize("endless", [b"0\r\nX-Trailer: ", b"5;extension=", b"0\r\n"])
async def test_what_never_ends_behind_a_body(fetcher: Fetcher, endless: bytes) -> None:
    """A trailer, a chunk's extension, any number of trailers: nothing of it is kept, and not much of it is read."""
    sent = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n" + endless)
        piece = b"y" * 50_000 if endless != b"0\r\n" else b"X-More: and more\r\n" * 3000
        while True:
            writer.write(piece)
            await writer.drain()
            sent += len(piece)

    async with raw(talk) as url:
        with pytest.raises(FetchFailed, match="more than 65536 octets") as caught:
            await fetcher.fetch(url, limit=1000)
    assert caught.value.code == 11206
    assert sent < 20_000_000


async def test_who_speaks_without_being_asked_is_not_asked_again(fetcher: Fetcher) -> None:
    """What came before the question cannot be its answer."""
    talks = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal talks
        talks += 1
        writer.write(OK)
        if talks == 1:
            await asyncio.sleep(0.01)
            writer.write(HEAD + b"Content-Length: 4\r\n\r\nevil")
            await reader.read()

    async with raw(talk) as url:
        assert (await fetcher.fetch(url, limit=10)).body == b"ok"
        await asyncio.sleep(0.05)
        assert (await fetcher.fetch(url, limit=10)).body == b"ok"
    assert talks == 2


def answers_once() -> Talk:
    """Hangs up, without a word, on the second request of each connection."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK)
        await reader.readuntil(b"\r\n\r\n")

    return talk


async def test_many_kept_connections_that_are_all_dead_cost_one_more_try(fetcher: Fetcher) -> None:
    async with raw(answers_once()) as url:
        await asyncio.gather(*(fetcher.fetch(url, limit=10) for _ in range(10)))
        for _ in range(10):
            assert (await fetcher.fetch(url, limit=10)).body == b"ok"


async def test_a_body_that_comes_faster_than_it_is_taken_waits_at_the_server(fetcher: Fetcher, tmp_path: Path) -> None:
    octets = bytes(range(256)) * 80_000

    async def handler(request: web.BaseRequest) -> web.Response:
        return web.Response(body=octets)

    async with proper(handler) as url:
        with (tmp_path / "body").open("wb") as file:
            answer = await fetcher.fetch(url, limit=len(octets), into=file)
    assert answer.size == len(octets)
    assert (tmp_path / "body").read_bytes() == octets


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "\0"])
async def test_a_header_that_would_be_two_is_not_sent(fetcher: Fetcher, value: str) -> None:
    with pytest.raises(FetchFailed, match="cannot be asked with the header"):
        await fetcher.fetch("http://127.0.0.1:9/", limit=10, headers=[("If-None-Match", value)])


async def test_the_host_is_said_as_it_is_written(fetcher: Fetcher) -> None:
    async def handler(request: web.BaseRequest) -> web.Response:
        return web.Response(text=request.headers["Host"])

    async with proper(handler) as url:
        port = url.rpartition(":")[2]
        for host in ("127.0.0.1", "localhost", "LocalHost"):
            assert (await fetcher.fetch(f"http://{host}:{port}/", limit=99)).body.decode().lower() == (
                f"{host}:{port}".lower()
            )


async def test_tls_that_can_be_trusted(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    """SSL_CERT_FILE names whom else to trust, as for every program that uses OpenSSL."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    fetcher = await opened(timeout=3.0)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    body = bytes(1_000_000)
    async with raw(says(HEAD + b"Content-Length: 1000000\r\n\r\n" + body, keep_open=True), tls=context) as url:
        answer = await fetcher.fetch(url, limit=1_000_000)
    assert answer.body == body


async def test_a_tls_server_that_never_finishes_the_handshake(opened: Opened) -> None:
    fetcher = await opened(timeout=0.3)

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with server:
        with pytest.raises(FetchFailed, match=r"within 0\.3 s") as caught:
            await fetcher.fetch(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/", limit=10)
    assert caught.value.code == 11205


async def test_a_second_address_is_tried_when_the_first_refuses(
    fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    true = socket.getaddrinfo

    def two(host: str, port: int, *rest: object) -> list[object]:
        return [*true("127.0.0.9", port, *rest), *true("127.0.0.1", port, *rest)]  # type: ignore[arg-type]

    async def handler(request: web.BaseRequest) -> web.Response:
        return web.Response(text="second")

    monkeypatch.setattr(socket, "getaddrinfo", two)
    async with proper(handler) as url:
        assert (await fetcher.fetch(url.replace("127.0.0.1", "two.example"), limit=10)).body == b"second"
