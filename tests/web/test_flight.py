"""Single flight: made once for all who ask, whoever leaves."""

import asyncio

import pytest

from ringback.web.flight import Flight


async def test_many_ask_and_it_is_made_once() -> None:
    flight: Flight[int] = Flight()
    made = 0
    ready = asyncio.Event()

    async def work() -> int:
        nonlocal made
        made += 1
        mine = made
        await ready.wait()
        return mine

    waiting = [asyncio.ensure_future(flight.join("a", work)) for _ in range(5)]
    other = asyncio.ensure_future(flight.join("b", work))
    await asyncio.sleep(0)
    waiting[0].cancel()  # who began it leaves
    ready.set()
    assert await asyncio.gather(*waiting[1:]) == [1, 1, 1, 1]
    assert await other == 2
    assert await flight.join("a", work) == 3


async def test_all_get_the_failure_and_the_next_tries_again() -> None:
    flight: Flight[int] = Flight()

    async def fail() -> int:
        await asyncio.sleep(0)
        raise ValueError("no")

    outcomes = await asyncio.gather(*(flight.join("a", fail) for _ in range(3)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [ValueError] * 3

    async def succeed() -> int:
        return 1

    assert await flight.join("a", succeed) == 1


async def test_a_failure_that_nobody_waits_for_is_no_noise() -> None:
    flight: Flight[int] = Flight()
    go = asyncio.Event()

    async def fail() -> int:
        await go.wait()
        raise ValueError("no")

    alone = asyncio.ensure_future(flight.join("a", fail))
    await asyncio.sleep(0)
    alone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await alone
    go.set()
    await asyncio.sleep(0)
    await asyncio.sleep(0)


async def test_close_gives_up_what_runs() -> None:
    flight: Flight[None] = Flight()

    async def forever() -> None:
        await asyncio.Event().wait()

    waiting = asyncio.ensure_future(flight.join("a", forever))
    await asyncio.sleep(0)
    await flight.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
