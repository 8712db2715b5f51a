"""Gateways: where this server registers itself as a SIP user. Specification, table 4.6."""

from datetime import datetime

import msgspec
from sqlalchemy import Index

from ringback.store.rows import Rows
from ringback.store.table import Shape


class GatewayRecord(msgspec.Struct, kw_only=True):
    """``time_to_live`` of a registration in seconds. ``state``: what became of the registration, in words."""

    sid: str
    date_created: datetime
    date_updated: datetime
    account_sid: str | None = None
    friendly_name: str
    user_name: str
    password: str
    proxy: str
    register: bool
    time_to_live: int = 3600
    state: str = "not registered"
    state_changed: datetime | None = None


GATEWAYS = Shape(GatewayRecord, "gateways", Index("gateways_by_date", "date_created", "id"))


class Gateways(Rows[GatewayRecord]):
    """Gateways belong to the server, whoever made them."""

    shape = GATEWAYS
