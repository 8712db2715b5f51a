"""Which calls of one account the conditions of a list find, by its sealed stretches."""

from typing import Any

from ringback.store.asked import ALWAYS, Asked, Bounds, intersection
from ringback.store.call_keys import KINDS, ORDERS, Range, moments, range_of
from ringback.store.matching import Matching, Open
from ringback.store.query import Queries
from ringback.store.readers import Reading
from ringback.store.sealed_list import SealedList, checked
from ringback.store.stretches import Sealed
from ringback.store.table import Shape
from ringback.store.totals import Totals
from ringback.store.where import at_least, below, equal

#: most calls that no stretch covers, for stretches to be of use
MOST_OPEN = 20_000
#: most that a call may wait before it starts, in milliseconds
LONGEST_WAIT = 86_400_000
_AGE = "date_created"


class SealedFilters:
    """Everything here runs in a reader's thread."""

    def __init__(self, shape: Shape[Any], queries: Queries, totals: Totals) -> None:
        self._shape = shape
        self._queries = queries
        self._totals = totals

    def found(self, reading: Reading, asked: Asked, field: str) -> SealedList | None:
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
        return SealedList(reading, self._queries, asked, Matching(sealed, sealed.stretches, masks, opened), calls)

    def _opened(self, reading: Reading, asked: Asked, gap: Bounds, field: str) -> list[Open]:
        """What the list finds among the calls that no stretch covers."""
        assert asked.accounts is not None
        edges = [at_least(_AGE, gap[0]), below(_AGE, gap[1])]
        query = self._queries.keys([asked.accounts, *checked(asked), *edges], field)
        key = KINDS[ORDERS[field]][1]
        return [Open(key(value), age, number) for value, age, number in reading.rows(query.statement, query.parameters)]


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
