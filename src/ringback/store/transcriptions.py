"""Transcriptions of recordings. Specification, table 4.23."""

from datetime import datetime

import msgspec
from sqlalchemy import Index

from ringback.store.rows import Rows
from ringback.store.table import Shape


class TranscriptionRecord(msgspec.Struct, kw_only=True):
    """``status``: in-progress, completed or failed. ``duration`` of the recording in seconds."""

    sid: str
    date_created: datetime
    date_updated: datetime
    account_sid: str
    status: str
    recording_sid: str
    call_sid: str | None = None
    duration: float | None = None
    transcription_text: str | None = None
    price: str | None = None
    price_unit: str = "USD"
    api_version: str = "2012-04-24"
    language: str | None = None
    callback_url: str | None = None


TRANSCRIPTIONS = Shape(
    TranscriptionRecord,
    "transcriptions",
    Index("transcriptions_by_account", "account_sid", "date_created", "id"),
    Index("transcriptions_by_recording", "recording_sid"),
)


class Transcriptions(Rows[TranscriptionRecord]):
    shape = TRANSCRIPTIONS
    counted = True
    few = frozenset({"recording_sid"})
