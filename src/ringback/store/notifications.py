"""Notifications: what went wrong in calls and requests. Specification, table 4.24."""

from datetime import datetime

import msgspec
from sqlalchemy import Index

from ringback.store.rows import Rows
from ringback.store.table import Shape


class NotificationRecord(msgspec.Struct, kw_only=True):
    """``log`` 0: error, 1: warning. ``line`` and ``column``: where in the document, counted from 1."""

    sid: str
    date_created: datetime
    date_updated: datetime
    account_sid: str
    call_sid: str | None = None
    message_sid: str | None = None
    api_version: str = "2012-04-24"
    log: int
    error_code: int
    more_info: str = ""
    message_text: str
    message_date: datetime
    request_url: str = ""
    request_method: str = ""
    request_variables: str = ""
    response_headers: str | None = None
    response_body: str | None = None
    line: int | None = None
    column: int | None = None


NOTIFICATIONS = Shape(
    NotificationRecord,
    "notifications",
    Index("notifications_by_account", "account_sid", "date_created", "id"),
    Index("notifications_by_call", "call_sid", "date_created", "id"),
    Index("notifications_by_error_code", "account_sid", "error_code", "date_created", "id"),
)


class Notifications(Rows[NotificationRecord]):
    shape = NOTIFICATIONS
    counted = True
    few = frozenset({"call_sid"})
