"""Closing an account: what is ended, what is deleted or released, what is kept.

Ended: live calls. Deleted: everything that could still act or be dialled, and what customers said: clients with their
phones' registrations, numbers (which are free again), applications, caller ids, the sandbox, recordings with their
sound, transcriptions, announcements, Notifications. Kept: calls, messages, conferences, the account itself.
"""

import asyncio
import contextlib

from ringback.api.asked import Asked
from ringback.api.registry import resources
from ringback.flows.change_call import ChangeCall, change_call
from ringback.kernel.errors import Gone, NotFound
from ringback.store.accounts import AccountRecord


async def close_account(account: AccountRecord, asked: Asked) -> None:
    """Ends and deletes what belongs to ``account`` itself, through the resources' own way to delete."""
    await asyncio.gather(*(_end(call.sid, asked) for call in asked.house.live if call.account_sid == account.sid))
    own = asked.acting_for(account)
    for resource in resources():
        if resource.ends_with_account:
            await resource.delete_all(own)


async def _end(call_sid: str, asked: Asked) -> None:
    with contextlib.suppress(Gone, NotFound):
        await change_call(call_sid, ChangeCall(status="completed"), asked.house)
