"""Private targets: no way to write, to name or to redirect to one leads there."""

import socket
from typing import Any

import pytest
from aiohttp import web

from ringback.web.fetcher import FetchFailed
from ringback.web.private import Border
from tests.web.conftest import Opened
from tests.web.servers import proper


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.2.1",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fe80::1%1",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "not an address",
        "127.1",
        "2130706433",
    ],
)
def test_what_is_private(address: str) -> None:
    assert not Border(private_allowed=False).permits(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"])
def test_what_is_public(address: str) -> None:
    assert Border(private_allowed=False).permits(address)


def test_all_is_permitted_when_private_targets_are_allowed() -> None:
    assert Border(private_allowed=True).permits("127.0.0.1")


def test_listed_networks_and_names() -> None:
    border = Border(False, ["10.0.0.0/8", "fd00::1", "Intra.Net"])
    assert border.permits("10.9.9.9")
    assert border.permits("::ffff:10.9.9.9")
    assert border.permits("fd00::1")
    assert not border.permits("fd00::2")
    assert not border.permits("192.168.7.7")
    border.vouch("other.net", ["192.168.7.7"])
    assert not border.permits("192.168.7.7")
    border.vouch("intra.net.", ["192.168.7.7"])
    assert border.permits("192.168.7.7")


async def hello(request: web.BaseRequest) -> web.Response:
    return web.Response(text="private")


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "localhost.",
        "LOCALHOST",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "017700000001",
        "0177.0.0.1",
        "0",
        "0.0.0.0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:ffff:7f00:1]",
        "[::127.0.0.1]",
        "１２７.０.０.１",  # full-width digits
        "127。0。0。1",
        "user@127.0.0.1",
        "8.8.8.8@127.0.0.1",
    ],
)
async def test_no_form_of_an_address_is_asked(opened: Opened, host: str) -> None:
    fetcher = await opened(allowed=False, timeout=3.0)
    async with proper(hello) as url:
        port = url.rpartition(":")[2]
        with pytest.raises(FetchFailed) as caught:
            await fetcher.fetch(f"http://{host}:{port}/", limit=100)
    assert caught.value.code in (11200, 11100, 11210)


async def test_the_message_says_what_to_do(opened: Opened) -> None:
    fetcher = await opened(allowed=False)
    with pytest.raises(FetchFailed, match=r"private address.*fetch\.private") as caught:
        await fetcher.fetch("http://127.0.0.1:9/", limit=100)
    assert caught.value.code == 11200


async def test_a_redirect_does_not_lead_there(opened: Opened) -> None:
    fetcher = await opened(allowed=False, private=["127.0.0.1"])

    async def handler(request: web.BaseRequest) -> web.Response:
        port = request.url.port
        return web.Response(status=302, headers={"Location": f"http://127.0.0.2:{port}/"})

    async with proper(handler) as url:
        with pytest.raises(FetchFailed) as caught:
            await fetcher.fetch(url, limit=100)
    assert caught.value.code == 11200


async def test_a_listed_host_is_asked(opened: Opened) -> None:
    fetcher = await opened(allowed=False, private=["localhost"])
    async with proper(hello) as url:
        assert (await fetcher.fetch(url.replace("127.0.0.1", "localhost"), limit=100)).body == b"private"


async def test_a_name_that_stands_for_a_private_address(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when the name server said something else a moment ago: what is connected to is what was judged."""
    fetcher = await opened(allowed=False)
    true = socket.getaddrinfo
    asked = []

    def lies(host: Any, *rest: Any, **more: Any) -> Any:
        asked.append(host)
        return true("127.0.0.1" if host == "public.example" else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", lies)
    async with proper(hello) as url:
        with pytest.raises(FetchFailed) as caught:
            await fetcher.fetch(url.replace("127.0.0.1", "public.example"), limit=100)
    assert caught.value.code == 11200
    assert asked == ["public.example"]


async def test_our_own_door_is_open_and_no_other_one(opened: Opened) -> None:
    """The demos of our own server, whatever it is bound to."""
    fetcher = await opened(allowed=False)
    async with proper(hello) as own, proper(hello) as other:
        fetcher.open_door("127.0.0.1", int(own.rpartition(":")[2]))
        assert (await fetcher.fetch(own, limit=100)).body == b"private"
        with pytest.raises(FetchFailed, match="private address"):
            await fetcher.fetch(other, limit=100)
