"""Lists of one account's calls by its sealed stretches: any filters together, in any order, at any depth."""

from typing import Any

from ringback.store.asked import ALWAYS, Asked, Bounds, intersection
from ringback.store.call_keys import KINDS, ORDERS, Range, moments, range_of
from ringback.store.matching import Matching, Open
from ringback.store.page import Sort
from ringback.store.query import Position, Queries
from ringback.store.ranking import Ranking
from ringback.store.readers import Reading
from ringback.store.stretches import Sealed
from ringback.store.table import Shape
from ringback.store.totals import Totals
from ringback.store.where import Where, at_least, below, equal, padded

#: most calls that no stretch covers, for stretches to be of use
MOST_OPEN = 20_000
#: most that a call may wait before it starts, in milliseconds
LONGEST_WAIT = 86_400_000
#: so many are sorted one by one
FEW_SORTED = 1500
_AGE = "date_created"


class SealedLists:
    """Everything here runs in a reader's thread."""

    def __init__(self, shape: Shape[Any], queries: Queries, totals: Totals) -> None:
        self._shape = shape
        self._queries = queries
        self._totals = totals

    def matching(self, reading: Reading, asked: Asked, field: str = _AGE) -> Matching | None:
        """What a list finds, to be ordered by ``field``; None: the stretches do not help."""
        conditions = _conditions(asked)
        if conditions is None or asked.accounts is None or asked.accounts.comparison != "=" or field not in ORDERS:
            return None
        sealed = Sealed(reading, asked.accounts.value)
        if not sealed.stretches:
            return None
        calls = self._totals.by_day(reading, self._shape.table.name, asked.accounts, ALWAYS, None)
        if calls - sealed.n > MOST_OPEN:
            return None
        created = _created(asked)
        sealed.narrow(created)
        masks = {stretch.id: stretch.everything for stretch in sealed.stretches}
        for kind, (low, high) in conditions:
            rest = [stretch for stretch in sealed.stretches if masks[stretch.id]]
            for number, mask in sealed.between(kind, low, high, rest).items():
                masks[number] &= mask
        opened = [each for gap in sealed.gaps(created) for each in self._opened(reading, asked, gap, field)]
        return Matching(sealed, sealed.stretches, masks, opened)

    def _opened(self, reading: Reading, asked: Asked, gap: Bounds, field: str) -> list[Open]:
        """What the list finds among the calls that no stretch covers."""
        assert asked.accounts is not None
        rest = [
            Where(each.field, each.comparison, each.value, indexed=False)
            for each in asked.where
            if each is not asked.accounts
        ]
        edges = [at_least(_AGE, gap[0]), below(_AGE, gap[1])]
        query = self._queries.keys([asked.accounts, *rest, *edges], field)
        key = KINDS[ORDERS[field]][1]
        return [Open(key(value), age, number) for value, age, number in reading.rows(query.statement, query.parameters)]

    def ids(self, reading: Reading, found: Matching, sort: Sort, start: int, stop: int) -> list[int]:
        """The ids of those that are number ``start`` up to but not ``stop`` of the list, from 0; in any order."""
        start, stop = max(start, 0), min(stop, found.total)
        if sort.descending:
            start, stop = found.total - stop, found.total - start
        if start >= stop:
            return []
        if sort.field == _AGE:
            return found.by_age(start, stop)
        if found.total <= FEW_SORTED:
            query = self._queries.keys([padded("id", found.by_age(0, found.total))], sort.field)
            rows = sorted(reading.rows(query.statement, query.parameters))
            return [row[2] for row in rows[start:stop]]
        return Ranking(found, ORDERS[sort.field]).ids(start, stop)

    def number_after(self, found: Matching, sort: Sort, position: Position) -> int:
        """The number in the list of the first one after ``position``."""
        before, alike = 0, found
        if sort.field != _AGE:
            kind = ORDERS[sort.field]
            key = KINDS[kind][1](position.value)
            before, alike = found.below(kind, key), found.between(kind, key, key + b"\0")
        ascending = before + alike.older(position.age, position.id, inclusive=not sort.descending)
        return found.total - ascending if sort.descending else ascending


def _conditions(asked: Asked) -> list[tuple[str, Range]] | None:
    """Kinds and ranges of keys; None: one condition is none of a range."""
    found = [(name, moments(bounds)) for name, bounds in asked.bounds.items() if name in ORDERS]
    if len(found) < len(asked.bounds):
        return None
    status = [] if asked.status is None else [equal("status", asked.status)]
    for condition in [*status, *asked.rest]:
        if (one := range_of(condition)) is None:
            return None
        found.append(one)
    return found


def _created(asked: Asked) -> Bounds:
    """When what is found was created: before it started and ended, and not long before it started."""
    started = asked.bounds.get("start_time", ALWAYS)
    low = started[0] - LONGEST_WAIT if started[0] != ALWAYS[0] else started[0]
    ended = asked.bounds.get("end_time", ALWAYS)
    found = intersection((low, started[1]), (ALWAYS[0], ended[1]))
    return intersection(found, asked.bounds.get(_AGE, ALWAYS))
