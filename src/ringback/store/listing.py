"""Lists: pages in order and true totals, whose cost does not grow with the table."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

import msgspec

from ringback.kernel.errors import BadParameter
from ringback.store.asked import ALWAYS, Asked, spans
from ringback.store.page import Page, Sort
from ringback.store.query import Position, Queries
from ringback.store.readers import Reading
from ringback.store.table import Shape
from ringback.store.totals import Totals
from ringback.store.tree import TREE
from ringback.store.where import Where, at_least, below, equal

Record = TypeVar("Record", bound=msgspec.Struct)
#: most lists that are merged into one; above, one list is walked and its rows checked
MOST_MERGED = 200
#: rows that are skipped one by one, rather than by whole days
_FEW_SKIPPED = 1000
_AGE = "date_created"
#: most rows that are read for a merge
_MOST_READ = 20_000


class Listing(Generic[Record]):
    """Pages of one table; everything here runs in a reader's thread."""

    #: by the day of which fields rows are counted, and under which kind of count
    day_counts: dict[str, str]

    def __init__(self, shape: Shape[Any], *, counted: bool) -> None:
        self.shape = shape
        self.queries = Queries(shape)
        self.totals = Totals()
        self.day_counts = {"date_created": shape.table.name} if counted else {}

    def page(
        self, reading: Reading, where: Sequence[Where], sort: Sort, limit: int, *, offset: int, after: str | None
    ) -> Page[Record]:
        total = self.count(reading, where)
        if after is not None:
            rows = self.rows(reading, where, sort, limit, 0, self._position(reading, sort, after), total)
        elif offset >= total:
            rows = []
        else:
            limit = min(limit, total - offset)  # so that nobody looks for more than there are
            behind = total - offset - limit
            if offset <= behind:
                rows = self.rows(reading, where, sort, limit, offset, None, total)
            else:  # from the other end
                backwards = Sort(sort.field, not sort.descending)
                rows = self.rows(reading, where, backwards, limit, behind, None, total)[::-1]
        return Page([self.shape.decode(row[3:]) for row in rows], total)

    # totals

    def count(self, reading: Reading, where: Sequence[Where]) -> int:
        """From the kept counts when they know, else by counting what an index finds."""
        asked = Asked.of(where, self.shape)
        known = self.known(reading, asked)
        if known is not None:
            return known
        return self.counted(reading, where)

    def known(self, reading: Reading, asked: Asked) -> int | None:
        """What the kept counts say: by account, status, and one field's days."""
        if asked.accounts is None or asked.rest or len(asked.bounds) > 1:
            return None
        field = next(iter(asked.bounds), "date_created")
        kind = self.day_counts.get(field)
        if kind is None:
            return None
        return sum(
            sign * self.totals.by_day(reading, kind, asked.accounts, span, asked.status)
            if whole
            else sign * self.counted(reading, asked.within(field, span))
            for sign, span, whole in spans(asked.bounds.get(field, ALWAYS))
        )

    def counted(self, reading: Reading, where: Sequence[Where]) -> int:
        """By counting what an index finds."""
        return sum(self._counted(reading, part) for part in self.alternatives(reading, where, None))

    def _counted(self, reading: Reading, where: Sequence[Where]) -> int:
        asked = self.queries.count(self.bounded(where))
        return int(reading.rows(asked.statement, asked.parameters)[0][0])

    # rows

    def rows(
        self,
        reading: Reading,
        where: Sequence[Where],
        sort: Sort,
        limit: int,
        offset: int,
        after: Position | None,
        total: int,
    ) -> list[Any]:
        """Rows as of `Queries.rows`, merged from the alternatives of ``where``; ``total`` of all pages."""
        where, offset = self._without_days(reading, where, sort, offset)
        parts = self.sorted_alternatives(reading, where, sort, total)
        if len(parts) > 1 and len(parts) * (offset + limit) > _MOST_READ:
            parts = [self.checked(where)]
        if len(parts) == 1:
            return self._run(reading, parts[0], sort, limit, offset, after)
        found = [row for part in parts for row in self._run(reading, part, sort, offset + limit, 0, after)]
        found.sort(key=lambda row: row[:3], reverse=sort.descending)
        return found[offset : offset + limit]

    def _without_days(
        self, reading: Reading, where: Sequence[Where], sort: Sort, offset: int
    ) -> tuple[Sequence[Where], int]:
        """The same list without the days whose rows are all skipped, when the kept counts tell how many they are."""
        asked = Asked.of(where, self.shape)
        kind = self.day_counts.get("date_created")
        is_known = kind and asked.accounts and not asked.rest and not asked.bounds and sort.field == "date_created"
        if offset < _FEW_SKIPPED or not is_known:
            return where, offset
        assert kind is not None
        assert asked.accounts is not None
        days = self.totals.days(reading, kind, asked.accounts, asked.status)
        for day, n in reversed(days) if sort.descending else days:
            if n > offset:
                midnight = datetime.fromisoformat(day).replace(tzinfo=UTC)
                edge = below(_AGE, midnight + timedelta(days=1)) if sort.descending else at_least(_AGE, midnight)
                return [*where, edge], offset
            offset -= n
        return where, offset

    def _run(
        self, reading: Reading, where: Sequence[Where], sort: Sort, limit: int, offset: int, after: Position | None
    ) -> list[Any]:
        rows: list[Any] = []
        for part in self.queries.parts(sort, after):
            if len(rows) < limit:
                asked = self.queries.rows(self.bounded(where), sort, limit - len(rows), offset=offset, after=part)
                rows += reading.rows(asked.statement, asked.parameters)
        return rows

    def _position(self, reading: Reading, sort: Sort, sid: str) -> Position:
        asked = self.queries.position(sort, sid)
        rows = reading.rows(asked.statement, asked.parameters)
        if not rows:
            raise BadParameter([f"AfterSid = {sid!r}: there is no such record; take it from nextpageuri."])
        return Position(*rows[0])

    # what an index serves in order

    def sorted_alternatives(
        self, reading: Reading, where: Sequence[Where], sort: Sort, total: int
    ) -> Sequence[Sequence[Where]]:
        """`alternatives` that serve ``total`` rows in the order of ``sort``, or find few to be sorted."""
        return self.alternatives(reading, where, sort)

    def alternatives(self, reading: Reading, where: Sequence[Where], sort: Sort | None) -> Sequence[Sequence[Where]]:
        """Conditions that exclude each other and are ``where`` together, each served by an index in order of age.

        ``sort`` None: the order does not matter.
        """
        accounts = self.account_sids(reading, where)
        if accounts is None:
            return [where]
        rest = [condition for condition in where if condition.field != "account_sid"]
        if len(accounts) > MOST_MERGED:
            return [self.checked(where)]
        return [[equal("account_sid", account), *rest] for account in accounts]

    def account_sids(self, reading: Reading, where: Sequence[Where]) -> Sequence[str] | None:
        """The accounts that ``where`` names; None when it names none, or more than once."""
        named = [condition for condition in where if condition.field == "account_sid"]
        if len(named) != 1 or named[0].comparison not in ("=", "in", "tree") or named[0].value is None:
            return None
        match named[0].comparison:
            case "=":
                return [named[0].value]
            case "in":
                return list(dict.fromkeys(named[0].value))
            case _:
                return [str(row[0]) for row in reading.rows(TREE, {"root": named[0].value})]

    def checked(self, where: Sequence[Where]) -> list[Where]:
        """``where`` so that the list is walked by age and each row checked."""
        return [Where(each.field, each.comparison, each.value, indexed=False) for each in where]

    def bounded(self, where: Sequence[Where]) -> Sequence[Where]:
        """``where`` with what follows from it, that an index can use."""
        return where
