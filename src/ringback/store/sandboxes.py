"""Sandboxes: a number with a PIN that an account may try its applications on."""

from datetime import datetime

import msgspec
from sqlalchemy import Index

from ringback.store.rows import Rows
from ringback.store.table import Shape


class SandboxRecord(msgspec.Struct, kw_only=True):
    """One an account."""

    sid: str
    date_created: datetime
    date_updated: datetime
    account_sid: str
    pin: str
    phone_number: str
    application_sid: str | None = None
    api_version: str = "2012-04-24"
    voice_url: str | None = None
    voice_method: str = "POST"
    sms_url: str | None = None
    sms_method: str = "POST"
    status_callback: str | None = None
    status_callback_method: str = "POST"


SANDBOXES = Shape(SandboxRecord, "sandboxes", Index("sandboxes_by_account", "account_sid", unique=True))


class Sandboxes(Rows[SandboxRecord]):
    shape = SANDBOXES
