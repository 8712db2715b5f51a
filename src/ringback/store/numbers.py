"""Incoming phone numbers: what may be dialled, and which application answers. Specification, tables 4.10 to 4.12."""

from datetime import datetime

from sqlalchemy import Index

from ringback.store.rows import Rows
from ringback.store.table import Shape
from ringback.store.urls import TextUrls


class NumberRecord(TextUrls, kw_only=True):
    """``phone_number``: E.164 with ``+``; what cannot be a number, as given. ``kind``: Local, TollFree, Mobile."""

    sid: str
    date_created: datetime
    date_updated: datetime
    account_sid: str
    friendly_name: str
    phone_number: str
    kind: str = "Local"
    pure_sip: bool = False
    api_version: str = "2012-04-24"
    voice_caller_id_lookup: bool = False
    voice_url: str | None = None
    voice_application_sid: str | None = None
    sms_application_sid: str | None = None
    ussd_url: str | None = None
    ussd_method: str = "POST"
    ussd_fallback_url: str | None = None
    ussd_fallback_method: str = "POST"
    ussd_application_sid: str | None = None
    refer_url: str | None = None
    refer_method: str = "POST"
    refer_application_sid: str | None = None
    voice_capable: bool | None = None
    sms_capable: bool | None = None
    mms_capable: bool | None = None
    fax_capable: bool | None = None
    ussd_capable: bool | None = None
    cost: str | None = None
    provider: str | None = None


NUMBERS = Shape(
    NumberRecord,
    "numbers",
    Index("numbers_by_phone_number", "phone_number", unique=True),
    Index("numbers_by_account", "account_sid", "date_created", "id"),
)


class Numbers(Rows[NumberRecord]):
    shape = NUMBERS
    keeps = True
    counted = True
