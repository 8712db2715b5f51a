"""Guessing tokens over HTTP: growing delays, 429 with Retry-After, and an owner who still gets in."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from ringback.api.guard import FIRST_LOCK, FORGOTTEN_AFTER, MOST_FOR_ACCOUNT, MOST_FOR_SOURCE
from ringback.flows.house import House
from ringback.kernel.clock import SystemClock
from ringback.store.store import ADMINISTRATOR_SID
from tests.api.conftest import Api, sub_account


class Hurried(SystemClock):
    """The machine's time, and as much ahead as a test likes; nobody waits, but it is known for how long."""

    def __init__(self) -> None:
        self.ahead = 0.0
        self.waits: list[float] = []

    def now(self) -> float:
        return super().now() + self.ahead

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        await asyncio.sleep(0)


@pytest.fixture(scope="module")
def clock() -> Hurried:
    return Hurried()


@pytest.fixture(autouse=True)
def later(clock: Hurried) -> None:
    """What the test before did is forgotten."""
    clock.ahead += FORGOTTEN_AFTER + 1
    clock.waits.clear()


@pytest_asyncio.fixture(loop_scope="module")
async def elsewhere(base: str) -> AsyncIterator[Api]:
    """The administrator, from another address of this machine."""
    connector = aiohttp.TCPConnector(local_addr=("127.0.0.2", 0))
    async with aiohttp.ClientSession(connector=connector) as session:
        yield Api(base, session)


async def guess(api: Api, account: Api, times: int, wrong: str = "wrong") -> list[int]:
    return [
        (await api.login(account.name, f"{wrong}{number}").get(f"{account.account}/Calls")).status
        for number in range(times)
    ]


async def test_delays_grow_then_the_account_is_locked(api: Api, house: House, clock: Hurried) -> None:
    victim = await sub_account(api, house, ADMINISTRATOR_SID)

    assert await guess(api, victim, MOST_FOR_ACCOUNT) == [401] * MOST_FOR_ACCOUNT

    assert clock.waits[:6] == [0.1, 0.2, 0.4, 0.8, 1.6, 2.0]
    locked = await api.login(victim.name, "wrong").get(f"{victim.account}/Calls.json")
    assert (locked.status, locked.json["code"], locked.json["status"]) == (429, 20429, 429)
    assert 0 < int(locked.headers["Retry-After"]) <= FIRST_LOCK + 1
    assert locked.json["more_info"] == "/restcomm/errors/20429.html"
    as_xml = await api.login(victim.name, "wrong").get(f"{victim.account}/Calls")
    assert as_xml.xml.findtext("Code") == "20429"
    assert (await victim.get("Calls")).status == 429  # the right token from where the guesses come: locked too
    clock.ahead += FIRST_LOCK + 1
    assert (await victim.get("Calls")).status == 200


async def test_the_owner_elsewhere_is_not_locked_out(api: Api, elsewhere: Api, house: House, clock: Hurried) -> None:
    victim = await sub_account(api, house, ADMINISTRATOR_SID)
    await guess(api, victim, MOST_FOR_ACCOUNT)
    assert (await api.login(victim.name, "wrong").get(f"{victim.account}/Calls")).status == 429

    owner = elsewhere.login(victim.name, "secret")
    assert (await owner.get(f"{victim.account}/Calls")).status == 200


async def test_a_stranger_elsewhere_has_one_answer(api: Api, elsewhere: Api, house: House) -> None:
    victim = await sub_account(api, house, ADMINISTRATOR_SID)
    await guess(api, victim, MOST_FOR_ACCOUNT)

    assert await guess(elsewhere, victim, 3) == [401, 429, 429]


async def test_a_source_is_locked_for_every_account(api: Api, elsewhere: Api, house: House, clock: Hurried) -> None:
    fresh = await sub_account(api, house, ADMINISTRATOR_SID)
    statuses = [
        (await api.login(f"nobody{number}@example.com", "x").get(f"{fresh.account}/Calls")).status
        for number in range(MOST_FOR_SOURCE + 1)
    ]

    assert statuses == [401] * MOST_FOR_SOURCE + [429]
    assert (await api.login(fresh.name, "x").get(f"{fresh.account}/Calls")).status == 429
    assert (await elsewhere.login(fresh.name, "secret").get(f"{fresh.account}/Calls")).status == 200


async def test_many_guesses_at_once_gain_nothing(api: Api, house: House, clock: Hurried) -> None:
    victim = await sub_account(api, house, ADMINISTRATOR_SID)

    tries = (api.login(victim.name, f"x{number}").get(f"{victim.account}/Calls") for number in range(60))
    statuses = [reply.status for reply in await asyncio.gather(*tries)]

    assert statuses.count(401) == MOST_FOR_ACCOUNT
    assert statuses.count(429) == 60 - MOST_FOR_ACCOUNT


async def test_many_right_answers_at_once_are_all_taken(api: Api, house: House) -> None:
    many = await sub_account(api, house, ADMINISTRATOR_SID)

    replies = await asyncio.gather(*(many.get("Calls") for _ in range(100)))

    assert {reply.status for reply in replies} == {200}
