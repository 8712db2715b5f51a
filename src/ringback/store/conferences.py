"""Conferences: rooms where calls hear each other."""

from datetime import datetime

import msgspec
from sqlalchemy import Index

from ringback.store.rows import Rows
from ringback.store.table import Shape


class ConferenceRecord(msgspec.Struct, kw_only=True):
    """``friendly_name``: the room's name in the document, without the account. ``instance_sid``: who carries it."""

    sid: str
    date_created: datetime
    date_updated: datetime
    account_sid: str
    status: str
    api_version: str = "2012-04-24"
    friendly_name: str
    region: str | None = None
    instance_sid: str | None = None


CONFERENCES = Shape(
    ConferenceRecord,
    "conferences",
    Index("conferences_by_account", "account_sid", "date_created", "id"),
    Index("conferences_by_name", "account_sid", "friendly_name", "date_created", "id"),
    Index("conferences_by_status", "account_sid", "status", "date_created", "id"),
)


class Conferences(Rows[ConferenceRecord]):
    shape = CONFERENCES
    counted = True
