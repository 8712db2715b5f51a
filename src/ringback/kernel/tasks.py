"""Background tasks that nobody awaits: kept alive, their failures logged, ended together."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import structlog

_log = structlog.get_logger("ringback.tasks")
Result = TypeVar("Result")


class Tasks:
    """A set of running tasks. A task that fails is logged with its name; the others go on."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        return len(self._running)

    def start(self, work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("a background task failed", task=task.get_name(), exc_info=error)

    async def wait(self, seconds: float | None = None) -> bool:
        """Waits until all that run now have ended, at most ``seconds``; whether they have."""
        if not self._running:
            return True
        _, pending = await asyncio.wait(set(self._running), timeout=seconds)
        return not pending

    async def close(self) -> None:
        """Cancels what still runs, also what starts meanwhile, and waits for it; never the task that closes."""
        while others := self._running - {asyncio.current_task()}:
            for task in others:
                task.cancel()
            await asyncio.wait(others)


class Part:
    """A part of a task that can be given up while the rest of it goes on: no task of its own, which would cost more."""

    def __init__(self) -> None:
        self._task: asyncio.Task[Any] | None = None
        self._stopped = False

    async def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs ``work`` in the current task; returns when it has ended, or was cancelled because of `stop`."""
        self._task = task = asyncio.current_task()
        assert task is not None
        asked_before = task.cancelling()  # a task that is being cancelled may still work, while it tidies up
        try:
            await work
        except asyncio.CancelledError:
            if not (self._stopped and task.uncancel() <= asked_before):
                raise
        except BaseException:
            if self._stopped:
                task.uncancel()
            raise
        else:
            if self._stopped:  # in the very moment in which it ended
                task.uncancel()
        finally:
            self._task = None

    def stop(self) -> None:
        """Cancels what runs; nothing when it has ended."""
        if self._task is not None and not self._stopped:
            self._stopped = True
            self._task.cancel()


async def until(future: "asyncio.Future[Result]") -> Result:
    """What ``future`` brings. Who waits may be cancelled, the future is not: `asyncio.shield` for half of its price."""
    if not future.done():
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def wake(_: object) -> None:
            if not woken.done():
                woken.set_result(None)

        future.add_done_callback(wake)
        try:
            await woken
        except BaseException:
            future.remove_done_callback(wake)
            raise
    return future.result()


async def first_of(*awaitables: Coroutine[Any, Any, Any]) -> int:
    """Runs all, waits for the first to end, cancels the others and waits for them; the index of the first.

    An exception of the first is raised.
    """
    tasks = [asyncio.ensure_future(awaitable) for awaitable in awaitables]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    first = next(index for index, task in enumerate(tasks) if task in done)
    tasks[first].result()
    return first
