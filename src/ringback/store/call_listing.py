"""Lists of calls: which filter finds the fewest leads, the others are checked on what it finds.

To and From are matched by their end. The kept counts hold each distinct value reversed, with its number of calls: they
give the total, and the few values whose lists, each in order of age, are merged into the page. A status's list is in
order as well. A time of start or end bounds the date of creation, which is the same day but for the few calls that are
over days. What all this does not find quickly is found by sealed stretches, where there are some.
"""

from collections.abc import Sequence
from typing import Any

from ringback.store.asked import ALWAYS, Asked
from ringback.store.call_totals import COMPARISONS, VALUES, CallTotals
from ringback.store.listing import MOST_MERGED, Listing
from ringback.store.page import Page, Sort
from ringback.store.readers import Reading
from ringback.store.sealed_filters import LONGEST_WAIT, SealedFilters
from ringback.store.sealed_list import SealedList
from ringback.store.table import Shape
from ringback.store.where import Where, at_least, below, equal, over_days, padded

#: fields with an index that finds few
_FEW = ("parent_call_sid", "conference_sid")
#: fields by which an index has the calls of an account in order
_ORDERED = ("to", "from_", "status", "direction", "duration", "price")
#: most rows that are sorted rather than found in order
_MOST_SORTED = 5000
#: so few calls are found by one index however many conditions and whatever order there are
_FEW_FOUND = 500
#: rows that are skipped in an index rather than in sealed stretches
_FEW_SKIPPED = 500
_DAY = 86_400_000
_AGE = "date_created"
#: milliseconds in which few calls start
_MOMENT = 60_000


class CallListing(Listing[Any]):
    def __init__(self, shape: Shape[Any]) -> None:
        super().__init__(shape, counted=True)
        self._call_totals = CallTotals(self.totals, self.counted)
        self._sealed = SealedFilters(shape, self.queries, self.totals)

    def page(
        self, reading: Reading, where: Sequence[Where], sort: Sort, limit: int, *, offset: int, after: str | None
    ) -> Page[Any]:
        found = self._found(reading, where, sort, offset)
        if found is None:
            return super().page(reading, where, sort, limit, offset=offset, after=after)
        place = None if after is None else self._position(reading, sort, after)
        ids = found.ids(sort, limit, 0 if after else offset, place)
        rows = self._of_ids(reading, ids, sort)
        return Page([self.shape.decode(row[3:]) for row in rows], found.total)

    def _of_ids(self, reading: Reading, ids: Sequence[int], sort: Sort) -> list[Any]:
        if not ids:
            return []
        asked = self.queries.of_ids(ids, sort)
        rows = reading.rows(asked.statement, asked.parameters)
        return sorted(rows, key=lambda row: row[:3], reverse=sort.descending)

    def count(self, reading: Reading, where: Sequence[Where]) -> int:
        found = self._found(reading, where, None, 0)
        return super().count(reading, where) if found is None else found.total

    def _found(self, reading: Reading, where: Sequence[Where], sort: Sort | None, offset: int) -> SealedList | None:
        """What sealed stretches find, when nothing simpler is as quick."""
        asked = Asked.of(where, self.shape)
        if self._is_simple(reading, asked, sort, offset):
            return None
        return self._sealed.found(reading, asked, _AGE if sort is None else sort.field)

    def _is_simple(self, reading: Reading, asked: Asked, sort: Sort | None, offset: int) -> bool:
        """Whether one index has the list in its order, or finds few."""
        if asked.accounts is None or asked.accounts.comparison != "=":
            return True
        conditions = [*asked.rest, *([] if asked.status is None else [equal("status", asked.status)])]
        leads = [self._lead(reading, asked.accounts, each, quick=True) for each in conditions]
        if any(lead is not None and lead[0] <= _FEW_FOUND for lead in leads):
            return True
        is_by_age = sort is None or sort.field == _AGE
        if not conditions and not asked.bounds:
            return is_by_age or offset <= _FEW_SKIPPED
        if asked.bounds:
            return not conditions and asked.bounds.keys() == {"start_time"} and is_by_age and offset <= _FEW_SKIPPED
        return len(leads) == 1 and leads[0] is not None and is_by_age and (not asked.rest or offset <= _FEW_SKIPPED)

    def known(self, reading: Reading, asked: Asked) -> int | None:
        found = self._call_totals.of(reading, asked)
        return super().known(reading, asked) if found is None else found

    def sorted_alternatives(
        self, reading: Reading, where: Sequence[Where], sort: Sort, total: int
    ) -> Sequence[Sequence[Where]]:
        if sort.field not in _ORDERED or total <= _MOST_SORTED:
            return self.alternatives(reading, where, sort)
        accounts = self.account_sids(reading, where)
        if accounts is None or len(accounts) > MOST_MERGED:
            return [self.checked(where)]
        rest = self.checked([condition for condition in where if condition.field != "account_sid"])
        return [[equal("account_sid", account), *rest] for account in accounts]

    def alternatives(self, reading: Reading, where: Sequence[Where], sort: Sort | None) -> Sequence[Sequence[Where]]:
        if any(condition.field in _FEW and condition.comparison == "=" for condition in where):
            return [_checked_but(where, _FEW)]
        accounts = self.account_sids(reading, where)
        if accounts is None:
            return [where]
        if len(accounts) > MOST_MERGED:
            return [self.checked(where)]
        rest = [condition for condition in where if condition.field != "account_sid"]
        find = self._at_a_moment if sort is None and self._is_moment(rest) else self._in_parts
        parts = [part for account in accounts for part in find(reading, account, rest)]
        return parts if len(parts) <= MOST_MERGED else [self.checked(where)]

    def bounded(self, where: Sequence[Where]) -> Sequence[Where]:
        """A call is created before it starts and ends, and starts within a day."""
        more = []
        for each in where:
            if each.field in ("start_time", "end_time") and each.value is not None and not each.indexed:
                moment = self.shape.encode_value(each.field, each.value)
                if each.comparison in ("=", "<", "<="):
                    more.append(Where("date_created", "<=", moment))
                if each.comparison in ("=", ">", ">=") and each.field == "start_time":
                    more.append(Where("date_created", ">=", moment - LONGEST_WAIT))
        return [*where, *more] if more else where

    def _is_moment(self, rest: Sequence[Where]) -> bool:
        low, high = Asked.of(rest, self.shape).bounds.get("start_time", ALWAYS)
        return high - low <= _MOMENT

    def _at_a_moment(self, _reading: Reading, account: str, rest: Sequence[Where]) -> list[list[Where]]:
        """By the index of starts."""
        return [[equal("account_sid", account), *_checked_but(rest, ("start_time",))]]

    def _in_parts(self, reading: Reading, account: str, rest: list[Where]) -> list[list[Where]]:
        """What ended from a day on: was created from that day on, or is over days."""
        owner = equal("account_sid", account)
        if any(condition.comparison == "over days" for condition in rest):
            # with a bound of the age, SQLite takes the index of just these calls, whichever others there are
            return [[owner, *self.checked(rest), at_least("date_created", ALWAYS[0])]]
        low, _ = Asked.of(rest, self.shape).bounds.get("end_time", ALWAYS)
        if low == ALWAYS[0]:
            return self._of_account(reading, owner, rest)
        midnight = low // _DAY * _DAY
        later = self._of_account(reading, owner, [*rest, at_least("date_created", midnight)])
        return [*later, [owner, *self.checked(rest), below("date_created", midnight), over_days()]]

    def _of_account(self, reading: Reading, owner: Where, rest: list[Where]) -> list[list[Where]]:
        """The leads of one account: the best of status, To, From, or its whole list by age."""
        best: tuple[int, list[list[Where]]] | None = None
        for number, condition in enumerate(rest):
            found = self._lead(reading, owner, condition)
            if found is not None and (best is None or found[0] < best[0]):
                others = self.checked([*rest[:number], *rest[number + 1 :]])
                best = (found[0], [[owner, lead, *others] for lead in found[1]])
        return best[1] if best is not None else [[owner, *self.checked(rest)]]

    def _lead(
        self, reading: Reading, owner: Where, condition: Where, *, quick: bool = False
    ) -> tuple[int, list[Where]] | None:
        """How many calls ``condition`` finds, and conditions that an index serves; None: none does.

        ``quick``: many values are not counted.
        """
        if condition.field == "status" and condition.comparison in ("=", "in") and condition.value is not None:
            statuses = list(dict.fromkeys(condition.value)) if condition.comparison == "in" else [condition.value]
            count = sum(self.totals.by_day(reading, "calls", owner, ALWAYS, status) for status in statuses)
            return count, [equal("status", status) for status in statuses]
        if condition.field not in VALUES or condition.comparison not in COMPARISONS or not condition.value:
            return None
        kind, _ = VALUES[condition.field]
        values = self.totals.values(reading, kind, owner.value, condition, MOST_MERGED // 2 + 1)
        if len(values) <= MOST_MERGED // 2:
            return sum(n for _, n in values), [equal(condition.field, value) for value, _ in values]
        count = self.totals.of_values(reading, kind, owner, condition) if not quick else _MOST_SORTED + 1
        if count > _MOST_SORTED:
            return None
        values = self.totals.values(reading, kind, owner.value, condition, count)
        return count, [padded(condition.field, [value for value, _ in values])]


def _checked_but(where: Sequence[Where], fields: Sequence[str]) -> list[Where]:
    return [
        each if each.field in fields else Where(each.field, each.comparison, each.value, indexed=False)
        for each in where
    ]
