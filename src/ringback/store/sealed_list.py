"""One list of calls that sealed stretches find: its total, and the calls of any page of it."""

from ringback.store.asked import Asked
from ringback.store.call_keys import KINDS, ORDERS
from ringback.store.matching import Matching
from ringback.store.page import Sort
from ringback.store.query import Position, Queries
from ringback.store.ranking import Ranking
from ringback.store.readers import Reading
from ringback.store.where import Where, padded

#: so many are sorted one by one
FEW_SORTED = 1500
#: most calls of an index that are walked through, and how many times those that should do
_MOST_WALKED = 2000
_SPARE = 2
_AGE = "date_created"


def checked(asked: Asked) -> list[Where]:
    """The conditions on calls of the account, without their indexes."""
    rest = [each for each in asked.where if each is not asked.accounts]
    return [Where(each.field, each.comparison, each.value, indexed=False) for each in rest]


class SealedList:
    """``calls``: how many the account has."""

    def __init__(self, reading: Reading, queries: Queries, asked: Asked, found: Matching, calls: int) -> None:
        self._reading = reading
        self._queries = queries
        self._asked = asked
        self._found = found
        self._calls = calls
        self.total = found.total

    def ids(self, sort: Sort, limit: int, offset: int, after: Position | None) -> list[int]:
        """The ids of ``limit`` of the list, in any order: after ``offset`` others or after a place in it."""
        if sort.field != _AGE and self.total > FEW_SORTED:
            near = self._near(sort, limit, offset, after)
            if near is not None:
                return near
        start = offset if after is None else self._number_after(sort, after)
        stop = min(start + limit, self.total)
        if sort.descending:
            start, stop = self.total - stop, self.total - start
        if start >= stop:
            return []
        if sort.field == _AGE:
            return self._found.by_age(start, stop)
        if self.total <= FEW_SORTED:
            query = self._queries.keys([padded("id", self._found.by_age(0, self.total))], sort.field)
            rows = sorted(self._reading.rows(query.statement, query.parameters))
            return [row[2] for row in rows[start:stop]]
        return Ranking(self._found, ORDERS[sort.field]).ids(start, stop)

    def _near(self, sort: Sort, limit: int, offset: int, after: Position | None) -> list[int] | None:
        """The same from a few calls of the order's index; None: it takes more of them."""
        assert self._asked.accounts is not None
        limit = min(limit, self.total - offset)
        behind = self.total - offset - limit
        if after is None and behind < offset:
            sort, offset = Sort(sort.field, not sort.descending), behind
        depth = _SPARE * (offset + limit) * self._calls // self.total
        if limit <= 0 or depth > _MOST_WALKED:
            return None
        wanted, ids = offset + limit, list[int]()
        for part in self._queries.parts(sort, after):
            if len(ids) < wanted:
                query = self._queries.near(self._asked.accounts, checked(self._asked), sort, depth, part)
                rows = self._reading.rows(query.statement, query.parameters)
                ids += [row[2] for row in sorted(rows, reverse=sort.descending)]
        return ids[offset:wanted] if len(ids) >= wanted else None

    def _number_after(self, sort: Sort, position: Position) -> int:
        """The number in the list of the first one after ``position``."""
        before, alike = 0, self._found
        if sort.field != _AGE:
            kind = ORDERS[sort.field]
            key = KINDS[kind][1](position.value)
            before, alike = self._found.below(kind, key), self._found.between(kind, key, key + b"\0")
        ascending = before + alike.older(position.age, position.id, inclusive=not sort.descending)
        return self.total - ascending if sort.descending else ascending
