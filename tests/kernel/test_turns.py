"""Those who change the same thing wait for one another, others do not."""

import asyncio
import gc

from ringback.kernel.turns import Turns


async def test_one_key_one_at_a_time_in_order() -> None:
    turns, order = Turns(), list[str]()

    async def change(key: str, name: str) -> None:
        async with turns.of(key):
            order.append(f"{name} begins")
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            order.append(f"{name} ends")

    await asyncio.gather(change("alice", "one"), change("alice", "two"))
    assert order == ["one begins", "one ends", "two begins", "two ends"]


async def test_another_key_does_not_wait() -> None:
    turns = Turns()
    async with turns.of("alice"), turns.of("bob"):
        assert turns.of("alice").locked()
        assert not turns.of("carol").locked()


async def test_a_lock_is_kept_while_it_is_held_and_forgotten_after() -> None:
    turns = Turns()
    async with turns.of("alice"):
        gc.collect()
        assert turns.of("alice").locked()
    gc.collect()
    assert len(turns._locks) == 0


async def test_a_failure_gives_the_turn_on() -> None:
    turns = Turns()

    async def fail() -> None:
        async with turns.of("alice"):
            raise ValueError

    await asyncio.gather(fail(), return_exceptions=True)
    async with asyncio.timeout(1), turns.of("alice"):
        pass
