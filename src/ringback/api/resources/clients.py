"""Clients: an account's SIP users. Specification, tables 4.7 to 4.9."""

import re

from ringback.api.asked import Asked
from ringback.api.password import must_be_strong
from ringback.api.property import (
    ACCOUNT_SID,
    API_VERSION_GIVEN,
    DATE_CREATED,
    DATE_UPDATED,
    SID,
    application,
    choice,
    same_as,
    text,
    uri,
    url_and_method,
)
from ringback.api.resource import Resource, Values
from ringback.flows.forget_client import forget_client
from ringback.kernel.errors import BadParameter, Conflict
from ringback.store.clients import ClientRecord

_SIP_USER = re.compile(r"[^\s?=@<>\"\x00-\x1f\x7f]+")

CLIENTS = Resource(
    path="Clients",
    element="Client",
    prefix="CL",
    record=ClientRecord,
    rows=lambda store: store.clients,
    properties=[
        SID,
        DATE_CREATED,
        DATE_UPDATED,
        ACCOUNT_SID,
        API_VERSION_GIVEN,
        text("FriendlyName", most=64, default=same_as("Login")),
        text("Login", most=64, required=True, fixed=True, pattern=_SIP_USER, meaning="none of ? = @ or blanks"),
        text("Password", most=64, required=True),
        choice("Status", ("0", "1"), default="1"),
        *url_and_method("Voice"),
        *url_and_method("VoiceFallback"),
        application("VoiceApplicationSid"),
        uri("Clients"),
        *url_and_method("StatusCallback"),
    ],
    description="An account's SIP users: a name and a password that phones register with.",
)


@CLIENTS.creates
async def once_a_login(values: Values, asked: Asked) -> ClientRecord:
    """A login that the account has already stays that client, with what is given now; another account's is taken."""
    _must_be_good(values, asked)
    existing = await asked.house.store.clients.first(login=values["login"])
    if existing is None:
        return await CLIENTS.insert(values, asked)
    if existing.account_sid != asked.account.sid:
        raise Conflict("A client with the same name was already created by another account.")
    return await forget_when_disabled(existing, await CLIENTS.given(asked), asked)


@CLIENTS.changes
async def forget_when_disabled(client: ClientRecord, values: Values, asked: Asked) -> ClientRecord:
    """The phones of a client that is disabled are forgotten at once."""
    _must_be_good(values, asked)
    changed = await CLIENTS.amend(client, values, asked)
    if changed.status == "0":
        await forget_client(changed.login, asked.house)
    return changed


@CLIENTS.deletes
async def forget_when_deleted(client: ClientRecord, asked: Asked) -> None:
    """A deleted client's phones are forgotten at once."""
    await CLIENTS.remove(client, asked)
    await forget_client(client.login, asked.house)


def _must_be_good(values: Values, asked: Asked) -> None:
    """An empty password is no password; a weak one is refused when the setting says so."""
    password = values.get("password")
    if password == "":
        raise BadParameter(["Password can not be null."], code=20001)
    if password is not None and asked.house.settings.strong_passwords:
        must_be_strong(password)
