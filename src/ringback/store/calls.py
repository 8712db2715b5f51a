"""Calls: the record of each leg. Specification, tables 4.13 to 4.19.

Decision 8 says why there are these indexes and counts, and what each costs a call.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Index, bindparam, func, literal_column, select, text

from ringback.store.call_listing import CallListing
from ringback.store.call_totals import FROM, FROM_DAYS, OPEN, STARTED, TO, TO_DAYS, day_and_status
from ringback.store.counts import Key, day_of
from ringback.store.database import Database
from ringback.store.prepared import Prepared
from ringback.store.query import OVER_DAYS
from ringback.store.rows import Rows
from ringback.store.table import Shape
from ringback.store.writing import Writing


class CallRecord(msgspec.Struct, kw_only=True):
    """``duration`` and ``ring_duration`` in whole seconds. ``instance_sid``: the server that carries the call."""

    sid: str
    date_created: datetime
    date_updated: datetime
    parent_call_sid: str | None = None
    account_sid: str
    to: str
    from_: str
    phone_number_sid: str | None = None
    status: str
    start_time: datetime | None = None
    end_time: datetime | None = None
    duration: int | None = None
    price: str | None = None
    direction: str
    answered_by: str | None = None
    api_version: str = "2012-04-24"
    forwarded_from: str | None = None
    caller_name: str | None = None
    ring_duration: int | None = None
    price_unit: str = "USD"
    instance_sid: str | None = None
    conference_sid: str | None = None
    muted: bool | None = None
    on_hold: bool | None = None
    start_conference_on_enter: bool | None = None
    end_conference_on_exit: bool | None = None
    sip_call_id: str | None = None


def _where(name: str, condition: str, *columns: str) -> Index:
    """An index of a few rows of many."""
    return Index(name, *columns, sqlite_where=text(condition), postgresql_where=text(condition))


CALLS = Shape(
    CallRecord,
    "calls",
    Index("calls_by_account", "account_sid", "date_created", "id"),
    Index("calls_by_date", "date_created", "id"),
    Index("calls_by_to", "account_sid", "to", "date_created", "id", "from_"),
    Index("calls_by_from", "account_sid", "from_", "date_created", "id", "to"),
    Index("calls_by_status", "account_sid", "status", "date_created", "id"),
    Index("calls_by_direction", "account_sid", "direction", "date_created", "id"),
    Index("calls_by_start", "account_sid", "start_time"),
    _where("calls_by_parent", "parent_call_sid IS NOT NULL", "parent_call_sid", "date_created", "id"),
    _where("calls_by_conference", "conference_sid IS NOT NULL", "conference_sid", "date_created", "id"),
    _where("calls_over_days", OVER_DAYS, "account_sid", "date_created", "id"),
)
_C = CALLS.table.c
Index("calls_by_duration", _C.account_sid, func.coalesce(_C.duration, literal_column("-1")), _C.date_created, _C.id)
Index("calls_by_price", _C.account_sid, func.coalesce(_C.price, literal_column("''")), _C.date_created, _C.id)


class Calls(Rows[CallRecord]):
    """Counted by day of creation and status, by day of start and status (with their seconds), and by To and From, alone
    and with each day of start and final status."""

    shape = CALLS
    counted = True
    few = frozenset({"parent_call_sid", "conference_sid"})
    tally_fields = ("account_sid", "date_created", "status", "start_time", "to", "from_", "duration")
    #: not counted, but in the index of a sealed stretch
    touching_fields = frozenset({"end_time", "direction", "price"})

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        table = self.shape.table
        everything = select(*self.shape.columns)
        by_age = (table.c.date_created.desc(), table.c.id.desc())
        self._recent = Prepared(everything.order_by(*by_age).limit(bindparam("limit")))
        self._open = Prepared(everything.where(table.c.end_time.is_(None)).order_by(*reversed(by_age)))

    def _make_listing(self) -> CallListing:
        return CallListing(self.shape)

    def tallies(self, values: Mapping[str, Any]) -> list[tuple[Key, int]]:
        account, status, to, from_ = values["account_sid"], values["status"], values["to"], values["from_"]
        tallies = [
            (("calls", account, day_of(values["date_created"]), status), 0),
            ((STARTED, account, day_of(values["start_time"]), status), values["duration"] or 0),
            ((TO, account, to[::-1], ""), 0),
            ((FROM, account, from_[::-1], ""), 0),
        ]
        if status not in OPEN:  # few calls are open: those are counted when asked
            day = day_and_status(values["start_time"], status)
            tallies.append(((TO_DAYS, account, to[::-1], day), 0))
            tallies.append(((FROM_DAYS, account, from_[::-1], day), 0))
        return tallies

    def _count(self, writing: Writing, values: Mapping[str, Any], n: int) -> None:
        super()._count(writing, values, n)
        writing.gathered.touched.add((values["account_sid"], values["date_created"]))

    async def recent(self, limit: int = 20) -> list[CallRecord]:
        """The youngest calls of all accounts, the youngest first."""
        rows = await self.database.read(self._recent, {"limit": limit})
        return [self.shape.decode(row) for row in rows]

    async def open_calls(self, instance_sid: str | None = None) -> list[CallRecord]:
        """Calls whose record says that they are not over; those of one server (or of none), or all."""
        records = [self.shape.decode(row) for row in await self.database.read(self._open)]
        return [record for record in records if instance_sid is None or record.instance_sid in (None, instance_sid)]
