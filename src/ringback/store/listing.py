"""Lists: pages in order and true totals, whose cost does not grow with the table."""

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

import msgspec

from ringback.kernel.errors import BadParameter
from ringback.store.counts import day_of
from ringback.store.page import Page, Sort
from ringback.store.query import Position, Queries
from ringback.store.readers import Reading
from ringback.store.table import Shape
from ringback.store.totals import Totals
from ringback.store.where import Where

Record = TypeVar("Record", bound=msgspec.Struct)
_DAY = 86_400_000
#: most accounts or values whose lists are merged; above, one list is walked and checked
MOST_MERGED = 200
#: sorts after every day
_AFTER_ALL_DAYS = "~"


class Listing(Generic[Record]):
    """Pages of one table; everything here runs in a reader's thread."""

    #: the field whose day the counts of `Rows.tallies` go by
    day_field = "date_created"

    def __init__(self, shape: Shape[Any], *, counted: bool) -> None:
        self.shape = shape
        self.queries = Queries(shape)
        self.counted = counted
        self.totals = Totals()

    def page(
        self, reading: Reading, where: Sequence[Where], sort: Sort, limit: int, *, offset: int, after: str | None
    ) -> Page[Record]:
        total = self.count(reading, where)
        position = self._position(reading, sort, after) if after is not None else None
        rows = self._rows(reading, where, sort, limit, offset, position, total)
        return Page([self.shape.decode(row[2:]) for row in rows], total)

    def count(self, reading: Reading, where: Sequence[Where]) -> int:
        """From the kept counts when they know, else by counting what an index finds."""
        known = self.known_count(reading, where) if self.counted else None
        if known is not None:
            return known
        asked = self.queries.count(where)
        return int(reading.rows(asked.statement, asked.parameters)[0][0])

    def known_count(self, reading: Reading, where: Sequence[Where]) -> int | None:
        """The kept counts know: by account (or tree), status, and whole days of `day_field`."""
        accounts: Where | None = None
        status: str | None = None
        first, end = "", _AFTER_ALL_DAYS
        for condition in where:
            field, comparison, value = condition.field, condition.comparison, condition.value
            if field == "account_sid" and comparison in ("=", "in", "tree") and accounts is None:
                accounts = condition
            elif field == "status" and comparison == "=" and status is None and value is not None:
                status = value
            elif field == self.day_field and comparison in (">=", "<"):
                moment = self.shape.encode_value(field, value)
                if moment % _DAY:
                    return None
                if comparison == ">=":
                    first = max(first, day_of(moment))
                else:
                    end = min(end, day_of(moment))
            else:
                return None
        if accounts is None:
            return None
        return self.totals.count(reading, self.shape.table.name, accounts, first, end, status)

    def _position(self, reading: Reading, sort: Sort, sid: str) -> Position:
        asked = self.queries.position(sort, sid)
        rows = reading.rows(asked.statement, asked.parameters)
        if not rows:
            raise BadParameter([f"AfterSid = {sid!r}: there is no such record; take it from nextpageuri."])
        return Position(*rows[0])

    def _rows(
        self,
        reading: Reading,
        where: Sequence[Where],
        sort: Sort,
        limit: int,
        offset: int,
        after: Position | None,
        total: int,
    ) -> list[Any]:
        if offset >= total and after is None:
            return []
        if after is None and offset > total // 2:
            return self._from_the_end(reading, where, sort, limit, offset, total)
        asked = self.queries.rows(where, sort, limit, offset=offset, after=after)
        return reading.rows(asked.statement, asked.parameters)

    def _from_the_end(
        self, reading: Reading, where: Sequence[Where], sort: Sort, limit: int, offset: int, total: int
    ) -> list[Any]:
        limit = min(limit, total - offset)
        backwards = Sort(sort.field, not sort.descending)
        asked = self.queries.rows(where, backwards, limit, offset=total - offset - limit)
        return reading.rows(asked.statement, asked.parameters)[::-1]
