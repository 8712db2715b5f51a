"""The machine is behind: new calls get 503 and hear when to come again; those that were taken go on to their end."""

import asyncio
from collections.abc import Iterator

import pytest
import pytest_asyncio

from ringback.app import Ringback
from ringback.testing import CustomerServer, Phone
from tests.conftest import MakeNumber
from tests.stories.rest import Rest
from tests.stories.sounds import spoken


@pytest.fixture
def behind(ringback: Ringback) -> Iterator[None]:
    """As after many late windows: there is no room for a call, and none will be for minutes."""
    rate = ringback.house.overload.rate
    before = rate.limit, rate._tokens
    rate.limit, rate._tokens = 10.0, -10_000.0
    yield
    rate.limit, rate._tokens = before


@pytest_asyncio.fixture(loop_scope="session")
async def number(customer: CustomerServer, new_number: MakeNumber) -> str:
    customer.sound("/prompt.wav", spoken(1.5, seed=40))
    return await new_number(customer.answers("/app", "<Response><Play>/prompt.wav</Play></Response>"))


async def test_a_phone_is_told_to_come_again(phone: Phone, number: str, behind: None) -> None:
    call = await phone.calls_up(number)
    assert await call.is_refused(503) == 503
    seconds = call.header("Retry-After", of="503")
    assert seconds is not None
    assert 2 <= int(seconds) <= 8


async def test_a_program_is_told_and_it_is_noted(api: Rest, customer: CustomerServer, behind: None) -> None:
    url = customer.answers("/other", "<Response/>")
    reply = await api.ask("POST", "Calls.json", {"From": "x", "To": "sip:bob@127.0.0.1:9", "Url": url})
    assert reply.status == 503
    assert "carries all the calls that it can; ask again in" in reply.json["message"]
    async with asyncio.timeout(10):
        while reply.json["message"] not in await noted(api):  # noqa: ASYNC110 (it is kept with the next commit)
            await asyncio.sleep(0.05)


async def noted(api: Rest) -> list[str]:
    """The latest Notifications' texts."""
    return [note["message_text"] for note in (await api.get("Notifications.json"))["notifications"]]


async def test_a_call_that_was_taken_goes_on(phone: Phone, number: str, ringback: Ringback) -> None:
    call = await phone.dials(number)
    rate = ringback.house.overload.rate
    rate.limit, rate._tokens = 10.0, -10_000.0
    try:
        await call.hears_whole("/prompt.wav")
        await call.is_hung_up()
    finally:
        rate.limit, rate._tokens = None, 0.0
