"""Lists of calls: which filter finds the fewest leads, the others are checked on what it finds.

To and From are matched by their end. The kept counts hold each distinct value reversed, with its number of calls: they
give the total, and the few values whose lists, each in order of age, are merged into the page. A status's list is in
order as well; a time of start bounds the date of creation, which is at most a day before.
"""

from collections.abc import Sequence
from typing import Any

from ringback.store.asked import Asked
from ringback.store.listing import MOST_MERGED, Listing, padded
from ringback.store.page import Sort
from ringback.store.readers import Reading
from ringback.store.table import Shape
from ringback.store.where import Where, equal

#: kinds of counts, besides the one of every table
STARTED = "calls.started"
TO = "calls.to"
FROM = "calls.from"
#: statuses of a call that is not over
OPEN = ("queued", "ringing", "in-progress")
_VALUES = {"to": TO, "from_": FROM}
_COMPARISONS = ("=", "ends", "starts", "contains")
#: fields with an index that finds few
_FEW = ("parent_call_sid", "conference_sid")
#: most rows that are sorted rather than found in order
_MOST_SORTED = 5000
#: most that a call may wait before it starts, in milliseconds
_LONGEST_WAIT = 86_400_000


def of_status(kind: str, status: str) -> str:
    """The kind of count of calls of one status among those of ``kind``."""
    return f"{kind}.{status}"


class CallListing(Listing[Any]):
    def __init__(self, shape: Shape[Any]) -> None:
        super().__init__(shape, counted=True)
        self.day_counts = {"date_created": "calls", "start_time": STARTED}

    def known(self, reading: Reading, asked: Asked) -> int | None:
        if len(asked.rest) == 1 and not asked.bounds and asked.status not in OPEN and asked.accounts is not None:
            only = asked.rest[0]
            if only.field in _VALUES and only.comparison in _COMPARISONS and only.value:
                kind = _VALUES[only.field]
                kind = kind if asked.status is None else of_status(kind, asked.status)
                return self.totals.sum_of_values(reading, kind, asked.accounts, only)
        return super().known(reading, asked)

    def alternatives(self, reading: Reading, where: Sequence[Where], sort: Sort | None) -> Sequence[Sequence[Where]]:
        if any(condition.field in _FEW and condition.comparison == "=" for condition in where):
            return [self._checked_but(where, _FEW)]
        accounts = self.account_sids(reading, where)
        if accounts is None:
            return [where]
        if len(accounts) > MOST_MERGED:
            return [self.checked(where)]
        rest = [condition for condition in where if condition.field != "account_sid"]
        parts = [part for account in accounts for part in self._of_account(reading, account, rest)]
        return parts if len(parts) <= MOST_MERGED else [self.checked(where)]

    def bounded(self, where: Sequence[Where]) -> Sequence[Where]:
        """A call is created before it starts and ends, and starts within a day."""
        more = []
        for each in where:
            if each.field in ("start_time", "end_time") and each.value is not None:
                moment = self.shape.encode_value(each.field, each.value)
                if each.comparison in ("=", "<", "<="):
                    more.append(Where("date_created", "<=", moment))
                if each.comparison in ("=", ">", ">=") and each.field == "start_time":
                    more.append(Where("date_created", ">=", moment - _LONGEST_WAIT))
        return [*where, *more] if more else where

    def _of_account(self, reading: Reading, account: str, rest: list[Where]) -> list[list[Where]]:
        """The leads of one account: the best of status, To, From, or its whole list by age."""
        owner = equal("account_sid", account)
        best: tuple[int, list[list[Where]]] | None = None
        for condition in rest:
            found = self._lead(reading, account, condition)
            if found is not None and (best is None or found[0] < best[0]):
                others = [Where(each.field, each.comparison, each.value, indexed=False) for each in rest]
                others.remove(Where(condition.field, condition.comparison, condition.value, indexed=False))
                best = (found[0], [[owner, lead, *others] for lead in found[1]])
        if best is not None:
            return best[1]
        return [[owner, *self.checked(rest)]]

    def _lead(self, reading: Reading, account: str, condition: Where) -> tuple[int, list[Where]] | None:
        """How many calls ``condition`` finds, and conditions that an index serves; None: none does."""
        if condition.field == "status" and condition.comparison == "=" and condition.value is not None:
            count = self.totals.by_day(reading, "calls", equal("account_sid", account), None, condition.value)
            return count, [condition]
        if condition.field not in _VALUES or condition.comparison not in _COMPARISONS or not condition.value:
            return None
        kind = _VALUES[condition.field]
        values = self.totals.values(reading, kind, account, condition, _MOST_SORTED + 1)
        count = sum(n for _, n in values)
        if len(values) <= MOST_MERGED // 2:
            return count, [equal(condition.field, value) for value, _ in values]
        if count <= _MOST_SORTED:
            return count, [padded(condition.field, [value for value, _ in values])]
        return None

    def _checked_but(self, where: Sequence[Where], fields: Sequence[str]) -> list[Where]:
        return [
            each if each.field in fields else Where(each.field, each.comparison, each.value, indexed=False)
            for each in where
        ]
