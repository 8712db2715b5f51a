"""True totals of lists of calls, from what is counted as calls change and from the few calls that are unlike the rest.

Counted are: the calls of each day of start and status; of each To and From; of each To and From by day of start and
final status. A call that is not over is in the last of these only when it ends: such calls are few, and are counted
when asked. Nor is the day of the end counted: nearly every call is created, starts and ends on one day, so that a
condition on the end's day is one on the start's, and the others, which have an index of their own, are put right.
"""

from collections.abc import Callable, Sequence

from ringback.store.asked import ALWAYS, Asked, Bounds, intersection, spans
from ringback.store.counts import day_of
from ringback.store.readers import Reading
from ringback.store.totals import Totals
from ringback.store.where import Where, any_of, over_days

#: kinds of counts, besides the one of every table
STARTED = "calls.started"
TO, FROM = "calls.to", "calls.from"
TO_DAYS, FROM_DAYS = "calls.to.days", "calls.from.days"
#: statuses of a call that is not over
OPEN = ("queued", "ringing", "in-progress")
#: fields whose values are counted, and under which kinds
VALUES = {"to": (TO, TO_DAYS), "from_": (FROM, FROM_DAYS)}
COMPARISONS = ("=", "ends", "starts", "contains")
_TIMES = {"start_time", "end_time"}

#: counts by an index, in a reader's thread
Count = Callable[[Reading, Sequence[Where]], int]


def day_and_status(start: int | None, status: str) -> str:
    """The second key of `TO_DAYS` and `FROM_DAYS`; ``start`` in milliseconds."""
    return f"{day_of(start)} {status}"


class CallTotals:
    """``count`` counts what no kept count tells."""

    def __init__(self, totals: Totals, count: Count) -> None:
        self._totals = totals
        self._count = count

    def of(self, reading: Reading, asked: Asked) -> int | None:
        """How many calls there are; None: the kept counts do not help."""
        if asked.accounts is None or not asked.bounds.keys() <= _TIMES or not self._is_counted(asked.rest):
            return None
        if "end_time" in asked.bounds:
            return self._ended(reading, asked)
        if asked.rest and not asked.bounds and asked.status is None:
            kind, _ = VALUES[asked.rest[0].field]
            return self._totals.of_values(reading, kind, asked.accounts, asked.rest[0])
        if asked.rest and asked.status in OPEN:
            return self._count(reading, asked.where)
        bounds = asked.bounds.get("start_time", ALWAYS)
        return sum(sign * self._started(reading, asked, span, whole) for sign, span, whole in spans(bounds))

    def _is_counted(self, rest: Sequence[Where]) -> bool:
        return not rest or (
            len(rest) == 1 and rest[0].field in VALUES and rest[0].comparison in COMPARISONS and bool(rest[0].value)
        )

    def _started(self, reading: Reading, asked: Asked, span: Bounds, whole: bool) -> int:
        """Calls that started within ``span``; ``whole``: it is made of whole days."""
        if not whole:
            return self._count(reading, asked.within("start_time", span))
        assert asked.accounts is not None
        if not asked.rest:
            return self._totals.by_day(reading, STARTED, asked.accounts, span, asked.status)
        _, kind = VALUES[asked.rest[0].field]
        over = self._totals.of_values_by_day(reading, kind, asked.accounts, asked.rest[0], span, asked.status)
        if asked.status is not None:
            return over
        here = asked.within("start_time", span) if span != ALWAYS else asked.where
        return over + self._count(reading, [*here, any_of("status", OPEN)])

    def _ended(self, reading: Reading, asked: Asked) -> int:
        """Whole days: as many as started on them, without those that are over days; and with these by their end."""
        total = 0
        for sign, span, whole in spans(asked.bounds["end_time"]):
            if not whole:
                total += sign * self._count(reading, asked.within("end_time", span))
                continue
            same = intersection(span, asked.bounds.get("start_time", ALWAYS))
            started = Asked.of(asked.without("end_time").within("start_time", same), asked.shape)
            found = self.of(reading, started) if same[0] < same[1] else 0
            assert found is not None
            total += sign * (
                found
                - self._count(reading, [*started.where, over_days()])
                + self._count(reading, [*asked.within("end_time", span), over_days()])
            )
        return total
