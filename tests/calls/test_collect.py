"""Collecting keys, with a clock turned by hand: <Gather> finishOnKey, numDigits, timeout, startInputKey."""

import asyncio
from typing import cast

from ringback.calls.collect import Collect
from ringback.calls.leg import Leg
from ringback.kernel.clock import ManualClock


class Keypad:
    """Stands where a leg stands: all that collecting needs of one is that it hears keys."""

    on_key = None

    def press(self, digits: str) -> None:
        for digit in digits:
            if self.on_key is not None:
                self.on_key(digit, "event")


def collecting(
    keypad: Keypad,
    clock: ManualClock,
    *,
    most: int | None = None,
    finish: str = "#",
    timeout: float = 5,
    start: str = "0123456789*#",
) -> Collect:
    return Collect(cast(Leg, keypad), clock, most=most, finish=finish, timeout=timeout, start=start)


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_keys_until_the_finish_key_which_is_taken_away() -> None:
    keypad, clock = Keypad(), ManualClock()
    async with collecting(keypad, clock) as keys:
        keypad.press("12#3")
        assert await keys.all() == "12"


async def test_as_many_keys_as_are_wanted() -> None:
    keypad, clock = Keypad(), ManualClock()
    async with collecting(keypad, clock, most=2) as keys:
        keypad.press("123")
        assert await keys.all() == "12"


async def test_any_of_several_finish_keys_ends_it() -> None:
    keypad, clock = Keypad(), ManualClock()
    async with collecting(keypad, clock, finish="#*") as keys:
        keypad.press("7*")
        assert await keys.all() == "7"


async def test_no_finish_key_means_that_a_hash_is_a_digit() -> None:
    keypad, clock = Keypad(), ManualClock()
    async with collecting(keypad, clock, finish="", most=3) as keys:
        keypad.press("1#2")
        assert await keys.all() == "1#2"


async def test_a_finish_key_alone_gives_nothing() -> None:
    keypad, clock = Keypad(), ManualClock()
    async with collecting(keypad, clock) as keys:
        keypad.press("#")
        await keys.first()
        assert await keys.all() == ""


async def test_keys_pressed_before_do_not_count() -> None:
    keypad, clock = Keypad(), ManualClock()
    keypad.press("9")
    async with collecting(keypad, clock, most=1) as keys:
        keypad.press("5")
        assert await keys.all() == "5"


async def test_only_a_start_key_begins() -> None:
    keypad, clock = Keypad(), ManualClock()
    async with collecting(keypad, clock, most=2, start="1") as keys:
        keypad.press("2312")
        assert await keys.all() == "12"


async def test_silence_ends_it_and_each_key_starts_the_time_anew() -> None:
    keypad, clock = Keypad(), ManualClock()
    async with collecting(keypad, clock, timeout=5) as keys:
        everything = asyncio.ensure_future(keys.all())
        await settle()
        clock.advance(4)
        keypad.press("1")
        await settle()
        clock.advance(4)
        await settle()
        assert not everything.done()
        clock.advance(1)
        assert await everything == "1"


async def test_the_time_begins_after_the_prompts() -> None:
    keypad, clock = Keypad(), ManualClock()
    async with collecting(keypad, clock, timeout=5) as keys:
        clock.advance(60)
        everything = asyncio.ensure_future(keys.all())
        await settle()
        clock.advance(4.9)
        await settle()
        assert not everything.done()
        clock.advance(0.1)
        assert await everything == ""


async def test_nobody_listens_after_the_block() -> None:
    keypad, clock = Keypad(), ManualClock()
    async with collecting(keypad, clock) as keys:
        keypad.press("1#")
        assert await keys.all() == "1"
    assert keypad.on_key is None
