"""The fetcher with servers that behave: methods, parameters, redirects, authentication, codings."""

import asyncio
import gzip
import zlib
from base64 import b64encode
from pathlib import Path

import pytest
from aiohttp import web

from ringback.web.fetcher import Fetcher, FetchFailed
from ringback.web.pool import CONNECTIONS_PER_SERVER
from tests.web.servers import proper, raw

FORM = [("CallSid", "CA1"), ("From", "+1 617"), ("Name", "Zoë & co")]


async def echo(request: web.BaseRequest) -> web.Response:
    body = (await request.read()).decode()
    lines = [request.method, request.path_qs, request.headers.get("Content-Type", "-"), body]
    return web.Response(text="\n".join(lines))


async def test_get_puts_the_parameters_after_the_urls_own_query(fetcher: Fetcher) -> None:
    """Facts §1.4: "parameters become the query string", UTF-8 form encoding."""
    async with proper(echo) as url:
        answer = await fetcher.fetch(f"{url}/app?x=1#part", form=FORM, limit=1000)
    method, path, _, body = answer.body.decode().split("\n")
    assert (method, body) == ("GET", "")
    assert path == "/app?x=1&CallSid=CA1&From=%2B1+617&Name=Zo%C3%AB+%26+co"
    assert answer.url == f"{url}/app?x=1#part"


async def test_post_puts_the_parameters_in_the_body_and_keeps_the_query(fetcher: Fetcher) -> None:
    """Facts §1.4: "application/x-www-form-urlencoded; charset=UTF-8"; the URL's own query stays where it is."""
    async with proper(echo) as url:
        answer = await fetcher.fetch(f"{url}/app?x=1", method="post", form=FORM, limit=1000)
    assert answer.body.decode().split("\n") == [
        "POST",
        "/app?x=1",
        "application/x-www-form-urlencoded; charset=UTF-8",
        "CallSid=CA1&From=%2B1+617&Name=Zo%C3%AB+%26+co",
    ]


async def test_an_answer_tells_status_type_charset_and_headers(fetcher: Fetcher) -> None:
    async def handler(request: web.BaseRequest) -> web.Response:
        return web.Response(
            status=503,
            body=b"x",
            headers={"Content-Type": 'Text/XML; Charset="ISO-8859-1"', "X-Seen": request.headers["User-Agent"]},
        )

    async with proper(handler) as url:
        answer = await fetcher.fetch(url, limit=10)
    assert (answer.status, answer.content_type, answer.charset) == (503, "text/xml", "iso-8859-1")
    assert answer.header("x-seen") == "Ringback/test"
    assert answer.header("X-None") is None
    assert 0 <= answer.ms < 3000


@pytest.mark.parametrize(
    ("status", "method", "then"),
    [
        (301, "POST", "POST"),
        (302, "POST", "POST"),
        (303, "POST", "GET"),
        (307, "POST", "POST"),
        (308, "POST", "POST"),
        (301, "GET", "GET"),
        (302, "GET", "GET"),
        (303, "GET", "GET"),
        (307, "GET", "GET"),
        (308, "GET", "GET"),
    ],
)
async def test_redirects(fetcher: Fetcher, status: int, method: str, then: str) -> None:
    """Facts §1.4: POST + 301/302/307 → POST again with the same parameters; 303 → GET without; GET: Location as is."""

    async def handler(request: web.BaseRequest) -> web.Response:
        if request.path == "/dir/first":
            return web.Response(status=status, headers={"Location": "../then?y=2"}, text="moved")
        return await echo(request)

    async with proper(handler) as url:
        answer = await fetcher.fetch(f"{url}/dir/first", method=method, form=[("a", "b")], limit=1000)
    asked, path, _, body = answer.body.decode().split("\n")
    assert (asked, path, body) == (then, "/then?y=2", "a=b" if then == "POST" else "")
    assert answer.url == f"{url}/then?y=2"
    assert answer.redirects == (f"{url}/dir/first",)


async def test_ten_redirects_are_followed_and_not_eleven(fetcher: Fetcher) -> None:
    async def handler(request: web.BaseRequest) -> web.Response:
        left = int(request.path[1:])
        return (
            web.Response(text="there") if left == 0 else web.Response(status=302, headers={"Location": f"/{left - 1}"})
        )

    async with proper(handler) as url:
        assert len((await fetcher.fetch(f"{url}/10", limit=10)).redirects) == 10
        with pytest.raises(FetchFailed, match="redirects more than 10 times") as caught:
            await fetcher.fetch(f"{url}/11", limit=10)
    assert caught.value.code == 11215


async def test_a_circle_is_noticed_before_the_limit(fetcher: Fetcher) -> None:
    asked = []

    async def handler(request: web.BaseRequest) -> web.Response:
        asked.append(request.path)
        return web.Response(status=302, headers={"Location": "/b" if request.path == "/a" else "/a"})

    async with proper(handler) as url:
        with pytest.raises(FetchFailed, match="in a circle") as caught:
            await fetcher.fetch(f"{url}/a", limit=10)
    assert caught.value.code == 11215
    assert asked == ["/a", "/b"]


async def test_a_redirect_without_location_is_the_answer(fetcher: Fetcher) -> None:
    """Facts §1.4: "No Location → treated as non-200"."""

    async def handler(request: web.BaseRequest) -> web.Response:
        return web.Response(status=302, text="where?")

    async with proper(handler) as url:
        answer = await fetcher.fetch(url, limit=10)
    assert (answer.status, answer.body) == (302, b"where?")


@pytest.mark.parametrize("location", ["ftp://127.0.0.1/x", "http://[::1", "http:///x", "/a b", "mailto:a@b.c"])
async def test_a_redirect_to_nowhere(fetcher: Fetcher, location: str) -> None:
    async def handler(request: web.BaseRequest) -> web.Response:
        return web.Response(status=302, headers={"Location": location})

    async with proper(handler) as url:
        with pytest.raises(FetchFailed) as caught:
            await fetcher.fetch(url, limit=10)
    assert caught.value.code in (11100, 11215)


async def test_userinfo_becomes_basic_authentication(fetcher: Fetcher) -> None:
    async def handler(request: web.BaseRequest) -> web.Response:
        return web.Response(text=f"{request.headers.get('Authorization')} {request.path_qs}")

    async with proper(handler) as url:
        named = url.replace("http://", "http://zo%C3%AB:p%40ss@")
        answer = await fetcher.fetch(f"{named}/app", limit=1000)
        bare = await fetcher.fetch(f"{url}/app", limit=1000)
    assert answer.body.decode() == f"Basic {b64encode('zoë:p@ss'.encode()).decode()} /app"
    assert bare.body.decode() == "None /app"


async def test_the_url_goes_out_as_it_was_written(fetcher: Fetcher) -> None:
    """A signed URL must not be written anew: escapes stay; other letters are sent as UTF-8."""
    async with proper(echo) as url:
        answer = await fetcher.fetch(f"{url}/a%2fb/%7Ec/ü?sig=a%2Bb+c/%3D&q=é", limit=1000)
    assert answer.body.decode().split("\n")[1] == "/a%2fb/%7Ec/%C3%BC?sig=a%2Bb+c/%3D&q=%C3%A9"


@pytest.mark.parametrize(
    "coding",
    [
        ("gzip", gzip.compress(b"hello " * 1000, mtime=0)),
        ("x-gzip", gzip.compress(b"hello " * 500, mtime=0) * 2),
        ("deflate", zlib.compress(b"hello " * 1000)),
        ("deflate", zlib.compress(b"hello " * 1000)[2:-4]),
        ("identity", b"hello " * 1000),
    ],
)
async def test_content_codings(fetcher: Fetcher, coding: tuple[str, bytes]) -> None:
    async def handler(request: web.BaseRequest) -> web.Response:
        assert request.headers["Accept-Encoding"] == "gzip, deflate"
        return web.Response(body=coding[1], headers={"Content-Encoding": coding[0]})

    async with proper(handler) as url:
        assert (await fetcher.fetch(url, limit=6000)).body == b"hello " * 1000


async def test_the_limit_counts_to_the_octet_and_may_depend_on_the_type(fetcher: Fetcher) -> None:
    async def handler(request: web.BaseRequest) -> web.Response:
        return web.Response(body=b"x" * 100, content_type=f"audio/{request.path[1:]}")

    async with proper(handler) as url:
        assert len((await fetcher.fetch(f"{url}/wav", limit=100)).body) == 100
        with pytest.raises(FetchFailed, match="more than 99 octets") as caught:
            await fetcher.fetch(f"{url}/wav", limit=99)
        assert caught.value.code == 11750
        assert (await fetcher.fetch(f"{url}/mpeg", limit=lambda kind: 100 if kind == "audio/mpeg" else 0)).status == 200


async def test_a_body_can_go_to_a_file(fetcher: Fetcher, tmp_path: Path) -> None:
    octets = bytes(range(256)) * 12_000

    async def handler(request: web.BaseRequest) -> web.Response:
        return web.Response(body=octets)

    async with proper(handler) as url:
        with (tmp_path / "body").open("wb") as file:
            answer = await fetcher.fetch(url, limit=len(octets), into=file)
    assert answer.body == b""
    assert (tmp_path / "body").read_bytes() == octets


async def test_no_cookie_is_kept(fetcher: Fetcher) -> None:
    async def handler(request: web.BaseRequest) -> web.Response:
        response = web.Response(text=request.headers.get("Cookie", "none"))
        response.set_cookie("who", "me")
        return response

    async with proper(handler) as url:
        await fetcher.fetch(url, limit=100)
        assert (await fetcher.fetch(url, limit=100)).body == b"none"


async def test_a_kept_connection_that_was_closed_meanwhile_costs_nothing(fetcher: Fetcher) -> None:
    """The server answers one request a connection, but does not say that it will close."""
    served = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal served
        served += 1
        await reader.readexactly(3)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
        await reader.readuntil(b"\r\n\r\n")  # the next one is read, and not answered

    async with raw(talk) as url:
        for _ in range(3):
            assert (await fetcher.fetch(url, method="POST", form=[("a", "b")], limit=10)).body == b"hi"
    assert served == 3


async def test_a_slow_customer_does_not_starve_another(fetcher: Fetcher) -> None:
    """All connections to one host hang; another host answers at once."""
    hanging = asyncio.Event()

    async def slow(request: web.BaseRequest) -> web.Response:
        await hanging.wait()
        return web.Response()

    async def quick(request: web.BaseRequest) -> web.Response:
        return web.Response(text="here")

    async with proper(slow) as slow_url, proper(quick) as quick_url:
        stuck = [
            asyncio.ensure_future(fetcher.fetch(f"{slow_url}/{number}", limit=10))
            for number in range(CONNECTIONS_PER_SERVER + 20)
        ]
        await asyncio.sleep(0)
        assert (await fetcher.fetch(quick_url, limit=10)).body == b"here"
        assert not any(task.done() for task in stuck)
        hanging.set()
        assert {answer.status for answer in await asyncio.gather(*stuck)} == {200}
