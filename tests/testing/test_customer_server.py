"""The customer's server of the tests, asked by a real HTTP client."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from ringback.testing.customer_server import CustomerServer
from ringback.testing.failure import NotAsExpected


@pytest_asyncio.fixture(loop_scope="session")
async def customer() -> AsyncIterator[CustomerServer]:
    server = await CustomerServer.start()
    yield server
    await server.close()


@pytest_asyncio.fixture(loop_scope="session")
async def web() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
        yield session


async def test_a_document_and_what_was_asked_for_it(customer: CustomerServer, web: aiohttp.ClientSession) -> None:
    url = customer.answers("/menu", "<Response/>")
    async with web.post(url + "?a=1", data={"Digits": "5 +", "CallSid": "CA"}) as answer:
        assert (answer.status, answer.content_type, await answer.text()) == (200, "text/xml", "<Response/>")
    asked = await customer.is_asked("/menu")
    assert (asked.method, asked.path, asked.query, asked.form) == (
        "POST",
        "/menu",
        {"a": "1"},
        {"Digits": "5 +", "CallSid": "CA"},
    )
    assert asked.headers["user-agent"].startswith("Python")
    assert asked.order == ("a", "Digits", "CallSid")


async def test_documents_in_turn_the_last_for_ever(customer: CustomerServer, web: aiohttp.ClientSession) -> None:
    url = customer.answers("/turn", "one", "two", content_type="text/plain")
    assert [await (await web.get(url)).text() for _ in range(3)] == ["one", "two", "two"]


async def test_a_request_is_awaited_and_each_is_handed_out_once(
    customer: CustomerServer, web: aiohttp.ClientSession
) -> None:
    url = customer.answers("/a", "x")
    waiting = asyncio.create_task(customer.is_asked("/a"))
    await asyncio.sleep(0)
    await web.get(url + "?n=1")
    await web.get(url + "?n=2")
    assert [(await waiting).query, (await customer.is_asked("/a")).query] == [{"n": "1"}, {"n": "2"}]


async def test_what_was_not_asked_is_told_with_what_was(customer: CustomerServer, web: aiohttp.ClientSession) -> None:
    with pytest.raises(NotAsExpected, match="Nothing was asked at all"):
        await customer.is_asked("/b", within=0.05)
    await web.get(customer.url("/other"))
    with pytest.raises(NotAsExpected, match=r"/b was not asked within 0\.05 s[\s\S]*GET /other"):
        await customer.is_asked("/b", within=0.05)


async def test_an_unknown_path_is_404(customer: CustomerServer, web: aiohttp.ClientSession) -> None:
    assert (await web.get(customer.url("/nowhere"))).status == 404


async def test_redirects_also_in_a_circle(customer: CustomerServer, web: aiohttp.ClientSession) -> None:
    customer.redirects("/round", "/about")
    url = customer.redirects("/about", "/round", status=307)
    with pytest.raises(aiohttp.TooManyRedirects):
        await web.get(url)


async def test_what_hangs_hangs_until_the_server_closes(customer: CustomerServer, web: aiohttp.ClientSession) -> None:
    with pytest.raises(TimeoutError):
        await web.get(customer.hangs("/never"), timeout=aiohttp.ClientTimeout(total=0.1))


async def test_rubbish_is_no_http(customer: CustomerServer, web: aiohttp.ClientSession) -> None:
    with pytest.raises(aiohttp.ClientError):
        await web.get(customer.answers_rubbish("/rubbish"))


async def test_too_short_a_body(customer: CustomerServer, web: aiohttp.ClientSession) -> None:
    answer = await web.get(customer.answers_too_short("/short", "<Response/>"))
    with pytest.raises(aiohttp.ClientPayloadError):
        await answer.read()


async def test_an_endless_body_ends_with_the_asker(customer: CustomerServer, web: aiohttp.ClientSession) -> None:
    answer = await web.get(customer.answers_endlessly("/endless"))
    assert len(await answer.content.readexactly(300_000)) == 300_000
    answer.close()


async def test_a_sound(customer: CustomerServer, web: aiohttp.ClientSession) -> None:
    answer = await web.get(customer.sound("/a.wav", b"RIFF"))
    assert (answer.content_type, await answer.read()) == ("audio/wav", b"RIFF")
    assert customer.sounds == {"/a.wav": b"RIFF"}
