"""The ledger: writes each call's record as the call changes, before anyone is told."""

from copy import copy
from datetime import datetime

from ringback.calls.events import CallChanged
from ringback.calls.state import FINAL, IN_PROGRESS, QUEUED, RINGING
from ringback.kernel.bus import Bus
from ringback.kernel.clock import Clock
from ringback.store.calls import CallRecord
from ringback.store.store import Store


class Ledger:
    """Call records, from creation to the end. Times are the clock's, in UTC."""

    def __init__(self, store: Store, clock: Clock, bus: Bus) -> None:
        self._store = store
        self._clock = clock
        self._bus = bus

    async def open(self, record: CallRecord) -> None:
        """A new call; on return its record is kept."""
        await self._store.calls.insert(record)
        self._publish(record)

    async def enter(self, record: CallRecord, status: str, *, answered_by: str | None = None) -> None:
        """The call enters ``status``; a final one is kept when this returns. ``record`` changes alike."""
        now = self._clock.utc()
        changes = self._changes(record, status, now)
        if answered_by is not None and status == IN_PROGRESS and record.direction != "inbound":
            changes["answered_by"] = answered_by
        for name, value in changes.items():
            setattr(record, name, value)
        kept = self._store.calls.amend(record.sid, **changes)
        if status in FINAL:
            await kept
        self._publish(record)

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
        self._bus.publish(CallChanged(copy(record)))


def _whole_seconds(start: datetime, end: datetime) -> int:
    return max(0, int((end - start).total_seconds()))
