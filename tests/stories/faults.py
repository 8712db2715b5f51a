"""The faults that are kept with a call."""

import asyncio

from ringback.app import Ringback
from ringback.store.notifications import NotificationRecord
from ringback.testing import NotAsExpected


async def fault_of(ringback: Ringback, call_sid: str, code: int, *, within: float = 3.0) -> NotificationRecord:
    """The call's Notification with this code; waits until it is kept."""
    deadline = asyncio.get_running_loop().time() + within
    while True:
        kept = await ringback.house.store.notifications.find(call_sid=call_sid)
        for fault in kept:
            if str(fault.error_code) == str(code):
                return fault
        if asyncio.get_running_loop().time() > deadline:
            raise NotAsExpected(f"no fault {code} is kept with {call_sid}, but {kept}")
        await asyncio.sleep(0.02)
