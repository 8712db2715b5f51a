"""Fetched sounds: asked for once, again only when the server wants that, and still there when it cannot be asked."""

import asyncio
import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web

from ringback.kernel.clock import ManualClock
from ringback.kernel.settings import Fetch
from ringback.web.fetcher import Fetcher, FetchFailed
from ringback.web.sounds import SoundCache
from tests.web.servers import proper


@dataclass
class Shop:
    """A server of one sound; it remembers how it was asked."""

    octets: bytes = b"sound one"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)
    open: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.open.set()

    async def __call__(self, request: web.BaseRequest) -> web.Response:
        self.asked.append({"path": request.path_qs, **request.headers})
        self.came.set()
        await self.open.wait()
        if request.headers.get("If-None-Match", "no") == self.headers.get("ETag"):
            return web.Response(status=304, headers=self.headers)
        return web.Response(status=self.status, body=self.octets, headers=self.headers)


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def cache(fetcher: Fetcher, tmp_path: Path, clock: ManualClock) -> SoundCache:
    return SoundCache(fetcher, tmp_path, Fetch(max_sound=1000), clock)


async def test_a_fresh_sound_is_asked_for_once(cache: SoundCache, clock: ManualClock) -> None:
    shop = Shop(headers={"Cache-Control": "max-age=60"})
    async with proper(shop) as url:
        first = await cache.sound(f"{url}/a.wav?x=1")
        assert await cache.sound(f"{url}/a.wav?x=1") == first
        assert len(shop.asked) == 1
        clock.advance(61)
        assert await cache.sound(f"{url}/a.wav?x=1") == first
    assert [asked["path"] for asked in shop.asked] == ["/a.wav?x=1"] * 2
    assert first.read_bytes() == b"sound one"
    assert first.name == hashlib.sha256(b"sound one").hexdigest()


async def test_an_old_sound_is_asked_for_by_its_validators(cache: SoundCache, clock: ManualClock) -> None:
    changed = "Thu, 01 Jan 2026 00:00:00 GMT"
    shop = Shop(headers={"ETag": '"v1"', "Last-Modified": changed, "Cache-Control": "max-age=10"})
    async with proper(shop) as url:
        first = await cache.sound(url)
        clock.advance(11)
        assert await cache.sound(url) == first
        assert shop.asked[1]["If-None-Match"] == '"v1"'
        assert shop.asked[1]["If-Modified-Since"] == changed
        assert await cache.sound(url) == first  # fresh again by the 304
        assert len(shop.asked) == 2
        shop.octets, shop.headers = b"sound two", {"ETag": '"v2"'}
        clock.advance(11)
        second = await cache.sound(url)
    assert second.read_bytes() == b"sound two"
    assert first.read_bytes() == b"sound one"  # who plays it is not disturbed


async def test_many_calls_ask_once(cache: SoundCache) -> None:
    shop = Shop()
    shop.open.clear()
    async with proper(shop) as url:
        asking = [asyncio.ensure_future(cache.sound(url)) for _ in range(50)]
        await shop.came.wait()
        shop.open.set()
        assert len(set(await asyncio.gather(*asking))) == 1
    assert len(shop.asked) == 1


async def test_an_old_sound_is_better_than_none(cache: SoundCache) -> None:
    """RFC 9111 §4.2.4: when the server cannot be asked, and has not forbidden it."""
    shop = Shop()
    async with proper(shop) as url:
        first = await cache.sound(url)
        shop.status = 500
        assert await cache.sound(url) == first
    assert await cache.sound(url) == first  # nobody listens any more


async def test_unless_the_server_forbids_it(cache: SoundCache) -> None:
    shop = Shop(headers={"Cache-Control": "no-cache"})
    async with proper(shop) as url:
        await cache.sound(url)
    with pytest.raises(FetchFailed):
        await cache.sound(url)


@pytest.mark.parametrize("status", [201, 204, 404, 500, 302])
async def test_what_is_no_200_is_no_sound(cache: SoundCache, status: int) -> None:
    async with proper(Shop(status=status, octets=b"")) as url:
        with pytest.raises(FetchFailed, match=f"answers {status} instead of a sound"):
            await cache.sound(url)


async def test_a_sound_that_is_too_large(cache: SoundCache, tmp_path: Path) -> None:
    async with proper(Shop(octets=bytes(1001))) as url:
        with pytest.raises(FetchFailed, match="more than 1000 octets"):
            await cache.sound(url)
    assert files_in(tmp_path) == []


async def test_a_restart_forgets_nothing(
    cache: SoundCache, fetcher: Fetcher, tmp_path: Path, clock: ManualClock
) -> None:
    shop = Shop(headers={"Cache-Control": "max-age=60"})
    async with proper(shop) as url:
        first = await cache.sound(url)
        again = SoundCache(fetcher, tmp_path, Fetch(), clock)
        assert await again.sound(url) == first
    assert len(shop.asked) == 1


async def test_a_label_that_cannot_be_read_is_no_label(
    cache: SoundCache, fetcher: Fetcher, tmp_path: Path, clock: ManualClock
) -> None:
    shop = Shop(headers={"Cache-Control": "max-age=60"})
    async with proper(shop) as url:
        first = await cache.sound(url)
        for label in (tmp_path / "labels").iterdir():
            label.write_bytes(b"{rubbish")
        assert await cache.sound(url) == first
    assert len(shop.asked) == 2


async def test_octets_that_came_another_way_are_kept_the_same(cache: SoundCache) -> None:
    paths = []
    for _ in range(2):
        delivery = cache.delivery()
        delivery.open().write(b"a mistake")
        delivery.open().write(b"a sound")
        paths.append(await delivery.keep())
        delivery.close()
    assert paths[0] == paths[1]
    assert paths[0].read_bytes() == b"a sound"
    assert [file.name for file in paths[0].parent.iterdir()] == [paths[0].name]


async def test_what_is_delivered_and_not_kept_is_gone(cache: SoundCache, tmp_path: Path) -> None:
    delivery = cache.delivery()
    delivery.open().write(b"half a sou")
    delivery.close()
    delivery.close()
    assert not list((tmp_path / "contents").iterdir())


async def test_who_leaves_does_not_take_it_away_from_the_others(cache: SoundCache) -> None:
    shop = Shop()
    shop.open.clear()
    async with proper(shop) as url:
        first, second = (asyncio.ensure_future(cache.sound(url)) for _ in range(2))
        await shop.came.wait()
        first.cancel()
        shop.open.set()
        assert (await second).read_bytes() == b"sound one"
