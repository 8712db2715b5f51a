"""Accounts and sub-accounts: a tree of at most three levels. Specification, tables 4.1 to 4.3."""

import hashlib
import secrets
from typing import Any, Final

from ringback.api.asked import Asked
from ringback.api.authentication import md5
from ringback.api.closing import close_account
from ringback.api.dialect import TWILIO, Dialect
from ringback.api.filter import by
from ringback.api.kind import EMAIL, MOMENT, TREE
from ringback.api.password import must_be_strong
from ringback.api.permission import ADMINISTRATOR, NOT_PERMITTED, Who
from ringback.api.property import CONTEXT, SID, choice, computed, parameter, prop, same_as, shown, text
from ringback.api.resource import Resource, Values
from ringback.kernel.errors import BadParameter, Conflict, NotPermitted
from ringback.kernel.sid import new_sid
from ringback.store.accounts import AccountRecord
from ringback.store.where import Where, equal

#: the account that every installation begins with; the specification prints its Uri without the context path
DEFAULT: Final = "ACae6e420f425248d6a26948c17a9e2acf"
STATUSES: Final = ("active", "suspended", "closed", "inactive", "uninitialized")
#: a domain that never exists (RFC 2606)
_NOWHERE: Final = "account.invalid"
#: the root is the first level
MOST_LEVELS = 3
#: characters of a FriendlyName; an e-mail address, which is the default, may have more
MOST_OF_NAME: Final = 64
_BELOW = {
    "AvailablePhoneNumbers": "AvailablePhoneNumbers",
    "Calls": "Calls",
    "Conferences": "Conferences",
    "IncomingPhoneNumbers": "IncomingPhoneNumbers",
    "Notifications": "Notifications",
    "OutgoingCallerIds": "OutgoingCallerIds",
    "Recordings": "Recordings",
    "Sandbox": "Sandbox",
    "SMSMessages": "SMS/Messages",
    "Transcriptions": "Transcriptions",
}


def _place(account: AccountRecord, dialect: Dialect) -> str:
    return f"{dialect.prefixes[0]}/Accounts/{account.sid}"


def _uri(account: AccountRecord, dialect: Dialect, as_json: bool) -> str:
    place = _place(account, dialect)
    if account.sid == DEFAULT:
        place = place.removeprefix(CONTEXT)
    return place + (".json" if as_json else "")


def _subresources(account: AccountRecord, dialect: Dialect, as_json: bool) -> Any:
    place = _place(account, dialect)
    ending = ".json" if as_json else ""
    if dialect is TWILIO:
        return {
            **{name: f"{place}/{path}{ending}" for name, path in _BELOW.items()},
            "Messages": f"{place}/Messages.json",
        }
    return {name: f"{place}/{path}{ending}" for name, path in _BELOW.items()}


class Accounts(Resource[AccountRecord]):
    """The account in the path is the one acted for; the list is of the accounts below whoever asks."""

    async def found(self, asked: Asked) -> AccountRecord:
        return asked.account

    def always(self, asked: Asked) -> list[Where]:
        return [equal("parent_sid", asked.caller.sid)]


ACCOUNTS = Accounts(
    path="Accounts",
    below="",
    item="{account}",
    element="Account",
    prefix="AC",
    record=AccountRecord,
    rows=lambda store: store.accounts,
    who=Who.ITSELF,
    deeds=frozenset({"list", "create", "read", "change"}),
    json_order=("Sid", "FriendlyName", "Type", "Status"),
    properties=[
        SID,
        text("FriendlyName", most=MOST_OF_NAME, default=same_as("EmailAddress")),
        choice("Status", STATUSES, default="active"),
        shown("Type"),
        shown("DateCreated", MOMENT),
        shown("DateUpdated", MOMENT),
        shown("AuthToken"),
        computed("Uri", _uri),
        computed("SubresourceUris", _subresources, TREE),
        prop("EmailAddress", EMAIL, required=True, fixed=True),
        text("Role", most=64),
        parameter(text("Password", required=True)),
    ],
    filters=[by("FriendlyName"), by("Status", values=STATUSES)],
    sortable=("DateCreated", "FriendlyName", "Status"),
    twilio_path="Accounts",
    twilio=[computed("OwnerAccountSid", lambda account, _dialect, _json: account.parent_sid or account.sid)],
    twilio_create=[text("FriendlyName", most=64)],
    description="Accounts and the sub-accounts below them.",
)


@ACCOUNTS.creates
async def create_below(values: Values, asked: Asked) -> AccountRecord:
    """A sub-account of whoever asks; its role is that of its parent unless an Administrator says otherwise."""
    parent = asked.caller
    store = asked.house.store
    if len(await store.accounts.ancestors(parent.sid)) >= MOST_LEVELS - 1:
        raise BadParameter(["This account is not allowed to have sub-accounts."])
    if asked.dialect is TWILIO:
        return await _create_from_a_name(values["friendly_name"], asked)
    sid = "AC" + hashlib.md5(values["email_address"].encode(), usedforsecurity=False).hexdigest()
    if await store.accounts.get(sid) or await store.accounts.first(email_address=values["email_address"]):
        raise Conflict("The email address used for the new account is already in use.")
    may_choose = parent.role == ADMINISTRATOR and values.get("role")
    return await ACCOUNTS.insert(
        {
            **values,
            "friendly_name": values["friendly_name"][:MOST_OF_NAME],
            "sid": sid,
            "parent_sid": parent.sid,
            "organization_sid": parent.organization_sid,
            "role": values["role"] if may_choose else parent.role,
            **await _secrets(values["password"], asked),
        },
        asked,
    )


async def _create_from_a_name(friendly_name: str | None, asked: Asked) -> AccountRecord:
    """As Twilio's clients do it: the token is made here, and nobody can write to the account's address."""
    parent, sid = asked.caller, new_sid("AC")
    return await ACCOUNTS.insert(
        {
            "sid": sid,
            "friendly_name": friendly_name or f"SubAccount Created at {asked.house.clock.utc():%Y-%m-%d %H:%M}",
            "email_address": f"{sid.lower()}@{_NOWHERE}",
            "parent_sid": parent.sid,
            "organization_sid": parent.organization_sid,
            "role": parent.role,
            "auth_token": secrets.token_hex(16),
        },
        asked,
    )


@ACCOUNTS.changes
async def change_with_all_below(account: AccountRecord, values: Values, asked: Asked) -> AccountRecord:
    """A new status is that of all accounts below too; closing deletes what is theirs, and is for good."""
    if account.status == "closed":
        raise BadParameter(["Account is closed."])
    if values.get("role", account.role) != account.role and asked.caller.role != ADMINISTRATOR:
        raise NotPermitted("Only an Administrator may change a role.", code=NOT_PERMITTED)
    if password := values.pop("password", None):
        values.update(await _secrets(password, asked))
        if account.status == "uninitialized":
            values.setdefault("status", "active")
    values = {name: value for name, value in values.items() if value is not None or name == "password_hash"}
    if account.parent_sid is None and values.get("status", "active") != "active":
        raise BadParameter(["The account above all others stays active, or nobody could undo it."])
    status = values.pop("status", account.status)
    try:
        if status != account.status:
            await _spread(account, status, asked)
        return await ACCOUNTS.amend(account, {**values, "status": status}, asked)
    finally:
        asked.authentication.forget()


async def _spread(account: AccountRecord, status: str, asked: Asked) -> None:
    """``status`` for everything below, the lowest first. What is closed is suspended first: nothing new begins there,
    and when not all can be done it can be closed again."""
    tree = [one for one in await asked.house.store.accounts.tree(account.sid) if one.status != "closed"]
    if status == "closed":
        for below in tree:
            await ACCOUNTS.amend(below, {"status": "suspended"}, asked)
        asked.authentication.forget()
    for below in reversed(tree):
        if status == "closed":
            await close_account(below, asked)
        if below.sid != account.sid:
            await ACCOUNTS.amend(below, {"status": status}, asked)


async def _secrets(password: str, asked: Asked) -> Values:
    """The documented token of ``password``; or, where that is set, a random one and a hash of the password."""
    settings = asked.house.settings
    if settings.strong_passwords:
        must_be_strong(password)
    if not settings.random_tokens:
        return {"auth_token": md5(password), "password_hash": None}
    return {"auth_token": secrets.token_hex(16), "password_hash": await asked.authentication.hashes.make(password)}
