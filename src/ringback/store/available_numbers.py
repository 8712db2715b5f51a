"""The stock of numbers that may be bought, where no provider is asked. Specification, table 4.4."""

from datetime import datetime

import msgspec
from sqlalchemy import Index

from ringback.store.rows import Rows
from ringback.store.table import Shape


class AvailableNumberRecord(msgspec.Struct, kw_only=True):
    """``sid`` is for the stock alone. ``national``: the digits without country code, which searches look at."""

    sid: str
    date_created: datetime
    date_updated: datetime
    phone_number: str
    national: str
    kind: str = "Local"
    iso_country: str
    friendly_name: str | None = None
    area_code: str | None = None
    lata: str | None = None
    rate_center: str | None = None
    latitude: str | None = None
    longitude: str | None = None
    region: str | None = None
    postal_code: str | None = None
    cost: str | None = None
    voice_capable: bool | None = None
    sms_capable: bool | None = None
    mms_capable: bool | None = None
    fax_capable: bool | None = None
    ussd_capable: bool | None = None


AVAILABLE_NUMBERS = Shape(
    AvailableNumberRecord,
    "available_numbers",
    Index("available_numbers_by_number", "phone_number", unique=True),
    Index("available_numbers_by_area", "iso_country", "kind", "area_code", "id"),
    Index("available_numbers_by_kind", "iso_country", "kind", "id"),
)


class AvailableNumbers(Rows[AvailableNumberRecord]):
    shape = AVAILABLE_NUMBERS
