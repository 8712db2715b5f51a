"""Tasks that nobody awaits are kept, logged when they fail, and ended together."""

import asyncio
import gc

import pytest
from structlog.testing import capture_logs

from ringback.kernel.tasks import Part, Tasks, first_of, until


async def test_a_task_runs_is_named_and_is_forgotten_at_its_end() -> None:
    tasks, done = Tasks(), asyncio.Event()

    async def work() -> str:
        done.set()
        return "result"

    task = tasks.start(work(), "worker")
    assert (len(tasks), task.get_name()) == (1, "worker")
    assert await task == "result"
    await asyncio.sleep(0)
    assert done.is_set()
    assert len(tasks) == 0


async def test_a_running_task_is_not_collected() -> None:
    tasks, go = Tasks(), asyncio.Event()
    ended = asyncio.Event()

    async def work() -> None:
        await go.wait()
        ended.set()

    tasks.start(work(), "worker")
    await asyncio.sleep(0)
    gc.collect()
    go.set()
    await asyncio.wait_for(ended.wait(), 1)


async def test_a_failure_is_logged_with_the_tasks_name_and_the_others_go_on() -> None:
    tasks = Tasks()

    async def fail() -> None:
        raise ValueError("broken")

    with capture_logs() as logs:
        tasks.start(fail(), "sweeper")
        other = tasks.start(asyncio.sleep(0.01), "other")
        await other
    assert [(line["event"], line["task"], line["log_level"]) for line in logs] == [
        ("a background task failed", "sweeper", "error")
    ]
    assert isinstance(logs[0]["exc_info"], ValueError)


async def test_waiting_tells_whether_all_have_ended() -> None:
    tasks, go = Tasks(), asyncio.Event()
    assert await tasks.wait(0)
    tasks.start(_until(go), "waiter")
    assert not await tasks.wait(0.01)
    go.set()
    assert await tasks.wait(1)


async def test_closing_cancels_waits_and_logs_nothing() -> None:
    tasks, tidied = Tasks(), list[str]()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            tidied.append("tidied")

    tasks.start(work(), "worker")
    await asyncio.sleep(0)
    with capture_logs() as logs:
        await tasks.close()
    assert tidied == ["tidied"]
    assert (len(tasks), logs) == (0, [])


async def test_closing_also_ends_what_a_dying_task_starts() -> None:
    tasks, ended = Tasks(), list[str]()

    async def child() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("child")

    async def parent() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            tasks.start(child(), "child")
            await asyncio.sleep(0)

    tasks.start(parent(), "parent")
    await asyncio.sleep(0)
    await asyncio.wait_for(tasks.close(), 1)
    assert ended == ["child"]
    assert len(tasks) == 0


async def test_a_task_may_close_its_own_set() -> None:
    tasks = Tasks()

    async def closer() -> str:
        await tasks.close()
        return "alive"

    other = tasks.start(asyncio.Event().wait(), "other")
    assert await asyncio.wait_for(tasks.start(closer(), "closer"), 1) == "alive"
    assert other.cancelled()


async def _until(event: asyncio.Event) -> None:
    await event.wait()


# --- first_of


async def test_the_first_to_end_is_told_and_the_others_are_over() -> None:
    go, over = asyncio.Event(), list[str]()

    async def slow() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            over.append("slow")

    go.set()
    assert await first_of(slow(), _until(go)) == 1
    assert over == ["slow"]


async def test_of_two_that_end_together_the_earlier_counts() -> None:
    go = asyncio.Event()
    go.set()
    assert await first_of(_until(go), _until(go)) == 0


async def test_the_firsts_exception_is_raised_and_the_others_are_over() -> None:
    over = list[str]()

    async def slow() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            over.append("slow")

    async def fail() -> None:
        await asyncio.sleep(0)
        raise ValueError("first")

    with pytest.raises(ValueError, match="first"):
        await first_of(slow(), fail())
    assert over == ["slow"]


async def test_cancelling_ends_them_all() -> None:
    over = list[str]()

    async def slow(name: str) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            over.append(name)

    race = asyncio.create_task(first_of(slow("one"), slow("two")))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    race.cancel()
    with pytest.raises(asyncio.CancelledError):
        await race
    assert sorted(over) == ["one", "two"]


# --- Part


async def test_a_part_that_is_stopped_tidies_up_and_the_task_goes_on() -> None:
    part, over = Part(), list[str]()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            over.append("tidy")

    asyncio.get_running_loop().call_soon(part.stop)
    await part.run(work())

    assert over == ["tidy"]
    assert asyncio.current_task().cancelling() == 0  # type: ignore[union-attr]
    await asyncio.sleep(0)  # nothing is left that cancels


async def test_a_part_that_ends_by_itself_cannot_be_stopped_any_more() -> None:
    part = Part()
    await part.run(asyncio.sleep(0))
    part.stop()
    await asyncio.sleep(0)


async def test_a_part_that_is_stopped_by_itself_ends_at_its_next_wait() -> None:
    part, over = Part(), list[str]()

    async def work() -> None:
        part.stop()
        over.append("stopped")
        await asyncio.sleep(0)
        over.append("went on")

    await part.run(work())
    assert over == ["stopped"]


async def test_what_a_part_raises_is_raised_also_when_it_is_stopped() -> None:
    part = Part()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise ValueError("while tidying up")

    asyncio.get_running_loop().call_soon(part.stop)
    with pytest.raises(ValueError, match="tidying"):
        await part.run(work())
    await asyncio.sleep(0)
    assert asyncio.current_task().cancelling() == 0  # type: ignore[union-attr]


@pytest.mark.parametrize("both", ["outer first", "inner first"])
async def test_a_part_in_a_part_ends_with_it(both: str) -> None:
    outer, inner, over = Part(), Part(), list[str]()

    async def nested() -> None:
        await inner.run(asyncio.Event().wait())  # type: ignore[arg-type]
        over.append("the inner one alone")

    def stop() -> None:
        for part in (outer, inner) if both == "outer first" else (inner, outer):
            part.stop()

    asyncio.get_running_loop().call_soon(stop)
    await outer.run(nested())
    assert over == []
    assert asyncio.current_task().cancelling() == 0  # type: ignore[union-attr]


async def test_a_task_that_is_cancelled_from_outside_ends_with_its_part() -> None:
    part = Part()
    task = asyncio.create_task(part.run(asyncio.Event().wait()))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    part.stop()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_until_brings_what_the_future_brings() -> None:
    future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    waiting = [asyncio.create_task(until(future)) for _ in range(3)]
    await asyncio.sleep(0)
    future.set_result(7)
    assert await asyncio.gather(*waiting) == [7, 7, 7]
    assert await until(future) == 7


async def test_who_waits_until_a_future_is_done_may_be_cancelled_and_the_future_is_not() -> None:
    future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    gone, stays = asyncio.create_task(until(future)), asyncio.create_task(until(future))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.sleep(0)
    assert gone.cancelled()
    assert not future.done()
    future.set_result(1)
    assert await stays == 1


async def test_until_raises_what_the_future_raises() -> None:
    future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    waiting = asyncio.create_task(until(future))
    await asyncio.sleep(0)
    future.set_exception(ValueError("broken"))
    with pytest.raises(ValueError, match="broken"):
        await waiting
    with pytest.raises(ValueError, match="broken"):
        await until(future)
