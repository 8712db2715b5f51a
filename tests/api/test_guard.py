"""The guard against guessing: growing delays, then a lock, for the account and for the source."""

import asyncio

import pytest

from ringback.api.guard import (
    FIRST_LOCK,
    FORGOTTEN_AFTER,
    LONGEST_DELAY,
    LONGEST_LOCK,
    MOST_FOR_ACCOUNT,
    MOST_FOR_SOURCE,
    PATIENCE,
    Guard,
    LockedOut,
)
from ringback.kernel.clock import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def guard(clock: ManualClock) -> Guard:
    return Guard(clock)


async def attempt(guard: Guard, source: str, account: str) -> None:
    async with guard.attempt(source, account):
        pass


async def waited(guard: Guard, clock: ManualClock, source: str, account: str) -> float:
    """How many seconds the next attempt must wait."""
    started = clock.now()
    admitted = asyncio.ensure_future(attempt(guard, source, account))
    for _ in range(500):
        await asyncio.sleep(0)
        if admitted.done():
            break
        clock.advance(0.01)
    await admitted
    return round(clock.now() - started, 2)


async def test_delays_grow(guard: Guard, clock: ManualClock) -> None:
    waits = []
    for _ in range(PATIENCE + 6):
        waits.append(await waited(guard, clock, "1.1.1.1", "a"))
        guard.was_wrong("1.1.1.1", "a")
    assert waits == pytest.approx([0, 0, 0, 0, 0, 0.1, 0.2, 0.4, 0.8, 1.6, 2.0], abs=0.011)


async def test_the_account_is_locked_for_whoever_guessed(guard: Guard, clock: ManualClock) -> None:
    for number in range(MOST_FOR_ACCOUNT):
        guard.was_wrong(f"1.1.1.{number}", "a")
    with pytest.raises(LockedOut) as locked:
        await attempt(guard, "1.1.1.0", "a")
    assert locked.value.status == 429
    assert locked.value.headers == ((b"retry-after", b"31"),)
    await attempt(guard, "1.1.1.0", "b")
    clock.advance(FIRST_LOCK)
    await waited(guard, clock, "1.1.1.0", "a")


async def test_a_fresh_source_has_one_answer_for_a_locked_account(guard: Guard, clock: ManualClock) -> None:
    for number in range(MOST_FOR_ACCOUNT):
        guard.was_wrong(f"1.1.1.{number}", "a")
    assert await waited(guard, clock, "2.2.2.2", "a") == pytest.approx(LONGEST_DELAY, abs=0.011)
    guard.was_wrong("2.2.2.2", "a")
    with pytest.raises(LockedOut):
        await attempt(guard, "2.2.2.2", "a")


async def test_the_source_is_locked_for_every_account(guard: Guard) -> None:
    for number in range(MOST_FOR_SOURCE):
        guard.was_wrong("1.1.1.1", f"a{number}")
    with pytest.raises(LockedOut):
        await attempt(guard, "1.1.1.1", "fresh")


async def test_a_right_token_does_not_buy_more_guesses_at_others(guard: Guard) -> None:
    for number in range(MOST_FOR_SOURCE):
        guard.was_wrong("1.1.1.1", f"a{number}")
        guard.was_right("1.1.1.1", "mine")
    with pytest.raises(LockedOut):
        await attempt(guard, "1.1.1.1", "fresh")
    await attempt(guard, "1.1.1.1", "mine")


async def test_guesses_at_once_are_looked_at_one_by_one(guard: Guard) -> None:
    """Else all of them would be let in before the first is found wrong."""
    inside, most = 0, 0

    async def guess() -> None:
        nonlocal inside, most
        async with guard.attempt("1.1.1.1", "a"):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(guess() for _ in range(20)))
    assert most == 1


async def test_guesses_at_many_accounts_at_once_are_limited(guard: Guard) -> None:
    done = asyncio.Event()

    async def guess(account: str) -> None:
        async with guard.attempt("1.1.1.1", account):
            await done.wait()

    guesses = [asyncio.ensure_future(guess(f"a{number}")) for number in range(MOST_FOR_SOURCE + 5)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    done.set()
    ended = await asyncio.gather(*guesses, return_exceptions=True)
    assert sum(isinstance(end, LockedOut) for end in ended) == 5


async def test_locks_grow_and_are_forgotten(guard: Guard, clock: ManualClock) -> None:
    for _ in range(MOST_FOR_ACCOUNT + 9):
        guard.was_wrong("1.1.1.1", "a")
    clock.advance(LONGEST_LOCK - 1)
    with pytest.raises(LockedOut):
        await attempt(guard, "1.1.1.1", "a")
    clock.advance(FORGOTTEN_AFTER)
    assert await waited(guard, clock, "1.1.1.1", "a") == 0


async def test_whoever_has_the_token_is_not_locked_out_by_others(guard: Guard, clock: ManualClock) -> None:
    guard.was_right("9.9.9.9", "a")
    for _ in range(MOST_FOR_SOURCE):
        guard.was_wrong("1.1.1.1", "a")
    assert await waited(guard, clock, "9.9.9.9", "a") == 0
    guard.was_wrong("9.9.9.9", "a")
    with pytest.raises(LockedOut):
        await attempt(guard, "9.9.9.9", "a")
