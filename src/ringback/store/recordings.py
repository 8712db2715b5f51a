"""Recordings of calls; the sound itself is a file. Specification, table 4.22."""

from datetime import datetime

import msgspec
from sqlalchemy import Index

from ringback.store.rows import Rows
from ringback.store.table import Shape


class RecordingRecord(msgspec.Struct, kw_only=True):
    """``duration`` in seconds, with fraction. ``s3_uri``: where the sound lies instead of the data directory."""

    sid: str
    date_created: datetime
    date_updated: datetime
    account_sid: str
    call_sid: str
    duration: float | None = None
    api_version: str = "2012-04-24"
    status: str = "completed"
    channels: int = 1
    source: str | None = None
    conference_sid: str | None = None
    size: int | None = None
    price: str | None = None
    price_unit: str = "USD"
    s3_uri: str | None = None
    instance_sid: str | None = None


RECORDINGS = Shape(
    RecordingRecord,
    "recordings",
    Index("recordings_by_account", "account_sid", "date_created", "id"),
    Index("recordings_by_call", "call_sid", "date_created", "id"),
    Index("recordings_by_conference", "conference_sid", "date_created", "id"),
)


class Recordings(Rows[RecordingRecord]):
    shape = RECORDINGS
    counted = True
