"""The ledger: writes each call's record as the call changes, before anyone is told."""

import asyncio
from copy import copy
from datetime import datetime
from typing import Any

import structlog

from ringback.calls.events import CallChanged
from ringback.calls.state import FINAL, IN_PROGRESS, QUEUED, RINGING
from ringback.kernel.bus import Bus
from ringback.kernel.clock import Clock
from ringback.store.calls import CallRecord
from ringback.store.store import Store

_log = structlog.get_logger("ringback.calls")


class Ledger:
    """Call records, from creation to the end. Times are the clock's, in UTC."""

    def __init__(self, store: Store, clock: Clock, bus: Bus) -> None:
        self._store = store
        self._clock = clock
        self._bus = bus

    async def open(self, record: CallRecord) -> None:
        """A new call; on return its record is kept, during an outage of the database in the spool."""
        await self._store.calls.put(record)
        self._publish(copy(record))

    def enter(self, record: CallRecord, status: str, *, answered_by: str | None = None) -> "asyncio.Future[None]":
        """The call enters ``status``, and ``record`` changes alike; what is returned is done when that is kept.

        It never fails: a database that takes nothing more is a line in the log.
        """
        now = self._clock.utc()
        changes = self._changes(record, status, now)
        if answered_by is not None and status == IN_PROGRESS and record.direction != "inbound":
            changes["answered_by"] = answered_by
        for name, value in changes.items():
            setattr(record, name, value)
        told: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        as_now = copy(record)
        self._store.calls.amend(record.sid, **changes).add_done_callback(lambda kept: self._tell(kept, as_now, told))
        return told

    def _tell(self, kept: "asyncio.Future[Any]", record: CallRecord, told: "asyncio.Future[None]") -> None:
        if (error := kept.exception()) is not None:
            _log.error("a change of a call's record was not kept", call=record.sid, exc_info=error)
        self._publish(record)
        if not told.done():
            told.set_result(None)

    def _changes(self, record: CallRecord, status: str, now: datetime) -> dict[str, object]:
        changes: dict[str, object] = {"status": status, "date_updated": now}
        if status == IN_PROGRESS:
            changes["ring_duration"] = _whole_seconds(record.date_created, now)
            changes["start_time"] = now
        elif status in FINAL:
            answered = record.status == IN_PROGRESS and record.start_time is not None
            changes["end_time"] = now
            changes["duration"] = _whole_seconds(record.start_time, now) if answered and record.start_time else 0
            if not answered:
                changes["ring_duration"] = _whole_seconds(record.date_created, now)
        else:
            assert status in (QUEUED, RINGING), status
        return changes

    def _publish(self, record: CallRecord) -> None:
        self._bus.publish(CallChanged(record))


def _whole_seconds(start: datetime, end: datetime) -> int:
    return max(0, int((end - start).total_seconds()))
