"""Permission: what an account's role lets it do, and to which accounts.

Facts about the roles: rest-api.md §1.5. An account reaches itself and everything below it; the account *itself*
(``/Accounts/{Sid}``) is reached by its administrators above it and by itself.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Final

from ringback.kernel.errors import NotFound, NotPermitted
from ringback.kernel.sid import is_sid
from ringback.store.accounts import AccountRecord
from ringback.store.store import Store

ADMINISTRATOR: Final = "Administrator"
#: Twilio's codes of who may not, and of an account that is suspended or closed
NOT_PERMITTED: Final = 20003
NOT_ACTIVE: Final = 20005
#: no chain of accounts is longer: three levels, and one for good measure
_DEEPEST = 4


class Deed(Enum):
    """What is done with a resource."""

    CREATE = "Create"
    READ = "Read"
    MODIFY = "Modify"
    DELETE = "Delete"


_ALL = frozenset(Deed)
_READ = frozenset({Deed.READ})
#: role → target → deeds; an Administrator may do everything, an unknown role nothing
ROLES: Final[Mapping[str, Mapping[str, frozenset[Deed]]]] = {
    "Developer": {
        "Accounts": _ALL,
        "Applications": _ALL,
        "Announcements": _ALL,
        "AvailablePhoneNumbers": _READ,
        "Calls": _ALL,
        "Clients": _ALL,
        "Conferences": _ALL,
        "EmailMessages": _ALL,
        "IncomingPhoneNumbers": _ALL,
        "Notifications": _READ,
        "OutboundProxies": _ALL,
        "OutgoingCallerIds": _ALL,
        "Recordings": frozenset({Deed.READ, Deed.DELETE}),
        "SandBoxes": frozenset({Deed.READ, Deed.MODIFY}),
        "SmsMessages": _READ,
        "Transcriptions": _READ,
        "Usage": _ALL,
    },
}


class Who(Enum):
    """Whom a route is for, beside what the role must allow."""

    ACCOUNT = "the account in the path, or one above it"
    ITSELF = "the account in the path itself, or an Administrator above it"
    OPERATOR = "an active account that has none above it"
    ANYONE = "anyone, even who is not authenticated"


def may(role: str, deed: Deed, target: str) -> bool:
    """Whether ``role`` may do ``deed`` to ``target``."""
    return role == ADMINISTRATOR or deed in ROLES.get(role, {}).get(target, frozenset())


def must_be_allowed(caller: AccountRecord, deed: Deed, target: str) -> None:
    if not may(caller.role or "", deed, target):
        raise NotPermitted(
            f"The role '{caller.role}' of this account may not {deed.value} {target}.", code=NOT_PERMITTED
        )


def must_operate(caller: AccountRecord) -> None:
    """Only the account that has none above it."""
    if caller.parent_sid is not None:
        raise NotPermitted("Only an account without a parent may do this.", code=NOT_PERMITTED)


def must_be_active(account: AccountRecord) -> None:
    """Nobody calls or writes for an account that is suspended, not even one above it."""
    if account.status not in ("active", "uninitialized"):
        raise NotPermitted(f"Account {account.sid} is {account.status}.", code=NOT_ACTIVE)


async def operated_account(name: str, caller: AccountRecord, who: Who, store: Store) -> AccountRecord:
    """The account that ``name`` (SID or e-mail address, from the path) means. 404: there is none; 403: out of reach."""
    if name == caller.sid or name.lower() == caller.email_address:
        return caller
    account = await find_account(name, store)
    if account is None:
        raise NotFound(f"There is no account {name}.")
    if account.sid == caller.sid:
        return caller
    if not await is_above(caller, account, store) or (who is Who.ITSELF and caller.role != ADMINISTRATOR):
        raise NotPermitted(f"Account {caller.sid} may not act for account {account.sid}.", code=NOT_PERMITTED)
    return account


async def find_account(name: str, store: Store) -> AccountRecord | None:
    if "@" in name and "\0" not in name:
        return await store.accounts.first(email_address=name.lower())
    return await store.accounts.get(name) if is_sid(name, "AC") else None


async def is_above(upper: AccountRecord, lower: AccountRecord, store: Store) -> bool:
    """Whether ``upper`` is an ancestor of ``lower``."""
    parent = lower.parent_sid
    for _ in range(_DEEPEST):
        if parent is None or parent == upper.sid:
            break
        above = await store.accounts.get(parent)
        parent = above.parent_sid if above is not None else None
    return parent == upper.sid
