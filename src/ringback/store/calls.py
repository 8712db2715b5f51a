"""Calls: the record of each leg. Specification, tables 4.13 to 4.19."""

from datetime import datetime

import msgspec
from sqlalchemy import Index

from ringback.store.rows import Rows
from ringback.store.table import Shape

#: statuses of a call that is not over
OPEN = ("queued", "ringing", "in-progress")


class CallRecord(msgspec.Struct, kw_only=True):
    """``duration`` and ``ring_duration`` in whole seconds. ``instance_sid``: the server that carries the call."""

    sid: str
    date_created: datetime
    date_updated: datetime
    parent_call_sid: str | None = None
    account_sid: str
    to: str
    from_: str
    phone_number_sid: str | None = None
    status: str
    start_time: datetime | None = None
    end_time: datetime | None = None
    duration: int | None = None
    price: str | None = None
    direction: str
    answered_by: str | None = None
    api_version: str = "2012-04-24"
    forwarded_from: str | None = None
    caller_name: str | None = None
    ring_duration: int | None = None
    price_unit: str = "USD"
    instance_sid: str | None = None
    conference_sid: str | None = None
    muted: bool | None = None
    on_hold: bool | None = None
    start_conference_on_enter: bool | None = None
    end_conference_on_exit: bool | None = None
    sip_call_id: str | None = None


CALLS = Shape(
    CallRecord,
    "calls",
    Index("calls_by_account", "account_sid", "date_created", "id"),
    Index("calls_by_date", "date_created", "id"),
    Index("calls_by_to", "account_sid", "to", "date_created", "id"),
    Index("calls_by_from", "account_sid", "from_", "date_created", "id"),
    Index("calls_by_status", "account_sid", "status", "date_created", "id"),
)


class Calls(Rows[CallRecord]):
    shape = CALLS
    counted = True

    async def recent(self, limit: int = 20) -> list[CallRecord]:
        """The youngest calls of all accounts, the youngest first."""
        raise NotImplementedError

    async def open_calls(self, instance_sid: str | None = None) -> list[CallRecord]:
        """Calls whose record says that they are not over; those of one server, or of all."""
        raise NotImplementedError
