"""The calls that are going on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ringback.calls.call import Call


class LiveCalls:
    """Live calls by SID, and waiting for their ends."""

    def __init__(self) -> None:
        self._calls: dict[str, Call] = {}
        self._none = asyncio.Event()
        self._none.set()

    def __len__(self) -> int:
        return len(self._calls)

    def __iter__(self) -> Iterator[Call]:
        return iter(tuple(self._calls.values()))

    def get(self, sid: str) -> Call | None:
        return self._calls.get(sid)

    def add(self, call: Call) -> None:
        self._calls[call.sid] = call
        self._none.clear()

    def remove(self, call: Call) -> None:
        """The call has ended and its record is kept."""
        self._calls.pop(call.sid, None)
        call.gone.set()
        if not self._calls:
            self._none.set()

    async def wait_until_none(self) -> None:
        """Returns when the last call has ended and its record is kept."""
        await self._none.wait()
