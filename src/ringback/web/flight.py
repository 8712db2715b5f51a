"""Single flight: what many want at the same time is made once."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

Made = TypeVar("Made")


class Flight(Generic[Made]):
    """One piece of work for each key at a time. Who waits may be cancelled: the work goes on for the others."""

    def __init__(self) -> None:
        self._flying: dict[str, asyncio.Task[Made]] = {}

    async def join(self, key: str, work: Callable[[], Coroutine[Any, Any, Made]]) -> Made:
        """What ``work`` makes, or what the same work that runs already will have made; raises what it raises."""
        task = self._flying.get(key)
        if task is None:
            task = asyncio.get_running_loop().create_task(work(), name=f"flight {key}")
            self._flying[key] = task
            task.add_done_callback(lambda done: self._landed(key, done))
        return await asyncio.shield(task)

    def _landed(self, key: str, task: "asyncio.Task[Made]") -> None:
        del self._flying[key]
        if not task.cancelled():
            task.exception()  # seen, even when nobody waits any more

    async def close(self) -> None:
        """Gives up what still runs."""
        running = tuple(self._flying.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
