"""The clock that is turned by hand, and waiting with a limit."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringback.kernel.clock import ManualClock, SystemClock, in_milliseconds, within


async def turns() -> None:
    """Lets every task that can run do so."""
    for _ in range(5):
        await asyncio.sleep(0)


# --- turned by hand


def test_time_passes_only_in_advance() -> None:
    clock = ManualClock(datetime(2026, 5, 1, tzinfo=UTC))
    assert (clock.now(), clock.utc()) == (0.0, datetime(2026, 5, 1, tzinfo=UTC))
    clock.advance(1.25)
    assert clock.now() == 1.25
    assert clock.utc() == datetime(2026, 5, 1, 0, 0, 1, 250_000, tzinfo=UTC)


@given(st.lists(st.floats(-1, 100, allow_nan=False), max_size=30), st.lists(st.floats(0, 30), max_size=8))
def test_timers_run_once_in_order_and_at_their_own_time(delays: list[float], steps: list[float]) -> None:
    clock = ManualClock()
    ran: list[tuple[float, float]] = []

    def set_timer(delay: float) -> None:
        clock.call_later(delay, lambda: ran.append((max(0.0, delay), clock.now())))

    for delay in delays:
        set_timer(delay)
    for step in steps:
        clock.advance(step)
    assert all(due == at for due, at in ran)
    assert [due for due, _ in ran] == sorted(max(0.0, delay) for delay in delays if max(0.0, delay) <= clock.now())[
        : len(ran)
    ]
    assert len(ran) == (sum(max(0.0, delay) <= clock.now() for delay in delays) if steps else 0)


def test_timers_of_one_moment_run_in_the_order_they_were_set() -> None:
    clock, ran = ManualClock(), list[str]()
    clock.call_later(1, lambda: ran.append("first"))
    clock.call_later(1, lambda: ran.append("second"))
    clock.advance(1)
    assert ran == ["first", "second"]


def test_a_timer_may_set_the_next_one_within_the_same_advance() -> None:
    clock, ticks = ManualClock(), list[float]()

    def tick() -> None:
        ticks.append(clock.now())
        clock.call_later(2, tick)

    clock.call_later(2, tick)
    clock.advance(7)
    assert ticks == [2, 4, 6]


def test_a_cancelled_timer_does_not_run_and_may_be_cancelled_again() -> None:
    clock, ran = ManualClock(), list[str]()
    timer = clock.call_later(1, lambda: ran.append("never"))
    timer.cancel()
    clock.advance(2)
    timer.cancel()
    assert ran == []


async def test_sleeping_lasts_until_the_clock_is_turned() -> None:
    clock = ManualClock()
    sleeper = asyncio.create_task(clock.sleep(10))
    await turns()
    clock.advance(9.9)
    await turns()
    assert not sleeper.done()
    clock.advance(0.1)
    await asyncio.wait_for(sleeper, 1)


async def test_a_sleeper_that_was_cancelled_disturbs_nobody() -> None:
    clock = ManualClock()
    sleeper = asyncio.create_task(clock.sleep(10))
    await turns()
    sleeper.cancel()
    await turns()
    clock.advance(20)
    assert sleeper.cancelled()


# --- the machine's


async def test_the_machines_clock_grows_and_knows_the_date() -> None:
    clock = SystemClock()
    before = clock.now()
    await clock.sleep(0.01)
    assert clock.now() - before >= 0.009
    assert abs(clock.utc() - datetime.now(UTC)) < timedelta(seconds=5)
    assert clock.utc().microsecond % 1000 == 0


async def test_the_machines_clock_calls_later() -> None:
    called = asyncio.Event()
    SystemClock().call_later(0.001, called.set)
    await asyncio.wait_for(called.wait(), 1)


def test_milliseconds_cut_and_do_not_round() -> None:
    moment = datetime(2026, 1, 1, 0, 0, 0, 999_999, tzinfo=UTC)
    assert in_milliseconds(moment).microsecond == 999_000


# --- within


async def test_a_block_in_time_is_left_alone() -> None:
    clock = ManualClock()
    async with within(clock, 5):
        clock.advance(4.9)
    clock.advance(10)
    await turns()
    assert asyncio.current_task().cancelling() == 0  # type: ignore[union-attr]


async def test_a_block_that_takes_too_long_times_out() -> None:
    clock = ManualClock()

    async def work() -> None:
        async with within(clock, 5):
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await turns()
    clock.advance(5)
    with pytest.raises(TimeoutError, match="not done within 5 s"):
        await task
    assert task.cancelling() == 0


async def test_no_limit_never_times_out() -> None:
    clock = ManualClock()
    async with within(clock, None):
        clock.advance(1e9)
        await turns()


async def test_a_cancellation_from_outside_stays_one() -> None:
    clock = ManualClock()

    async def work() -> None:
        async with within(clock, 5):
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await turns()
    task.cancel()
    clock.advance(5)  # both at once: whoever cancelled wins
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_limit_holds_while_a_cancelled_task_tidies_up() -> None:
    clock, told = ManualClock(), list[str]()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            try:
                async with within(clock, 5):
                    await asyncio.Event().wait()
            except TimeoutError:
                told.append("gave up")

    task = asyncio.create_task(work())
    await turns()
    task.cancel()
    await turns()
    clock.advance(5)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert told == ["gave up"]


async def test_limits_nest_and_the_inner_one_is_its_own() -> None:
    clock = ManualClock()

    async def work() -> str:
        async with within(clock, 10):
            try:
                async with within(clock, 5):
                    await asyncio.Event().wait()
            except TimeoutError:
                return "inner"
        raise AssertionError("unreachable")

    task = asyncio.create_task(work())
    await turns()
    clock.advance(5)
    assert await task == "inner"


async def test_a_block_that_ends_in_the_very_moment_leaves_no_cancellation_behind() -> None:
    clock = ManualClock()

    async def work() -> None:
        async with within(clock, 5):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                pass  # a block that finishes all the same
        await asyncio.sleep(0)

    task = asyncio.create_task(work())
    await turns()
    clock.advance(5)
    await task
    assert task.cancelling() == 0


async def test_an_error_of_the_block_is_the_blocks() -> None:
    clock = ManualClock()

    async def work() -> None:
        async with within(clock, 5):
            try:
                await asyncio.Event().wait()
            finally:
                raise ValueError("mine")

    task = asyncio.create_task(work())
    await turns()
    clock.advance(5)
    with pytest.raises(ValueError, match="mine"):
        await task
    assert task.cancelling() == 0
