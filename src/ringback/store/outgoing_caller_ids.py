"""Numbers of an account's own that it may show when it calls out."""

from datetime import datetime

import msgspec
from sqlalchemy import Index

from ringback.store.rows import Rows
from ringback.store.table import Shape


class OutgoingCallerIdRecord(msgspec.Struct, kw_only=True):
    sid: str
    date_created: datetime
    date_updated: datetime
    account_sid: str
    friendly_name: str
    phone_number: str


OUTGOING_CALLER_IDS = Shape(
    OutgoingCallerIdRecord,
    "outgoing_caller_ids",
    Index("outgoing_caller_ids_by_account", "account_sid", "date_created", "id"),
)


class OutgoingCallerIds(Rows[OutgoingCallerIdRecord]):
    shape = OUTGOING_CALLER_IDS
