"""SMS messages, sent and received. Specification, tables 4.20 and 4.21."""

from datetime import datetime

import msgspec
from sqlalchemy import Index, text

from ringback.store.rows import Rows
from ringback.store.table import Shape


class MessageRecord(msgspec.Struct, kw_only=True):
    """``carrier_id``: what the carrier calls it, for receipts. ``headers``: ``X-…`` to send with it."""

    sid: str
    date_created: datetime
    date_updated: datetime
    date_sent: datetime | None = None
    account_sid: str
    from_: str
    to: str
    body: str
    status: str
    direction: str
    price: str | None = None
    price_unit: str = "USD"
    api_version: str = "2012-04-24"
    error_code: int | None = None
    error_message: str | None = None
    encoding: str | None = None
    num_segments: int | None = None
    status_callback: str | None = None
    status_callback_method: str | None = None
    call_sid: str | None = None
    headers: list[tuple[str, str]] = []
    carrier: str | None = None
    carrier_id: str | None = None
    attempts: int = 0
    next_attempt: datetime | None = None


MESSAGES = Shape(
    MessageRecord,
    "messages",
    Index("messages_by_account", "account_sid", "date_created", "id"),
    Index("messages_by_to", "account_sid", "to", "date_created", "id"),
    Index("messages_by_from", "account_sid", "from_", "date_created", "id"),
    Index("messages_by_status", "account_sid", "status", "date_created", "id"),
    Index(
        "messages_by_carrier_id",
        "carrier_id",
        sqlite_where=text("carrier_id IS NOT NULL"),
        postgresql_where=text("carrier_id IS NOT NULL"),
    ),
    Index(
        "messages_by_next_attempt",
        "next_attempt",
        sqlite_where=text("next_attempt IS NOT NULL"),
        postgresql_where=text("next_attempt IS NOT NULL"),
    ),
)


class Messages(Rows[MessageRecord]):
    shape = MESSAGES
    counted = True
    few = frozenset({"carrier_id"})
