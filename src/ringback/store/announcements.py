"""Announcements: texts that an account had spoken into files."""

from datetime import datetime

import msgspec
from sqlalchemy import Index

from ringback.store.rows import Rows
from ringback.store.table import Shape


class AnnouncementRecord(msgspec.Struct, kw_only=True):
    """``file``: the sound's name in the folder of spoken texts."""

    sid: str
    date_created: datetime
    date_updated: datetime
    account_sid: str
    gender: str = "man"
    language: str = "en"
    text: str
    file: str | None = None


ANNOUNCEMENTS = Shape(
    AnnouncementRecord, "announcements", Index("announcements_by_account", "account_sid", "date_created", "id")
)


class Announcements(Rows[AnnouncementRecord]):
    shape = ANNOUNCEMENTS
