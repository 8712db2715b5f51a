"""Gateways that this server registers with. Specification, table 4.6. They belong to the server, not to an account."""

from typing import Final

from ringback.api.asked import Asked
from ringback.api.dialect import API_VERSION, Dialect
from ringback.api.kind import flag, whole
from ringback.api.permission import Who
from ringback.api.property import (
    CONTEXT,
    DATE_CREATED,
    DATE_UPDATED,
    SID,
    computed,
    prop,
    same_as,
    shown,
    text,
)
from ringback.api.resource import Resource, Values
from ringback.calls.notes import Fault
from ringback.store.gateways import GatewayRecord


def _uri(gateway: GatewayRecord, _dialect: Dialect, as_json: bool) -> str:
    return f"{CONTEXT}/{API_VERSION}/Management/Gateways/{gateway.sid}" + (".json" if as_json else "")


#: nothing leads outside
_NOT_REGISTERED: Final = 11004
_USER_NAME = text("UserName", most=64, required=True)
_PASSWORD = text("Password", most=64, required=True)
_PROXY = text("Proxy", most=255, required=True)
_REGISTER = prop("Register", flag(), required=True)
_FRIENDLY_NAME = text("FriendlyName", most=64, default=same_as("UserName"))

GATEWAYS = Resource(
    path="Management/Gateways",
    element="Gateway",
    prefix="GW",
    record=GatewayRecord,
    rows=lambda store: store.gateways,
    who=Who.OPERATOR,
    of_account=False,
    extra_places=("Management/Gateways",),
    properties=[
        SID,
        DATE_CREATED,
        DATE_UPDATED,
        _FRIENDLY_NAME,
        _PASSWORD,
        _PROXY,
        _REGISTER,
        _USER_NAME,
        shown("TimeToLive", whole()),
        computed("Uri", _uri),
        shown("State"),
        prop("TTL", whole(least=60), attribute="time_to_live", default=3600, shown=False),
    ],
    description="SIP gateways that this server registers with, to receive their calls. Only for the root account.",
)


@GATEWAYS.creates
async def not_registered(values: Values, asked: Asked) -> GatewayRecord:
    """Taken and kept; as nothing registers with gateways yet, a Notification says so."""
    return await _tell(await GATEWAYS.insert(values, asked), asked)


@GATEWAYS.changes
async def still_not_registered(gateway: GatewayRecord, values: Values, asked: Asked) -> GatewayRecord:
    return await _tell(await GATEWAYS.amend(gateway, values, asked), asked)


async def _tell(gateway: GatewayRecord, asked: Asked) -> GatewayRecord:
    if gateway.register:
        reason = f"Gateway {gateway.friendly_name} ({gateway.proxy}) is not registered: this server cannot do that yet."
        await asked.house.notes.write(asked.caller.sid, Fault(_NOT_REGISTERED, reason))
    return gateway
