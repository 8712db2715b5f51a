"""Signals are heard one by one; the same one twice is one."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import pytest

from ringback.cli.serve import Signals
from ringback.kernel.clock import ManualClock


@pytest.fixture
async def clock() -> AsyncIterator[ManualClock]:
    yield ManualClock()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().remove_signal_handler(number)


async def sent(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)
    await asyncio.sleep(0.01)  # the loop learns of it through a socket of its own


async def test_a_signal_that_comes_twice_at_once_is_one(clock: ManualClock) -> None:
    signals = Signals(clock)
    await sent(signal.SIGTERM)
    clock.advance(0.01)
    await sent(signal.SIGTERM)
    assert await signals.next() == signal.SIGTERM
    clock.advance(0.2)
    await sent(signal.SIGINT)
    assert await signals.next() == signal.SIGINT


async def test_whether_a_signal_comes_before_a_task_ends(clock: ManualClock) -> None:
    signals = Signals(clock)
    ended = asyncio.create_task(asyncio.sleep(0))
    assert await signals.before(ended) is None
    endless = asyncio.create_task(asyncio.Event().wait())
    await sent(signal.SIGTERM)
    assert await signals.before(endless) == signal.SIGTERM
    assert not endless.done()
    endless.cancel()


async def test_waiting_in_vain_loses_no_signal(clock: ManualClock) -> None:
    signals = Signals(clock)
    await signals.before(asyncio.create_task(asyncio.sleep(0)))
    await asyncio.sleep(0)
    await sent(signal.SIGTERM)
    assert await asyncio.wait_for(signals.next(), 1) == signal.SIGTERM


async def test_a_signal_in_the_very_moment_is_for_whoever_asks_next(clock: ManualClock) -> None:
    signals = Signals(clock)
    waiting = asyncio.create_task(asyncio.sleep(0))
    signals._hear(signal.SIGTERM)
    assert await signals.before(waiting) is None
    assert await asyncio.wait_for(signals.next(), 1) == signal.SIGTERM
