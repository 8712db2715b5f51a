"""The stock of numbers that may be bought, where no provider is asked. Specification, table 4.4."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Index, bindparam, exists, func, select

from ringback.store.database import Database
from ringback.store.numbers import NUMBERS
from ringback.store.page import Page
from ringback.store.prepared import Prepared
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

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._free: dict[tuple[tuple[str, ...], bool], tuple[Prepared, Prepared]] = {}

    async def free(
        self, equal: Mapping[str, Any], *, digits: str = "", limit: int, offset: int = 0
    ) -> Page[AvailableNumberRecord]:
        """Numbers that nobody has and whose fields have these values, the first loaded first.

        ``digits``: a part of the number without its ``+``; ``_`` is any digit.
        """
        rows, count = self._free_statements(tuple(equal), bool(digits))
        given = {**equal, "digits": f"%{digits}%"} if digits else dict(equal)
        return await self.database.snapshot(
            lambda reading: Page(
                [self.shape.decode(row) for row in reading.rows(rows, {**given, "limit_": limit, "offset_": offset})],
                int(reading.rows(count, given)[0][0]),
            )
        )

    def _free_statements(self, fields: tuple[str, ...], with_digits: bool) -> tuple[Prepared, Prepared]:
        """The page and its total; statements of the same form are made once."""
        made = self._free.get((fields, with_digits))
        if made is None:
            made = self._free[fields, with_digits] = self._make_free(fields, with_digits)
        return made

    def _make_free(self, fields: tuple[str, ...], with_digits: bool) -> tuple[Prepared, Prepared]:
        stock, had = self.shape.table, NUMBERS.table
        clauses: list[ColumnElement[bool]] = [stock.c[field] == bindparam(field) for field in fields]
        if with_digits:
            clauses.append(func.substr(stock.c.phone_number, 2).like(bindparam("digits")))
        clauses.append(~exists().where(had.c.phone_number == stock.c.phone_number))
        page = select(*self._columns).where(*clauses).order_by(stock.c.id)
        return (
            Prepared(page.limit(bindparam("limit_")).offset(bindparam("offset_"))),
            Prepared(select(func.count()).select_from(stock).where(*clauses)),
        )
