"""Closing an account: what is deleted, what is released, what is kept.

Deleted: everything that could still act or be dialled, and what customers said. Kept: calls, messages, the account.
"""

from ringback.api.asked import Asked
from ringback.api.registry import resources
from ringback.store.accounts import AccountRecord


async def close_account(account: AccountRecord, asked: Asked) -> None:
    """Deletes what belongs to ``account`` itself, through the resources' own way to delete."""
    own = asked.acting_for(account)
    for resource in resources():
        if resource.ends_with_account:
            await resource.delete_all(own)
